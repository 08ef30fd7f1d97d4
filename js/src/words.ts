/**
 * Words about an answer that the page and documents share, from one file.
 * `pplx_widget/core/words.py` reads the same file and documents each of them.
 */

import {
  ASKED,
  BECAUSE,
  CITED,
  MONTHS,
  MORE,
  NONE_CITED,
  NOUNS,
  PHASES,
  STEPS as STEP_WORDS,
} from "../../pplx_widget/core/words.json";

export { ASKED, BECAUSE, CITED, MORE, NONE_CITED, PHASES };

export type StepKind = keyof typeof STEP_WORDS;

export interface StepWords {
  look: "quotes" | "links" | "text" | "reason";
  doing: string;
  done: string;
  found?: Noun;
  sum?: { of: "steps" | "items"; noun: Noun; words: string };
}

export const STEPS = STEP_WORDS as Record<StepKind, StepWords>;

type Noun = keyof typeof NOUNS;

/** Writes the date of an ISO time, as it is in its own time zone. */
export function day(iso: string): string {
  const [year, month, date] = iso.slice(0, 10).split("-").map(Number);
  return `${date} ${MONTHS[(month ?? 1) - 1]} ${year}`;
}

/** Returns a number with its noun, as in "2 sources". */
export function count(n: number, noun: Noun): string {
  const [one, many] = NOUNS[noun];
  return `${n} ${n === 1 ? one : many}`;
}

/** Fills the `{name}` blanks of a sentence. */
export function fill(sentence: string, blanks: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (blank, name) => String(blanks[name] ?? blank));
}
