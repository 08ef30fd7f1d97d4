/**
 * Finds the end of a link's text: markdown-it's search, with limits. Without them, the cost of many
 * brackets is quadratic or worse. Mirrors `pplx_widget/markdown/brackets.py`.
 */
import type { StateInline } from "markdown-it";
import { DEEPEST_BRACKETS, LONGEST_LINK_TEXT } from "../tables";

/** Returns the position of the bracket that closes the one at `start`, or -1. */
export function parseLinkLabel(state: StateInline, start: number, disableNested = false): number {
  const before = state.pos;
  const end = Math.min(state.posMax, start + LONGEST_LINK_TEXT);
  let found = -1;
  let depth = 1;
  state.pos = start + 1;
  while (state.pos < end && depth <= DEEPEST_BRACKETS) {
    const at = state.pos;
    const char = state.src[at];
    if (char === "]" && --depth === 0) {
      found = at;
      break;
    }
    state.md.inline.skipToken(state);
    if (char !== "[") continue;
    // A bracket that begins nothing is text. Otherwise it begins a link, and links cannot be
    // nested.
    if (state.pos === at + 1) depth += 1;
    else if (disableNested) break;
  }
  state.pos = before;
  return found;
}
