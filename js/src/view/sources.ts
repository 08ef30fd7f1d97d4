import type { Store } from "../answer";
import type { Source } from "../protocol";
import { patch } from "../stream/dom";
import { type Item, link } from "../stream/tree";
import { hostOf, safeUrl } from "../stream/urls";
import { element } from "./element";
import type { Part } from "./part";

/**
 * Below the text, so that nothing it does moves a line that is being read. What has been found
 * arrives in the one-line summary; a source moves up into the list when the text first cites it, so
 * the whole only ever grows.
 */
export function sourceList(store: Store): Part {
  const cited = element("ol", "pplx-cited");
  const summary = element("summary", "pplx-found-summary");
  const found = element("ul", "pplx-found-list");
  const others = element("details", "pplx-found", summary, found);
  const node = element("div", "pplx-sources", cited, others);

  return {
    node,
    needs: ["sources", "citations"],
    update() {
      const { sources, citations } = store.state;
      const byId = new Map(sources.map((source) => [source.id, source]));
      const rows = citations.flatMap(({ number, id }) => {
        const source = byId.get(id);
        byId.delete(id);
        return source ? [row(source, number)] : [];
      });
      const rest = [...byId.values()];
      patch(cited, rows);
      patch(
        found,
        rest.map((source) => row(source, null)),
      );
      patch(summary, summaryOf(rest, citations.length > 0));
      node.hidden = sources.length === 0;
      cited.hidden = rows.length === 0;
      others.hidden = rest.length === 0;
    },
  };
}

function row(source: Source, number: number | null): Item {
  const url = safeUrl(source.url);
  const title = source.title || (url ? hostOf(url) : source.url);
  const about = [source.site || (url ? hostOf(url) : ""), source.date].filter(Boolean).join(" · ");
  const label: Item = url ? link(url, [title]) : { tag: "span", children: [title] };
  return {
    tag: "li",
    className: "pplx-source",
    children: [
      span("pplx-source-number", number === null ? "" : String(number)),
      { ...label, className: "pplx-source-title" },
      span("pplx-source-about", about),
    ],
  };
}

function summaryOf(sources: Source[], othersAreCited: boolean): Item[] {
  const label = othersAreCited ? `Also found (${sources.length})` : `Found (${sources.length})`;
  const sites = [...new Set(sources.map((source) => source.site).filter(Boolean))];
  return [
    span("pplx-found-count", label),
    {
      tag: "span",
      className: "pplx-found-sites",
      children: sites.map((site) => span("pplx-site", site)),
    },
  ];
}

function span(className: string, text: string): Item {
  return { tag: "span", className, children: text ? [text] : [] };
}
