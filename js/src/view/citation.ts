import type { Source } from "../protocol";
import { type Element, link } from "../stream/tree";
import { safeUrl } from "../stream/urls";
import { siteOf } from "./sources";

/** What stands for a marker in the text: a number that leads to its source. */
export function citation(number: number, source: Source): Element {
  const url = safeUrl(source.url);
  const chip: Element = url
    ? link(url, [String(number)])
    : { tag: "span", children: [String(number)] };
  chip.attributes = {
    ...chip.attributes,
    title: [source.title, siteOf(source)].filter(Boolean).join(" — "),
    "aria-label": `Source ${number}: ${source.title}`,
  };
  return chip;
}
