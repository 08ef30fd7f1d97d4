/**
 * Words about an answer that the page and documents share, from one file.
 * `pplx_widget/core/words.py` reads the same file and documents each of them.
 */

import type en from "../../pplx_widget/core/words/en.json";
import { STEPS as KINDS } from "./tables";

export type Word = keyof typeof en;

/** Words about a number of things: for one, and for any other number. */
export type Plural = readonly [one: Word, other: Word];

/** The character of the first place; see `js/words.mjs`. */
const FIRST = 0x100;

/** Put before the code by a kernel that was told which language to speak. */
declare const PPLX_WORDS: readonly string[] | undefined;

export type StepKind = keyof typeof KINDS;

let translation = typeof PPLX_WORDS === "undefined" ? null : PPLX_WORDS;

const listeners = new Set<() => void>();

/** Whether the page is in a language whose words may be had. */
export const wantsWords = (): boolean => translation === null && !/^(?:en\b|$)/.test(locale());

/** The language that the host shows, such as `de-DE`; JupyterLab sets it. */
export const locale = (): string => document.documentElement.lang;

/** Speaks the language of these words from now on. */
export function setWords(words: readonly string[]): void {
  if (words === translation) return;
  translation = words;
  for (const listener of listeners) listener();
}

/** Calls `listener` when the language has changed, until `signal`. */
export function onWords(listener: () => void, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

/** The words with an id, their blanks filled in. */
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

/** How an answer ended, by its status. */
export const PHASES = {
  complete: "phase.complete",
  incomplete: "phase.incomplete",
  stopped: "phase.stopped",
  failed: "phase.failed",
} as const satisfies Record<string, Word>;

export const PAGES: Plural = ["count.page.one", "count.page.other"];
export const SOURCES: Plural = ["count.source.one", "count.source.other"];
export const TOKENS: Plural = ["count.token.one", "count.token.other"];

interface Step {
  look: "quotes" | "links" | "text" | "reason";
  /** What is counted in the line above all steps: the steps, their items, or nothing. */
  sum: "steps" | "items" | "";
  doing: Word;
  /** Stands before the items; a thought is its text alone. */
  done?: Word;
  total?: Plural;
}

const WORDS: Record<StepKind, Pick<Step, "doing" | "done" | "total">> = {
  search: {
    doing: "step.search.doing",
    done: "step.search.done",
    total: ["step.search.sum.one", "step.search.sum.other"],
  },
  read: {
    doing: "step.read.doing",
    done: "step.read.done",
    total: ["step.read.sum.one", "step.read.sum.other"],
  },
  thought: { doing: "step.thought.doing" },
  retry: { doing: "step.retry.doing", done: "step.retry.done" },
};

export const stepOf = (kind: StepKind): Step => ({ ...KINDS[kind], ...WORDS[kind] }) as Step;
export const STEP_KINDS = Object.keys(KINDS) as StepKind[];
