/**
 * The steps of an answer, one line each, folded into the phase line. They are unfolded until the
 * text begins and folded afterwards, unless the user has decided.
 */

import { patch } from "../markdown/dom";
import { type Element, type Item, link } from "../markdown/tree";
import { hostOf, safeUrl } from "../markdown/urls";
import type { AnswerState, Step } from "../protocol";
import { isFinal, type Store } from "../store";
import { LONGEST_ADDRESS, LONGEST_QUERY, LONGEST_THOUGHT, MOST_PAGES, MOST_STEPS } from "../tables";
import { count, IMAGES, type Plural, SOURCES, say, stepOf } from "../words";
import { element } from "./element";
import type { Part } from "./part";
import { phase } from "./phase";
import { seconds, shortened } from "./words";

const LIVE = "pplx-live";
const TIME = "pplx-step-time";
const MORE: Plural = ["more.steps.one", "more.steps.other"];

export function bar(store: Store, stop: HTMLElement, signal: AbortSignal): Part {
  const { line, update: updatePhase, frame } = phase(store, signal);
  const summary = element("summary", "pplx-phase");
  const list = element("ul", "pplx-steps");
  const folded = element("details", "pplx-trace", summary, list);
  // Shown while there are no steps. The phase line itself moves between the two.
  const plain = element("div", "pplx-phase", ...line);
  const flat = element("div", "pplx-trace", plain);
  const node = element("div", "pplx-bar", flat, stop);
  let decided = false;
  const decide = () => {
    decided = true;
    folded.classList.remove(LIVE);
  };
  summary.addEventListener("click", decide, { signal });

  /**
   * While live, the list has a fixed height and shows its newest steps, so that it does not push
   * the sources away.
   */
  const unfold = (live: boolean) => {
    if (decided) return;
    folded.open = live;
    folded.classList.toggle(LIVE, live);
  };

  return {
    node,
    needs: ["begun", "status", "steps", "sources", "timing", "place", "stop_waits", "requested"],
    update() {
      const { steps, status, text } = store.state;
      const wanted = steps.length > 0 ? folded : flat;
      if (node.firstChild !== wanted) {
        (wanted === folded ? summary : plain).append(...line);
        decided = false;
        node.firstChild?.replaceWith(wanted);
      }
      updatePhase();
      patch(list, traceOf(store.state));
      // A single step is already shown in the phase line.
      unfold(steps.length > 1 && !text && !isFinal(status));
      if (folded.classList.contains(LIVE)) list.scrollTop = list.scrollHeight;
    },
    frame,
  };
}

function traceOf({ steps, status }: AnswerState): Item[] {
  const over = isFinal(status);
  const items = steps.slice(0, over ? MOST_STEPS : undefined).map((step) => {
    const item = stepItem(step, over);
    return { ...item, children: [...item.children, " ", timeItem(step)] };
  });
  const more = steps.length - items.length;
  return more > 0 ? [...items, row(count(more, MORE))] : items;
}

/** Returns the time of a step. It is at the end of the line, because a document has no times. */
function timeItem({ at }: Step): Element {
  return { tag: "span", className: TIME, children: [seconds(at)] };
}

export function timeOf({ at }: Step): HTMLElement {
  return element("span", TIME, seconds(at));
}

function stepItem({ kind, items, found }: Step, over: boolean): Element {
  const { look, doing, done = doing } = stepOf(kind);
  if (look === "text") {
    const text = items[0] ?? "";
    const words = over ? shortened(text, LONGEST_THOUGHT) : text;
    return { ...row(words), className: "pplx-step pplx-thought" };
  }
  const shown = {
    quotes: () =>
      items.map((query) => say("quote.marks", { text: shortened(query, LONGEST_QUERY) })),
    links: () => items.slice(0, MOST_PAGES).map(page),
    reason: () => items.slice(1),
  }[look]();
  const more = look === "links" ? items.length - shown.length : 0;
  return row(
    say(over || found !== null ? done : doing),
    ...shown.flatMap((item, i) => [i > 0 ? ", " : " ", item]),
    more > 0 ? ` ${say("more.things", { n: more })}` : "",
    ...(look === "quotes" && found !== null
      ? [" ", note(count(found, kind === "images" ? IMAGES : SOURCES))]
      : []),
  );
}

function page(address: string): Item {
  const url = safeUrl(address);
  return url
    ? link(url, [hostOf(url)])
    : { tag: "span", children: [shortened(address, LONGEST_ADDRESS)] };
}

function note(words: string): Item {
  return { tag: "span", className: "pplx-step-note", children: [words] };
}

function row(...children: Item[]): Element {
  return { tag: "li", className: "pplx-step", children };
}
