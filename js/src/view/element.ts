/** Creates the page's own elements, node by node. */

import { visible } from "../markdown/visible";

type Child = Node | string;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return node;
}

/** Does nothing if the text is unchanged, so that a selection or a screen reader's position stays. */
export function setText(node: HTMLElement, text: string): void {
  const shown = visible(text);
  if (node.textContent !== shown) node.textContent = shown;
}
