/** An answer as rich text, for a mail or a document: the question, the text and the cited sources. */
import { writtenOf } from "../markdown/dom";
import { element } from "./element";
import { bracketed, runsIn } from "./selected";

const KEPT = new Set(["href", "start"]);
const PARTS = ".pplx-question, .pplx-text, .pplx-cited";
const LEFT_OUT = "button, style, .pplx-code-head, .pplx-picture, .pplx-mark, .pplx-spoken";
const MATHML = "http://www.w3.org/1998/Math/MathML";
/** Attributes of MathML that depend on this page's stylesheet. */
const OF_PAGE = ["class", "style"];
const CELL = "border: 1px solid #999; padding: 4px 8px; vertical-align: top; text-align: ";
const ALIGNED = [
  [".pplx-align-right", "right"],
  [".pplx-align-center", "center"],
] as const;

/** Returns HTML for the clipboard, made from the nodes of `root`. */
export function richText(root: Element): string {
  const parts = [...root.querySelectorAll(PARTS)].filter((part) => part.hasChildNodes());
  return parts.map((part) => plain(copyOf(part)).outerHTML).join("");
}

/** Copies a part, with its formulas as MathML that contains their sources. */
function copyOf(part: Element): Element {
  const copy = part.cloneNode(true) as Element;
  const formulas = [...part.querySelectorAll(".pplx-math")];
  for (const [i, node] of [...copy.querySelectorAll(".pplx-math")].entries()) {
    const source = formulas[i] && writtenOf(formulas[i]);
    if (source) node.replaceChildren(annotated(node, source));
  }
  return copy;
}

/** Returns the formula in `node`, which may be in several pieces; its source if it has none. */
function annotated(node: Element, source: string): Node | string {
  const pieces = [...node.querySelectorAll("math")];
  const [first] = pieces;
  if (!first) return source;
  const make = (name: string) => document.createElementNS(MATHML, name);
  const [whole, both, row, tex] = [
    make("math"),
    make("semantics"),
    make("mrow"),
    make("annotation"),
  ];
  if (first.getAttribute("display") === "block") whole.setAttribute("display", "block");
  row.append(...pieces.flatMap((piece) => [...piece.childNodes]));
  tex.setAttribute("encoding", "application/x-tex");
  tex.textContent = source.replace(/^(?:\$\$?|\\[([])|(?:\$\$?|\\[)\]])$/g, "").trim();
  both.append(row, tex);
  whole.append(both);
  return whole;
}

/** Removes everything that has a meaning only in this page. */
function plain(part: Element): Element {
  for (const node of part.querySelectorAll(LEFT_OUT)) node.remove();
  bracketed(runsIn(part));
  const cells = [...part.querySelectorAll("th, td")].map((cell) => [cell, alignOf(cell)] as const);
  for (const node of [part, ...part.querySelectorAll("*")]) {
    const math = node.namespaceURI === MATHML;
    for (const name of node.getAttributeNames()) {
      if (math ? OF_PAGE.includes(name) : !KEPT.has(name)) node.removeAttribute(name);
    }
  }
  for (const table of part.querySelectorAll("table")) {
    table.setAttribute("style", "border-collapse: collapse");
  }
  for (const [cell, align] of cells) cell.setAttribute("style", CELL + align);
  if (!part.matches("h2")) return part;
  return element("h2", "", part.textContent ?? "");
}

const alignOf = (cell: Element): string =>
  ALIGNED.find(([selector]) => cell.matches(selector))?.[1] ?? "start";
