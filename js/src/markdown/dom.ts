/**
 * Turns the tree into DOM nodes with as few changes as possible. Nodes are kept if they can be, and
 * text grows at its end, so that the user's selection survives. Nodes are created one by one: text
 * is never parsed as HTML.
 */
import { type Element, type Item, MATH, textOf } from "./tree";
import { visible } from "./visible";

/** Called for each formula created. */
type Made = (formula: HTMLElement) => void;

/** Sources of formulas, which may have been typeset in the meantime. */
const written = new WeakMap<Node, string>();

/** Returns the source of a formula; undefined for any other node. */
export const writtenOf = (node: Node): string | undefined => written.get(node);

/** Notes the source of a formula, for example of one in a document. */
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

/** Makes the children of `parent` between `before` (null: from the first) and `end` show `items`. */
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

/** Updates a node in place. Returns false if the node cannot become the item. */
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

/** Replaces only the text after the common prefix, so that a selection in the prefix survives. */
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
