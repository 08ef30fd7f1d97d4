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
  const [all, name = "br", inner = ""] = BREAK.exec(source) ?? OPENING.exec(source) ?? [];
  if (!all) return false;
  if (!silent && !inner) {
    state.pending = state.pending.trimEnd();
    state.push("hardbreak", "br", 0);
  } else if (!silent) {
    const tagName = name.toLowerCase();
    state.push("tag_open", tagName, 1);
    state.pos += name.length + 2;
    state.posMax = state.pos + inner.length;
    state.md.inline.tokenize(state);
    state.posMax = posMax;
    state.push("tag_close", tagName, -1);
  }
  state.pos = pos + all.length;
  return true;
}
