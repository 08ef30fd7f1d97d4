/**
 * The quotes for the values of a structured answer. They are folded, unless one is not in its
 * source.
 */

import { patch } from "../markdown/dom";
import { type Element, type Item, link } from "../markdown/tree";
import { safeUrl } from "../markdown/urls";
import type { Quote } from "../protocol";
import type { Store } from "../store";
import { element, setText } from "./element";
import type { Part } from "./part";

export function quoteList(store: Store): Part {
  const summary = element("summary", "pplx-found-summary");
  const list = element("ul", "pplx-found-list");
  const node = element("details", "pplx-quotes", summary, list);
  return {
    node,
    needs: ["evidence"],
    update() {
      const quotes = store.state.evidence;
      node.hidden = !quotes;
      setText(summary, quotes?.heading ?? "");
      patch(list, quotes?.rows.map(row) ?? []);
      node.open = quotes?.open ?? false;
    },
  };
}

function row({ name, quote, url, source, warning, missing }: Quote): Element {
  const address = safeUrl(url);
  const about = "pplx-source-about";
  return {
    tag: "li",
    className: "pplx-source",
    children: [
      span("pplx-source-title", { tag: "b", children: [name] }, ` ${quote}`),
      source && span(about, address ? link(address, [source]) : source),
      warning && (missing ? strong(warning) : span(about, warning)),
    ].filter(Boolean),
  };
}

const strong = (warning: string): Element => ({
  tag: "strong",
  className: "pplx-missing",
  children: [warning],
});

const span = (className: string, ...children: Item[]): Element => ({
  tag: "span",
  className,
  children,
});
