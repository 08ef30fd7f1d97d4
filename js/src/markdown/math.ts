/**
 * Parses formulas into tokens: `\(…\)`, `\[…\]`, `$…$` and `$$…$$`. Mirrors
 * `pplx_widget/markdown/math.py`. A formula ends within its paragraph and contains neither a
 * backtick (there is no math in code) nor another delimiter of its kind. Its length is limited, so
 * that a stray delimiter costs little.
 */
import type { StateInline } from "markdown-it";
import type ParserInline from "markdown-it/lib/parser_inline.mjs";
import { FORMULAS, LETTER_OR_DIGIT, pattern } from "../tables";

const ANY_LETTER_OR_DIGIT = pattern(LETTER_OR_DIGIT);

/** The source of a pattern for the flag `u`. */
export const FORMULA = FORMULAS.join("|");
const HERE = pattern(FORMULA, "uy");

export function math({ ruler }: ParserInline): void {
  ruler.before("escape", "math", formula);
}

function formula(state: StateInline, silent: boolean): boolean {
  HERE.lastIndex = state.pos;
  const tex = HERE.exec(state.src)?.[0];
  if (!tex || HERE.lastIndex > state.posMax || !ANY_LETTER_OR_DIGIT.test(tex)) return false;
  if (!silent) state.push("math", "", 0).content = tex;
  state.pos += tex.length;
  return true;
}
