/**
 * The part of the DOM that the page's text needs, so that it can be rendered in Node. `install()`
 * makes it global.
 */

class Node_ {
  parentNode: Element_ | null = null;

  get ownerDocument(): object {
    return document_;
  }

  get nextSibling(): Node_ | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get previousSibling(): Node_ | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) - 1] ?? null;
  }

  remove(): void {
    const siblings = this.parentNode?.childNodes;
    siblings?.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
  }

  before(node: Node_): void {
    this.parentNode?.insertBefore(node, this);
  }

  replaceWith(node: Node_): void {
    this.before(node);
    this.remove();
  }
}

class Text_ extends Node_ {
  constructor(public data: string) {
    super();
  }

  get textContent(): string {
    return this.data;
  }

  appendData(text: string): void {
    this.data += text;
  }

  replaceData(at: number, count: number, text: string): void {
    this.data = this.data.slice(0, at) + text + this.data.slice(at + count);
  }
}

class Element_ extends Node_ {
  readonly childNodes: Node_[] = [];
  readonly dataset = {};
  readonly style = {};
  readonly #attributes = new Map<string, string>();

  constructor(readonly localName: string) {
    super();
  }

  get children(): Element_[] {
    return this.childNodes.filter((node) => node instanceof Element_);
  }

  get firstChild(): Node_ | null {
    return this.childNodes[0] ?? null;
  }

  get lastChild(): Node_ | null {
    return this.childNodes.at(-1) ?? null;
  }

  get textContent(): string {
    return this.childNodes.map((node) => (node as Element_ | Text_).textContent).join("");
  }

  set textContent(text: string) {
    this.replaceChildren(new Text_(text));
  }

  get className(): string {
    return this.getAttribute("class") ?? "";
  }

  set className(name: string) {
    this.setAttribute("class", name);
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }

  getAttributeNames(): string[] {
    return [...this.#attributes.keys()];
  }

  setAttribute(name: string, value: string): void {
    this.#attributes.set(name, value);
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  insertBefore(node: Node_, next: Node_ | null): void {
    node.remove();
    this.childNodes.splice(next ? this.childNodes.indexOf(next) : this.childNodes.length, 0, node);
    node.parentNode = this;
  }

  appendChild(node: Node_): void {
    this.insertBefore(node, null);
  }

  append(...nodes: Node_[]): void {
    for (const node of nodes) this.appendChild(node);
  }

  replaceChildren(...nodes: Node_[]): void {
    for (const node of [...this.childNodes]) node.remove();
    this.append(...nodes);
  }
}

class Item_ extends Element_ {}
class Paragraph_ extends Element_ {}

const CLASSES: Record<string, typeof Element_> = { li: Item_, p: Paragraph_ };

const document_ = {
  createElement: (tag: string) => new (CLASSES[tag] ?? Element_)(tag),
  createTextNode: (text: string) => new Text_(text),
};

export function install(): void {
  Object.assign(globalThis, {
    document: document_,
    HTMLElement: Element_,
    HTMLLIElement: Item_,
    HTMLParagraphElement: Paragraph_,
    Text: Text_,
  });
}
