import { patch } from "../markdown/dom";
import { type Element, type Item, link } from "../markdown/tree";
import { hostOf, safeUrl } from "../markdown/urls";
import type { Source } from "../protocol";
import type { Store } from "../store";
import { LONGEST_QUERY, LONGEST_SNIPPET, MOST_SITES } from "../tables";
import { count, type Plural, SOURCES, say } from "../words";
import { foldable } from "./all_sources";
import { element } from "./element";
import type { Part } from "./part";
import { shortened } from "./words";

const MORE: Plural = ["sources.more.one", "sources.more.other"];

/**
 * The list of sources is below the text, so that its changes do not move a line that is being read.
 * New sources appear in the one-line summary. A source moves up into the list when the text first
 * cites it, so the whole only grows.
 */
export function sourceList(store: Store, signal: AbortSignal): Part {
  const name = element("b", "pplx-sources-name", say("sources.heading"));
  const cited = element("ol", "pplx-cited");
  cited.setAttribute("aria-label", say("sources.heading"));
  const all = foldable(cited, signal);
  const summary = element("summary", "pplx-found-summary");
  const found = element("ul", "pplx-found-list");
  const others = element("details", "pplx-found", summary, found);
  const node = element("div", "pplx-sources", name, cited, all.node, others);

  return {
    node,
    needs: ["sources", "citations"],
    update() {
      const { sources, citations } = store.state;
      const byId = new Map(sources.map((source) => [source.id, source]));
      const rows = citations.flatMap(({ id, number }) => {
        const source = byId.get(id);
        byId.delete(id);
        return source ? [{ ...row(source), attributes: { value: String(number) } }] : [];
      });
      const rest = [...byId.values()];
      patch(cited, rows);
      patch(found, severalSearches(sources) ? bySearch(rest) : rest.map(row));
      patch(summary, summaryOf(rest, citations.length > 0));
      node.hidden = sources.length === 0;
      name.hidden = cited.hidden = rows.length === 0;
      all.update();
      others.hidden = rest.length === 0;
    },
  };
}

export function titleOf(source: Source): string {
  const url = safeUrl(source.url);
  return source.title || (url ? hostOf(url) : source.url);
}

/** Returns the real host: look-alike letters show as `xn--…`. */
export function siteOf({ url, site }: Source): string {
  const address = safeUrl(url);
  return address ? hostOf(address) : site;
}

/** Returns the site and the date of a source. */
export function aboutOf(source: Source): string {
  return [siteOf(source), source.date].filter(Boolean).join(" · ");
}

/** Tells whether to show which search found a source. */
export function severalSearches(sources: readonly Source[]): boolean {
  return new Set(sources.map(({ query }) => query).filter(Boolean)).size > 1;
}

/** Quotes the queries of one search, which the state joins into one string. */
export function quoted(query: string | null): string {
  return (query ?? "")
    .split(" · ")
    .map((each) => say("quote.marks", { text: shortened(each, LONGEST_QUERY) }))
    .join(", ");
}

/** Groups sources by the search that found them, in the order of first results. */
function bySearch(sources: readonly Source[]): Item[] {
  const queries = [...new Set(sources.map(({ query }) => query))];
  return queries.flatMap((query) => {
    const found = sources.filter((source) => source.query === query).map(row);
    const heading: Item = { tag: "li", className: "pplx-found-by", children: [quoted(query)] };
    return query ? [heading, ...found] : found;
  });
}

function snippetOf({ snippet }: Source): string {
  return shortened(snippet ?? "", LONGEST_SNIPPET);
}

function row(source: Source): Element {
  const url = safeUrl(source.url);
  const words = [titleOf(source)];
  const title: Element = url ? link(url, words) : { tag: "span", children: words };
  const snippet = snippetOf(source);
  if (snippet) title.attributes = { ...title.attributes, title: snippet };
  title.className = "pplx-source-title";
  const about = aboutOf(source);
  const children = about ? [title, " ", span("pplx-source-about", about)] : [title];
  return { tag: "li", className: "pplx-source", children };
}

function summaryOf(sources: Source[], othersAreCited: boolean): Item[] {
  const label = count(sources.length, othersAreCited ? MORE : SOURCES);
  const sites = [...new Set(sources.map(siteOf).filter(Boolean))].slice(0, MOST_SITES);
  const names = sites.flatMap((site, i) => {
    const name = span("pplx-site", site);
    return i ? [" ", name] : [name];
  });
  return [
    span("pplx-found-count", label),
    " ",
    { tag: "span", className: "pplx-found-sites", children: names },
  ];
}

function span(className: string, text: string): Item {
  return { tag: "span", className, children: [text] };
}
