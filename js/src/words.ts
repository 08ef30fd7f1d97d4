/**
 * The words on screen, by their ids in `pplx_widget/core/words/en.json`. The build (`js/words.mjs`)
 * replaces each id by a character for its place in a list, and the English words.
 */

import type en from "../../pplx_widget/core/words/en.json";
import { STEPS as KINDS } from "./tables";

export type Word = keyof typeof en;

/** Words for one thing, and for any other number of things. */
export type Plural = readonly [one: Word, other: Word];

/** The character of the first place; see `js/words.mjs`. */
const FIRST = 0x100;

/** A kernel with a configured language defines it before this code. */
declare const PPLX_WORDS: readonly string[] | undefined;

export type StepKind = keyof typeof KINDS;

let translation = typeof PPLX_WORDS === "undefined" ? null : PPLX_WORDS;

const listeners = new Set<() => void>();

/** Whether to ask the kernel for the words of the page's language. */
export const wantsWords = (): boolean => translation === null && !/^(?:en\b|$)/.test(locale());

/** The language of the host, such as `de-DE`; JupyterLab sets it. */
export const locale = (): string => document.documentElement.lang;

/** Uses these words from now on. */
export function setWords(words: readonly string[]): void {
  if (words === translation) return;
  translation = words;
  for (const listener of listeners) listener();
}

/** Calls `listener` after each change of the language, until `signal`. */
export function onWords(listener: () => void, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

/** Returns the words with an id, and fills in their blanks. */
export function say(word: Word, blanks: Record<string, string | number> = {}): string {
  const text = translation?.[word.charCodeAt(0) - FIRST] ?? word.slice(1);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(blanks[name]));
}

export function count(
  n: number,
  [one, other]: Plural,
  blanks?: Record<string, string | number>,
): string {
  return say(n === 1 ? one : other, { n, ...blanks });
}

/** The words for the outcome, by status. */
export const PHASES = {
  complete: "phase.complete",
  incomplete: "phase.incomplete",
  stopped: "phase.stopped",
  failed: "phase.failed",
} as const satisfies Record<string, Word>;

export const IMAGES: Plural = ["count.image.one", "count.image.other"];
export const PAGES: Plural = ["count.page.one", "count.page.other"];
export const SOURCES: Plural = ["count.source.one", "count.source.other"];
export const TOKENS: Plural = ["count.token.one", "count.token.other"];

interface Step {
  look: "quotes" | "links" | "text" | "reason";
  /** Whether the line above all steps counts the steps, their items, or neither. */
  sum: "steps" | "items" | "";
  doing: Word;
  /** The label before the items; a thought has none. */
  done?: Word;
  total?: Plural;
}

const WORDS: Record<StepKind, Pick<Step, "doing" | "done" | "total">> = {
  search: {
    doing: "step.search.doing",
    done: "step.search.done",
    total: ["step.search.sum.one", "step.search.sum.other"],
  },
  images: {
    doing: "step.images.doing",
    done: "step.images.done",
    total: ["step.images.sum.one", "step.images.sum.other"],
  },
  read: {
    doing: "step.read.doing",
    done: "step.read.done",
    total: ["step.read.sum.one", "step.read.sum.other"],
  },
  thought: { doing: "step.thought.doing" },
  retry: { doing: "step.retry.doing", done: "step.retry.done" },
};

/** Writes the date of an ISO time, as it is in its own time zone. */
export function day(iso: string): string {
  const date = new Date(`${iso.slice(0, 10)}T00:00Z`);
  return date.toLocaleDateString(say("date.locale"), { dateStyle: "long", timeZone: "UTC" });
}

export const stepOf = (kind: StepKind): Step => ({ ...KINDS[kind], ...WORDS[kind] }) as Step;
export const STEP_KINDS = Object.keys(KINDS) as StepKind[];
