/**
 * Formulas as tokens: `\(…\)`, `\[…\]`, `$…$` and `$$…$$`; mirrors `pplx_widget/render/math.py`. A
 * formula ends in its paragraph, holds no backtick (inside code there is no math) and no other delimiter
 * of its kind, and is not longer than anybody writes one: so a stray delimiter costs little.
 */
import type { StateInline } from "markdown-it";
import type ParserInline from "markdown-it/lib/parser_inline.mjs";

// Pandoc's rule, by which "$5 and $10" is text: no white space at the inner sides of the dollars, and
// no digit after the closing one.
const DOLLAR = /(?<![\\$])\$(?![ \t\n$])(?:[^$`\\]|\\[^`]){1,2000}(?<![ \t\n])\$(?![0-9$])/;
const DOLLARS = /(?<!\\)\$\$(?:[^$`\\]|\\[^`]){1,2000}\$\$/;
const ROUND = /\\\((?:[^`\\]|\\[^`()]){1,2000}\\\)/;
// `\[1\]` is an escaped marker.
const SQUARE = /\\\[(?!(?:[a-z]{1,12}:)?[0-9]{1,6}\\\])(?:[^`\\]|\\[^`[\]]){1,2000}\\\]/;
// Without any it is escaped punctuation.
const LETTER_OR_DIGIT = /[0-9A-Za-z\x80-\u{10ffff}]/u;

/** The source of a pattern, to be compiled with the flag `u`. */
export const FORMULA = [DOLLARS, DOLLAR, ROUND, SQUARE].map(({ source }) => source).join("|");
const HERE = new RegExp(FORMULA, "uy");

export function math({ ruler }: ParserInline): void {
  ruler.before("escape", "math", formula);
}

function formula(state: StateInline, silent: boolean): boolean {
  HERE.lastIndex = state.pos;
  const tex = HERE.exec(state.src)?.[0];
  if (!tex || HERE.lastIndex > state.posMax || !LETTER_OR_DIGIT.test(tex)) return false;
  if (!silent) state.push("math", "", 0).content = tex;
  state.pos += tex.length;
  return true;
}
