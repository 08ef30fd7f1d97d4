/**
 * Decides where emphasis may begin and end. CommonMark's rule fails in scripts without spaces: in
 * `**「重点」**内容` the second mark would not end the emphasis. Mirrors
 * `pplx_widget/markdown/delimiters.py`.
 */
import type { StateInline } from "markdown-it";
import { isWhiteSpace } from "markdown-it/lib/common/utils.mjs";
import { ENDS_EMPHASIS, JOINED, pattern } from "../tables";
import { MARKER } from "./markers";

const PUNCTUATION = /[\p{P}\p{S}]/u;
const LETTER = /\p{L}/u;
const JOINED_SIGN = pattern(JOINED, "u");
const ENDS = pattern(ENDS_EMPHASIS);
const CITED = pattern(`(?:${MARKER})+$`);
const LONGEST_CITED = 60;

const isSpace = (char: string): boolean => isWhiteSpace(char.codePointAt(0) ?? 0);
const lastOf = (text: string): string => /.$/su.exec(text)?.[0] ?? " ";

/** Replaces the method of markdown-it's state. */
export function scanDelims(this: StateInline, start: number, canSplitWord: boolean) {
  const { src, posMax } = this;
  let end = start + 1;
  while (end < posMax && src[end] === src[start]) end++;
  const length = end - start;
  const before = src.slice(Math.max(0, start - LONGEST_CITED), start);
  const after = end < posMax ? String.fromCodePoint(src.codePointAt(end) ?? 0) : " ";
  const last = lastOf(before);
  const left = opens(last, after);
  const right = opens(after, last);
  if (!canSplitWord) {
    return {
      can_open: left && (!right || PUNCTUATION.test(last)),
      can_close: right && (!left || PUNCTUATION.test(after)),
      length,
    };
  }
  // As in `**Title:**text`.
  const ends = (char: string) => length > 1 && !isSpace(after) && ENDS.test(char);
  let can_close = right || ends(last);
  if (!can_close && "]】］".includes(last) && LETTER.test(after)) {
    // Marks after a citation end as they would without it.
    const uncited = lastOf(before.replace(CITED, ""));
    can_close = uncited !== last && (opens(after, uncited) || ends(uncited));
  }
  return { can_open: left, can_close, length };
}

/** Tells whether marks between two characters are left-flanking. */
function opens(before: string, after: string): boolean {
  if (isSpace(after)) return false;
  return (
    !PUNCTUATION.test(after) ||
    isSpace(before) ||
    PUNCTUATION.test(before) ||
    JOINED_SIGN.test(before + after)
  );
}
