/** An answer as rich text, for a mail or a document: its text and its cited sources. */
import { writtenOf } from "../markdown/dom";
import { bracketed, runsIn } from "./selected";

const KEPT = new Set(["href", "start"]);
const PARTS = ".pplx-text, .pplx-cited";
const LEFT_OUT = "button, style, .pplx-code-head, .pplx-picture, .pplx-spoken";

/** Returns HTML for the clipboard, made from the nodes of `root`. */
export function richText(root: Element): string {
  const parts = [...root.querySelectorAll(PARTS)].filter((part) => part.hasChildNodes());
  return parts.map((part) => plain(copyOf(part)).outerHTML).join("");
}

/** Copies a part, with the sources of its formulas, since few programs understand pasted MathML. */
function copyOf(part: Element): Element {
  const copy = part.cloneNode(true) as Element;
  const formulas = [...part.querySelectorAll(".pplx-math")];
  for (const [i, node] of [...copy.querySelectorAll(".pplx-math")].entries()) {
    const source = formulas[i] && writtenOf(formulas[i]);
    if (source) node.replaceChildren(source);
  }
  return copy;
}

/** Removes everything that has a meaning only in this page. */
function plain(part: Element): Element {
  for (const node of part.querySelectorAll(LEFT_OUT)) node.remove();
  bracketed(runsIn(part));
  for (const node of [part, ...part.querySelectorAll("*")]) {
    for (const name of node.getAttributeNames()) if (!KEPT.has(name)) node.removeAttribute(name);
  }
  return part;
}
