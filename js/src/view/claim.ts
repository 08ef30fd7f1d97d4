/** The claim of a citation: the words of the sentence before it. */

import { COMMON_WORDS, SHORTEST_LATIN_WORD, SHORTEST_OTHER_WORD } from "../tables";

const COMMON = new Set(COMMON_WORDS.join(" ").split(" "));

const BLOCK = "p, li, td, th, h1, h2, h3, h4, h5, h6, blockquote, dd";
const SENTENCE_END = /[.!?…。！？]["'”’)\]]*\s+/gu;
const LAST_MARKS = /[\s.!?…。！？"'”’)\]]+$/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

export interface Word {
  index: number;
  text: string;
  /** Normalized form for comparison; "" if the word is too common or too short. */
  key: string;
}

/** Returns the normalized words of the sentence before the citation. */
export function claimOf(chip: HTMLElement): Set<string> {
  return keysOf(sentenceBefore(chip));
}

export function keysOf(text: string): Set<string> {
  return new Set(wordsOf(text).flatMap(({ key }) => (key ? [key] : [])));
}

function sentenceBefore(chip: HTMLElement): string {
  const block = chip.closest(BLOCK) ?? chip.parentElement;
  if (!block) return "";
  const before = document.createRange();
  before.selectNodeContents(block);
  before.setEndBefore(chip);
  const copy = before.cloneContents();
  for (const other of copy.querySelectorAll("sup")) other.remove();
  const text = (copy.textContent ?? "").replace(LAST_MARKS, "");
  const end = [...text.matchAll(SENTENCE_END)].at(-1);
  return end ? text.slice(end.index + end[0].length) : text;
}

export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (isWordLike) words.push({ index, text: segment, key: keyOf(segment) });
  }
  return words;
}

function keyOf(word: string): string {
  const lower = word.normalize("NFKC").toLowerCase();
  if (/\p{N}/u.test(lower)) return lower;
  const enough = /^\p{Script=Latin}+$/u.test(lower) ? SHORTEST_LATIN_WORD : SHORTEST_OTHER_WORD;
  if (lower.length < enough || COMMON.has(lower)) return "";
  // One form for "rule" and "rules". More would depend on the language.
  return lower.length > SHORTEST_LATIN_WORD ? lower.replace(/['’]?s$/, "") : lower;
}
