import { isFinal, type Store } from "../answer";
import type { AnswerState, Step } from "../protocol";
import { element, setText } from "./element";
import type { Part } from "./part";
import { count, seconds } from "./words";

const TICK_MS = 100;
const SHOWN_QUERIES = 2;

/** What is going on, and for how long. Once it is over, the same line says how it ended. */
export function phase(store: Store, signal: AbortSignal): Part {
  const label = element("span", "pplx-phase-label");
  const time = element("span", "pplx-phase-time");
  const node = element("div", "pplx-phase", element("span", "pplx-dot"), label, time);

  const tick = () => setText(time, seconds((performance.now() - store.startedAt) / 1000));
  let ticking: ReturnType<typeof setInterval> | undefined;
  const stop = () => {
    clearInterval(ticking);
    ticking = undefined;
  };
  signal.addEventListener("abort", stop);

  return {
    node,
    needs: ["status", "steps", "sources", "timing", "elapsed", "stop_waits", "requested"],
    update() {
      const words = phaseWords(store.state, store.requested === "stop");
      setText(label, words);
      label.title = words;
      if (isFinal(store.state.status)) {
        stop();
        setText(time, seconds(store.state.timing.finished ?? store.state.elapsed));
      } else {
        ticking ??= setInterval(tick, TICK_MS);
        tick();
      }
    },
  };
}

export function phaseWords(state: AnswerState, stopping: boolean): string {
  if (stopping && !isFinal(state.status)) {
    return state.stop_waits ? "Stopping when the running cell ends" : "Stopping";
  }
  switch (state.status) {
    case "queued":
    case "connecting":
      return "Connecting";
    case "searching":
      return searchWords(state);
    case "streaming":
      return state.text ? "Writing" : searchWords(state);
    case "complete":
      return "Answered";
    case "incomplete":
      return "Incomplete";
    case "stopped":
      return "Stopped";
    case "failed":
      return "Failed";
  }
}

function searchWords({ steps, sources }: AnswerState): string {
  const step = steps.findLast((each) => each.kind !== "thought");
  if (step && isUnderWay(step)) {
    return step.kind === "read"
      ? `Reading ${count(step.urls.length, "page")}`
      : `Searching: ${quoted(step.queries)}`;
  }
  return sources.length > 0 ? `Reading ${count(sources.length, "source")}` : "Searching";
}

function isUnderWay(step: Step): boolean {
  if (step.kind === "read") return !step.done && step.urls.length > 0;
  return step.kind === "search" && step.found === null && step.queries.length > 0;
}

function quoted(queries: string[]): string {
  const shown = queries.slice(0, SHOWN_QUERIES).map((query) => `“${query}”`);
  const hidden = queries.length - shown.length;
  return shown.join(", ") + (hidden > 0 ? ` +${hidden}` : "");
}
