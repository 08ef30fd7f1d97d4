/**
 * The tree to DOM nodes, changing as little as possible: a node that can stay stays, and a text
 * grows at its end, so that what the reader has selected remains selected. Nodes are made one by
 * one; no text is ever read as HTML.
 */
import { type Element, type Item, MATH, textOf } from "./tree";
import { visible } from "./visible";

/** Told of each formula that is made. */
type Made = (formula: HTMLElement) => void;

/** Formulas as they were written: they may have been typeset since. */
const written = new WeakMap<Node, string>();

/** Of a formula that is shown; undefined for any other node. */
export const writtenOf = (node: Node): string | undefined => written.get(node);

/** Notes what a formula was, one of a document for one. */
export function noteWritten(node: Node, text: string): void {
  written.set(node, text);
}

const BLOCKS = new Set("p h1 h2 h3 h4 h5 h6 ul ol pre blockquote hr div".split(" "));

export const isBlock = (node: Node): boolean =>
  node instanceof HTMLElement && BLOCKS.has(node.localName);

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = "",
  ...children: Node[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Makes the children of `parent` after `before` (null: from the first) up to `end` show `items`. */
export function patch(
  parent: Node,
  items: readonly Item[],
  before: ChildNode | null = null,
  end: ChildNode | null = null,
  made: Made = () => {},
): void {
  let node = before ? before.nextSibling : parent.firstChild;
  for (const item of items) {
    if (node === end) {
      parent.insertBefore(create(parent, item, made), end);
      continue;
    }
    const next: ChildNode | null = node?.nextSibling ?? null;
    if (node && !update(node, item, made)) node.replaceWith(create(parent, item, made));
    node = next;
  }
  while (node && node !== end) {
    const next: ChildNode | null = node.nextSibling;
    node.remove();
    node = next;
  }
}

function create(parent: Node, item: Item, made: Made): Node {
  const document = parent.ownerDocument as Document;
  if (typeof item === "string") return document.createTextNode(visible(item, isCode(parent)));
  const element = document.createElement(item.tag);
  if (item.className) element.className = item.className;
  for (const [name, value] of Object.entries(item.attributes ?? {})) {
    element.setAttribute(name, visible(value));
  }
  patch(element, item.children, null, null, made);
  if (item.className === MATH) {
    noteWritten(element, element.textContent ?? "");
    made(element);
  }
  return element;
}

const isCode = (parent: Node | null): boolean =>
  parent instanceof HTMLElement && parent.localName === "code";

/** False where the node cannot become the item. */
function update(node: Node, item: Item, made: Made): boolean {
  if (typeof item === "string") {
    if (!(node instanceof Text)) return false;
    write(node, visible(item, isCode(node.parentNode)));
    return true;
  }
  if (!(node instanceof HTMLElement) || node.localName !== item.tag) return false;
  if (item.className === MATH || written.has(node)) {
    return written.get(node) === visible(textOf(item));
  }
  updateAttributes(node, item);
  patch(node, item.children, null, null, made);
  return true;
}

function updateAttributes(node: HTMLElement, item: Element): void {
  const wanted: Record<string, string> = {};
  for (const [name, value] of Object.entries(item.attributes ?? {})) wanted[name] = visible(value);
  if (item.className) wanted.class = item.className;
  for (const name of node.getAttributeNames()) {
    if (!(name in wanted)) node.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
}

/** Touches only what comes after the common beginning: a selection there is safe. */
function write(node: Text, text: string): void {
  const old = node.data;
  if (text.startsWith(old)) {
    if (text.length > old.length) node.appendData(text.slice(old.length));
    return;
  }
  let same = 0;
  while (same < text.length && text[same] === old[same]) same++;
  node.replaceData(same, old.length - same, text.slice(same));
}
