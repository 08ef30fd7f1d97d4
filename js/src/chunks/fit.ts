/** What a formula may be in the page: not endless, and in the colour of the text. */

/** Deeper nesting would crash the browser's layout. */
const DEEPEST = 100;
const MOST_NODES = 4000;
/** In any unit; nobody writes longer ones, which would push everything else away. */
const LONGEST = 60;
const LENGTH = /-?[\d.]+(?:e[+-]?\d+)?(?=em|ex|pt|px|cm|mm|in|pc)/g;
const COLOURS = ["color", "background-color", "border-color", "background"];
const NAMES = ["mathcolor", "mathbackground", "id", "href"];
/** Nobody else uses it: by this colour Temml tells what it cannot do. */
export const ERROR = "#b2222f";
const SHOWN_ERROR = "rgb(178, 34, 47)";
/** A reference to another formula, for one, is none of these. */
const ELEMENTS = /^(?:m[a-z]+|semantics|span)$/;

/** Takes foreign colours away; false for what is better shown as it was written. */
export function fit(root: Element): boolean {
  let nodes = 0;
  const fits = (node: Element, depth: number): boolean => {
    nodes += 1;
    const { style } = node as HTMLElement;
    if (depth > DEEPEST || nodes > MOST_NODES || style.color === SHOWN_ERROR) return false;
    if (!ELEMENTS.test(node.localName)) return false;
    if (lengths(node).some((length) => Math.abs(length) > LONGEST)) return false;
    for (const name of COLOURS) style.removeProperty(name);
    for (const name of NAMES) node.removeAttribute(name);
    return [...node.children].every((child) => fits(child, depth + 1));
  };
  return fits(root, 0);
}

function lengths(node: Element): number[] {
  const values = [...node.attributes].map(({ value }) => value).join(" ");
  return (values.match(LENGTH) ?? []).map(Number);
}
