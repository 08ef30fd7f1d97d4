/**
 * Decides where emphasis may begin and end. CommonMark's rule fails in scripts without spaces: in
 * `**「重点」**内容` the second mark would not end the emphasis. Mirrors
 * `pplx_widget/markdown/delimiters.py`.
 */
import type { StateInline } from "markdown-it";
import { ENDS_EMPHASIS, JOINED, pattern } from "../tables";
import { MARKER } from "./markers";

const SPACE = /[\t-\r\p{Zs}]/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;
const LETTER = /\p{L}/u;
const JOINED_SIGN = pattern(JOINED);
const ENDS = pattern(ENDS_EMPHASIS);
const CITED = pattern(`(?:${MARKER})+$`);
const LONGEST_CITED = 60;

const lastOf = (text: string): string => [...text.slice(-2)].at(-1) ?? " ";

/** Replaces the method of markdown-it's state. */
export function scanDelims(this: StateInline, start: number, canSplitWord: boolean) {
  const { src, posMax } = this;
  let end = start + 1;
  while (end < posMax && src[end] === src[start]) end++;
  const length = end - start;
  const before = src.slice(Math.max(0, start - LONGEST_CITED), start);
  const last = lastOf(before);
  const [after = " "] = src.slice(end, Math.min(end + 2, posMax));
  const left = opens(last, after);
  const right = opens(after, last);
  if (!canSplitWord) {
    return {
      can_open: left && (!right || PUNCTUATION.test(last)),
      can_close: right && (!left || PUNCTUATION.test(after)),
      length,
    };
  }
  // Marks after a citation end as they would without it.
  const uncited = LETTER.test(after) ? lastOf(before.replace(CITED, "")) : last;
  // `**` may end before a letter, as in `**Title:**text`.
  const ends = length > 1 && !SPACE.test(after) && ENDS.test(last + uncited);
  return { can_open: left, can_close: right || opens(after, uncited) || ends, length };
}

/** Tells whether marks between two characters are left-flanking. */
function opens(before: string, after: string): boolean {
  if (SPACE.test(after)) return false;
  return (
    !PUNCTUATION.test(after) ||
    SPACE.test(before) ||
    PUNCTUATION.test(before) ||
    JOINED_SIGN.test(before + after)
  );
}
