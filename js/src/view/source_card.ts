/** The contents of a source's card. Its snippet is the part most relevant to the citing sentence. */

import { patch } from "../markdown/dom";
import { safeUrl } from "../markdown/urls";
import type { Source } from "../protocol";
import type { Store } from "../store";
import { LINK_ATTRIBUTES } from "../tables";
import { count, type Plural, say } from "../words";
import { citationOf, runOf } from "./chips";
import { claimOf } from "./claim";
import { element } from "./element";
import { extract } from "./snippet";
import { aboutOf, quoted, severalSearches, titleOf } from "./sources";

const TIMES: Plural = ["source.cited.one", "source.cited.other"];

/** `turn` shows another source of the same run of citations. */
export function contentOf(
  chip: HTMLElement,
  source: Source,
  { state }: Store,
  turn: (to: HTMLElement) => void,
): HTMLElement[] {
  const snippet = element("div", "pplx-card-snippet");
  patch(snippet, extract(source.snippet ?? "", claimOf(chip)));
  const times = citationOf(chip, state.citations)?.count ?? 1;
  const found = severalSearches(state.sources) && source.query;
  return [
    titleLink(source),
    element("div", "pplx-card-about", aboutOf(source)),
    snippet,
    element(
      "div",
      "pplx-card-about",
      found ? say("source.found_by", { query: quoted(source.query) }) : "",
    ),
    element("div", "pplx-card-about", times > 1 ? count(times, TIMES) : ""),
    element("div", "pplx-card-foot", ...turner(chip, turn)),
  ].filter((line) => line.textContent);
}

function titleLink(source: Source): HTMLElement {
  const url = safeUrl(source.url);
  const title = element(url ? "a" : "div", "pplx-card-title", titleOf(source));
  if (url) Object.assign(title, { href: url.href, ...LINK_ATTRIBUTES });
  return title;
}

/** Returns buttons to the neighbouring sources, if there are several in the run. */
function turner(chip: HTMLElement, turn: (to: HTMLElement) => void): HTMLElement[] {
  const run = runOf(chip);
  if (run.length < 2) return [];
  const at = run.indexOf(chip);
  const button = (name: string, sign: string, to: HTMLElement | undefined) => {
    const node = element("button", "pplx-card-turn", sign);
    node.type = "button";
    node.setAttribute("aria-label", name);
    node.disabled = !to;
    if (to) node.addEventListener("click", () => turn(to));
    return node;
  };
  return [
    element(
      "span",
      "pplx-card-run",
      button(say("source.previous"), "‹", run[at - 1]),
      ` ${say("source.place", { n: at + 1, total: run.length })} `,
      button(say("source.next"), "›", run[at + 1]),
    ),
  ];
}
