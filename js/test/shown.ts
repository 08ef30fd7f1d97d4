/** Renders a text and returns the page's nodes in the form of the golden files. */
import { Renderer } from "../src/markdown/renderer";
import type { Cite } from "../src/markdown/tree";
import { install } from "./page/small-dom";

/** A string is text. */
export type Shown = string | ShownElement;

/** Name with classes, attributes (if any), and children. */
interface ShownElement extends Array<Record<string, string> | Shown> {}

install();

/** Attributes that every link has. They are omitted, and a missing one is written as "". */
const OF_EVERY_LINK = {
  rel: "noopener noreferrer nofollow",
  target: "_blank",
};

const cite: Cite = (id) => (id >= 1 && id <= 9 ? { tag: "a", children: [String(id)] } : null);

/** Returns the rendering of a text that arrives in pieces. `open`: the text is not complete. */
export function shown(pieces: Iterable<string>, open = false): Shown[] {
  const root = document.createElement("div");
  const renderer = new Renderer(root, cite);
  for (const piece of pieces) renderer.append(piece);
  if (!open) {
    renderer.end();
    while (renderer.owes) renderer.pay();
  }
  return inside(root);
}

function inside(node: HTMLElement): Shown[] {
  const found: Shown[] = [];
  for (const child of node.childNodes) {
    for (const item of seen(child)) {
      const last = found.at(-1);
      if (item === "") continue;
      if (typeof item === "string" && typeof last === "string") found.splice(-1, 1, last + item);
      else found.push(item);
    }
  }
  return found;
}

function seen(node: Node): Shown[] {
  if (node instanceof Text) return [node.data];
  const element = node as HTMLElement;
  // Skip the line above code, which the page adds, and look through groups and boxes, which only
  // help the browser's layout.
  if (element.className === "pplx-code-head") return [];
  if (/^pplx-(?:group|next)$/.test(element.className)) return inside(element);
  const attributes: Record<string, string> = {};
  for (const name of element.getAttributeNames()) {
    // A page alone gives citations a place in the order of tabs.
    if (name !== "class" && name !== "tabindex")
      attributes[name] = element.getAttribute(name) ?? "";
  }
  for (const [name, value] of Object.entries("href" in attributes ? OF_EVERY_LINK : {})) {
    attributes[name] ??= "";
    if (attributes[name] === value) delete attributes[name];
  }
  const name = [element.localName, ...element.className.split(" ")].filter(Boolean).join(".");
  const some = Object.keys(attributes).length > 0 ? [attributes] : [];
  return [[name, ...some, ...inside(element)]];
}
