import type { AnswerState } from "../protocol";
import type { Store } from "../store";
import { count, type Plural, SOURCES, say } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";

const FOUND: Plural = ["speech.found.one", "speech.found.other"];

/** Long enough to be read out. */
const STAYS_MS = 10_000;

/**
 * Tells a screen reader each change of phase, never the tokens. The node is outside the answer,
 * because the last change is the end, when the settled answer replaces the view.
 */
export function speech(store: Store, signal: AbortSignal): Part {
  const node = element("div", "");
  region().append(node);
  signal.addEventListener("abort", () => setTimeout(() => node.remove(), STAYS_MS));
  // The phase at the creation of the view is not news.
  let said = turn(store.state);
  return {
    node,
    needs: ["status", "sources", "steps", "place", "error"],
    update() {
      const now = turn(store.state);
      if (now !== said) setText(node, now);
      said = now;
    },
  };
}

/** Tells a screen reader something once, for example the result of a button. */
export function announce(words: string): void {
  const node = element("div", "");
  region().append(node);
  setText(node, words);
  setTimeout(() => node.remove(), STAYS_MS);
}

let spoken: HTMLElement | null = null;

/** Returns the page's only live region. It must exist before text is added to it. */
function region(): HTMLElement {
  if (!spoken?.isConnected) {
    spoken = element("div", "pplx-spoken");
    spoken.setAttribute("aria-live", "polite");
    document.body.append(spoken);
  }
  return spoken;
}

function turn({ status, sources, steps, place, error, citations }: AnswerState): string {
  switch (status) {
    case "queued":
    case "connecting": {
      const step = steps.at(-1);
      if (step?.kind === "retry") return say("speech.retrying", { why: step.items[0] ?? "" });
      // Without the place: each change would be read out.
      return place ? say("speech.turn") : "";
    }
    case "searching":
      return sources.length > 0 ? count(sources.length, FOUND) : say("speech.searching");
    case "streaming":
      return say("speech.begins");
    case "complete":
      return say("speech.complete", { cited: count(citations.length, SOURCES) });
    case "incomplete":
      return say("speech.incomplete");
    case "stopped":
      return say("speech.stopped");
    case "failed":
      return say("speech.failed", { what: error?.lines.what ?? "" });
  }
}
