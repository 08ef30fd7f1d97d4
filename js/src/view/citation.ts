import { type Element, link } from "../markdown/tree";
import { safeUrl } from "../markdown/urls";
import type { Source } from "../protocol";
import { say } from "../words";
import { NUMBER } from "./chips";
import { siteOf } from "./sources";

/** Returns the citation shown for a marker: a number that links to its source. */
export function citation(number: number, source: Source): Element {
  const url = safeUrl(source.url);
  const chip: Element = url
    ? link(url, [String(number)])
    : { tag: "span", children: [String(number)] };
  chip.attributes = {
    ...chip.attributes,
    title: [source.title, siteOf(source)].filter(Boolean).join(" — "),
    [NUMBER]: String(number),
    "aria-label": say("source.label", { n: number, title: source.title }),
  };
  return chip;
}
