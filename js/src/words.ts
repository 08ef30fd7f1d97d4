/**
 * The words about an answer that documents say, too, from one file: `pplx_widget/core/words.py` reads the
 * same and says what each is.
 */

import {
  BECAUSE,
  CITED,
  MORE,
  NONE_CITED,
  NOUNS,
  PHASES,
  STEPS as STEP_WORDS,
} from "../../pplx_widget/core/words.json";

export { BECAUSE, CITED, MORE, NONE_CITED, PHASES };

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

/** A number with its noun. */
export function count(n: number, noun: Noun): string {
  const [one, many] = NOUNS[noun];
  return `${n} ${n === 1 ? one : many}`;
}

/** A sentence with its blanks filled in. */
export function fill(sentence: string, blanks: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (blank, name) => String(blanks[name] ?? blank));
}
