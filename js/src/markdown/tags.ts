/**
 * Parses the HTML that models write in Markdown and that is not text: `<br>`, `<sub>` and `<sup>`.
 * Mirrors `pplx_widget/markdown/tags.py`.
 */
import type { StateInline } from "markdown-it";
import type ParserInline from "markdown-it/lib/parser_inline.mjs";
import { LINE_BREAK, pattern, TAG } from "../tables";

const OPENING = pattern(TAG, "iy");
const BREAK = pattern(LINE_BREAK, "iy");

export function tags({ ruler }: ParserInline): void {
  ruler.before("autolink", "tag", tag);
}

function tag(state: StateInline, silent: boolean): boolean {
  const { pos, posMax } = state;
  if (state.src[pos] !== "<") return false;
  const source = state.src.slice(0, posMax);
  BREAK.lastIndex = OPENING.lastIndex = pos;
  const [all, name = "", inner = ""] = BREAK.exec(source) ?? OPENING.exec(source) ?? [];
  if (!all) return false;
  if (!silent && name) {
    state.push("tag_open", name.toLowerCase(), 1);
    state.pos += name.length + 2;
    state.posMax = state.pos + inner.length;
    state.md.inline.tokenize(state);
    state.posMax = posMax;
    state.push("tag_close", "", -1);
  } else if (!silent) {
    state.pending = state.pending.trimEnd();
    state.push("hardbreak", "", 0);
  }
  state.pos = pos + all.length;
  return true;
}
