import type { AnswerState, Place, Step } from "../protocol";
import { isFinal, type Store } from "../store";
import { count, PAGES, PHASES, SOURCES, STEP_KINDS, say, stepOf } from "../words";
import { element, setText } from "./element";
import { seconds } from "./words";

/** The time is written with the text, or alone when none comes. */
const TICK_MS = 90;
const ALONE_MS = 140;
const BREATH_MS = 1800;
const SHOWN_QUERIES = 2;
/** Streams have gaps. A longer one than this is reported. */
const SILENCE_S = 5;
/** A shorter wait for a turn is over before it is read. */
const WORTH_A_WORD_S = 2;

/**
 * The phase line: the current phase and the time since the question. After the end, it says how the
 * answer ended.
 */
export function phase(store: Store, signal: AbortSignal) {
  const dot = element("span", "pplx-dot");
  const label = element("span", "pplx-phase-label");
  const note = element("span", "pplx-phase-note");
  const time = element("span", "pplx-phase-time");

  const name = (words: string) => {
    setText(label, words);
    if (label.title !== words) label.title = words;
  };
  const tick = () => {
    const now = performance.now();
    ticked = now;
    clearTimeout(timer);
    timer = setTimeout(tick, ALONE_MS);
    const elapsed = store.state.status === "queued" ? 0 : (now - store.startedAt) / 1000;
    setText(time, clock(elapsed));
    name(phaseWords(store.state, store.requested, elapsed, store.busy));
    dot.style.setProperty("--glow", glow(now));
    const { state } = store;
    const quiet = silence(state, (now - store.heardAt) / 1000) || turnNote(state, elapsed);
    write(note, quiet);
    waits(quiet !== "" || pause(state, elapsed) > 0 || queued(state) !== null);
  };
  /** Marks the line as waiting, so that it does not suggest progress. */
  const waits = (still: boolean) => label.parentElement?.classList.toggle("pplx-waits", still);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ticked = 0;
  const stop = () => clearTimeout(timer);
  signal.addEventListener("abort", stop);

  return {
    // The spaces are for reading without the stylesheet, and for copying.
    line: [dot, label, " ", note, " ", time],
    update() {
      const { state, requested } = store;
      if (isFinal(state.status)) {
        stop();
        waits(false);
        name(phaseWords(state, requested));
        dot.removeAttribute("style");
        write(note, requested === "retry" ? "" : traceNote(state.steps));
        setText(time, took(state));
      } else tick();
    },
    frame() {
      if (!isFinal(store.state.status) && performance.now() - ticked >= TICK_MS) tick();
    },
  };
}

function write(note: HTMLElement, words: string): void {
  setText(note, words);
  // Even the same value would make the browser compute the style again.
  if (note.hidden !== (words === "")) note.hidden = words === "";
}

/** An animation would have a frame of its own 60 times a second; the time is written in this one. */
function glow(now: number): string {
  return `${Math.round(62 + 38 * Math.cos((now / BREATH_MS) * 2 * Math.PI))}%`;
}

/** Returns how long a finished answer took. */
export function took({ timing, elapsed }: AnswerState): string {
  return clock(timing.finished ?? elapsed);
}

/** "0.0 s" says nothing. */
const clock = (value: number): string => (value < 0.05 ? "" : seconds(value));

/** Returns the phase in words, `elapsed` seconds after the question. */
export function phaseWords(
  state: AnswerState,
  requested: Store["requested"],
  elapsed = state.elapsed,
  busy = false,
): string {
  if (requested === "retry" && isFinal(state.status)) return say("phase.asking_again");
  if (requested === "stop" && !isFinal(state.status)) {
    return say(state.stop_waits || busy ? "phase.stops_later" : "phase.stopping");
  }
  const left = pause(state, elapsed);
  if (left > 0 && !isFinal(state.status)) {
    return say("phase.retrying", { why: state.steps.at(-1)?.items[0] ?? "", n: left });
  }
  switch (state.status) {
    case "queued":
    case "connecting":
      return connectingWords(state);
    case "searching":
      return searchWords(state);
    case "streaming":
      return state.text ? say("phase.writing") : searchWords(state);
    case "stopped":
      return ""; // the last line says it
    default:
      return say(PHASES[state.status]);
  }
}

function connectingWords(state: AnswerState): string {
  const step = state.steps.at(-1);
  const place = queued(state);
  if (place) return place.words;
  if (step && stepOf(step.kind).look === "text") return say(stepOf(step.kind).doing);
  return say(state.timing.first_event === null ? "phase.connecting" : "phase.waiting");
}

/** Returns the place of a question that waits for its turn. */
function queued({ status, place }: AnswerState): Place | null {
  return status === "queued" || status === "connecting" ? place : null;
}

/** Returns about how long a question will still wait for its turn, if that is worth a word. */
export function turnNote(state: AnswerState, elapsed: number): string {
  const place = queued(state);
  if (!place || place.seconds === null || pause(state, elapsed) > 0) return "";
  const left = Math.round(place.at + place.seconds - elapsed);
  return left >= WORTH_A_WORD_S ? say("phase.turn.about", { n: left }) : "";
}

/** Returns the whole seconds until the next retry; 0 if no retry is pending. */
function pause({ steps }: AnswerState, elapsed: number): number {
  const step = steps.at(-1);
  return step?.kind === "retry"
    ? Math.max(0, Math.ceil(step.at + (step.seconds ?? 0) - elapsed))
    : 0;
}

/** Returns how long a started answer has sent no data, if that is long; else "". */
export function silence({ status, timing }: AnswerState, quiet: number): string {
  const waits = !isFinal(status) && timing.first_event !== null && quiet >= SILENCE_S;
  return waits ? say("phase.silent", { n: Math.floor(quiet) }) : "";
}

function searchWords({ steps, sources }: AnswerState): string {
  const step = steps.findLast(({ kind }) => stepOf(kind).sum);
  if (step && step.found === null && step.items.length > 0) return underWay(step);
  const last = steps.at(-1);
  if (last && stepOf(last.kind).look === "text") return say(stepOf(last.kind).doing);
  return sources.length > 0
    ? say("phase.reading", { what: count(sources.length, SOURCES) })
    : say("step.search.doing");
}

function underWay({ kind, items }: Step): string {
  return stepOf(kind).look === "quotes"
    ? say("phase.searching", { what: quoted(items) })
    : say("phase.reading", { what: count(items.length, PAGES) });
}

function quoted(queries: string[]): string {
  const shown = queries.slice(0, SHOWN_QUERIES).map((text) => say("quote.marks", { text }));
  const hidden = queries.length - shown.length;
  return shown.join(", ") + (hidden > 0 ? ` +${hidden}` : "");
}

/** Summarises the searches and pages, for the line that folds the steps. */
export function traceNote(steps: readonly Step[]): string {
  const notes = STEP_KINDS.map((each) => {
    const { sum, total } = stepOf(each);
    const those = steps.filter(({ kind }) => kind === each);
    const over = those.filter(({ found }) => found !== null);
    const n = sum === "steps" ? those.length : over.flatMap(({ items }) => items).length;
    return total && n > 0 ? count(n, total) : "";
  });
  return notes.filter(Boolean).join(" · ");
}
