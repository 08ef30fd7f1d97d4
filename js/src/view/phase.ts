import type { AnswerState, Step } from "../protocol";
import { isFinal, type Store } from "../store";
import { PHASES } from "../tables";
import { element, setText } from "./element";
import { count, seconds } from "./words";

const TICK_MS = 100;
const SHOWN_QUERIES = 2;
/** A stream has gaps; one that is longer than this makes people wonder. */
const SILENCE_S = 5;

/** What is going on, and for how long. Once it is over, the same line says how it ended. */
export function phase(store: Store, signal: AbortSignal) {
  const label = element("span", "pplx-phase-label");
  const note = element("span", "pplx-phase-note");
  const time = element("span", "pplx-phase-time");

  const tick = () => {
    const now = performance.now();
    const elapsed = (now - store.startedAt) / 1000;
    setText(time, seconds(elapsed));
    const words = phaseWords(store.state, store.requested, elapsed);
    setText(label, words);
    label.title = words;
    const quiet = silence(store.state, (now - store.heardAt) / 1000);
    write(note, quiet);
    waits(quiet !== "" || pause(store.state, elapsed) > 0);
  };
  /** Honest about standing still: the line that holds the words says so. */
  const waits = (still: boolean) => label.parentElement?.classList.toggle("pplx-waits", still);
  let ticking: ReturnType<typeof setInterval> | undefined;
  const stop = () => {
    clearInterval(ticking);
    ticking = undefined;
  };
  signal.addEventListener("abort", stop);

  return {
    // The spaces are for those who read it without the stylesheet, or copy it.
    line: [element("span", "pplx-dot"), label, " ", note, " ", time],
    update() {
      const { state, requested } = store;
      if (isFinal(state.status)) {
        stop();
        waits(false);
        const words = phaseWords(state, requested);
        setText(label, words);
        label.title = words;
        write(note, requested === "retry" ? "" : traceNote(state.steps));
        setText(time, took(state));
      } else {
        ticking ??= setInterval(tick, TICK_MS);
        tick();
      }
    },
  };
}

function write(note: HTMLElement, words: string): void {
  setText(note, words);
  note.hidden = words === "";
}

/** How long it took, once it is over. */
export function took({ timing, elapsed }: AnswerState): string {
  return seconds(timing.finished ?? elapsed);
}

/** What is going on, so many seconds after the question. */
export function phaseWords(
  state: AnswerState,
  requested: Store["requested"],
  elapsed = state.elapsed,
): string {
  if (requested === "retry" && isFinal(state.status)) return "Asking again";
  if (requested === "stop" && !isFinal(state.status)) {
    return state.stop_waits ? "Stopping when the running cell ends" : "Stopping";
  }
  switch (state.status) {
    case "queued":
    case "connecting":
      return connectingWords(state, elapsed);
    case "searching":
      return searchWords(state);
    case "streaming":
      return state.text ? "Writing" : searchWords(state);
    default:
      return PHASES[state.status];
  }
}

function connectingWords(state: AnswerState, elapsed: number): string {
  const step = state.steps.at(-1);
  const left = pause(state, elapsed);
  if (step?.kind === "retry" && left > 0) return `${step.name}, retrying in ${left} s`;
  if (step?.kind === "thought") return "Thinking";
  return state.timing.first_event === null ? "Connecting" : "Waiting for the first word";
}

/** Whole seconds until it is asked again; 0 where it is not waiting for that. */
function pause({ status, steps }: AnswerState, elapsed: number): number {
  const step = steps.at(-1);
  const waiting = step?.kind === "retry" && (status === "queued" || status === "connecting");
  return waiting ? Math.max(0, Math.ceil(step.at + step.seconds - elapsed)) : 0;
}

/** How long nothing has come of an answer that has begun, where that is long. */
export function silence({ status, timing }: AnswerState, quiet: number): string {
  const waits = !isFinal(status) && timing.first_event !== null && quiet >= SILENCE_S;
  return waits ? `no data for ${Math.floor(quiet)} s` : "";
}

function searchWords({ steps, sources }: AnswerState): string {
  const step = steps.findLast((each) => each.kind === "search" || each.kind === "read");
  if (step && isUnderWay(step)) {
    return step.kind === "read"
      ? `Reading ${count(step.urls.length, "page")}`
      : `Searching: ${quoted(step.queries)}`;
  }
  if (steps.at(-1)?.kind === "thought") return "Thinking";
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

/** How much was searched and read, for the line that folds it. */
export function traceNote(steps: readonly Step[]): string {
  let searches = 0;
  let pages = 0;
  for (const step of steps) {
    if (step.kind === "search") searches += 1;
    if (step.kind === "read") pages += step.urls.length;
  }
  return [
    searches > 0 && count(searches, "search", "searches"),
    pages > 0 && `${count(pages, "page")} read`,
  ]
    .filter(Boolean)
    .join(" · ");
}
