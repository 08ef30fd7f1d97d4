/** Limits formulas in the page: a bounded size, and the colour of the text. */

/** Deeper nesting would crash the browser's layout. */
const DEEPEST = 100;
const MOST_NODES = 4000;
/** In any CSS unit. Real formulas have no longer ones, which would push everything else away. */
const LONGEST = 60;
const LENGTH = /-?[\d.]+(?:e[+-]?\d+)?(?=em|ex|pt|px|cm|mm|in|pc)/g;
const COLOURS = ["color", "background-color", "border-color", "background"];
const NAMES = ["mathcolor", "mathbackground", "id", "href"];
/** Temml marks errors with this colour, which we use for nothing else. */
export const ERROR = "#b2222f";
const SHOWN_ERROR = "rgb(178, 34, 47)";
/** Excludes, for example, a reference to another formula. */
const ELEMENTS = /^(?:m[a-z]+|semantics|span)$/;

/** Removes foreign colours. Returns false if the formula should be shown as source instead. */
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
