/**
 * Parses citation markers, `[1]` or `[web:11]`, and footnote mentions, `[^label]`, into tokens of
 * their own. Their targets are looked up later. Mirrors `markers.py` and `footnotes.py` in
 * `pplx_widget/markdown`.
 */

import type { StateInline } from "markdown-it";
import { normalizeReference } from "markdown-it/lib/common/utils.mjs";
import type ParserInline from "markdown-it/lib/parser_inline.mjs";
import { MARKER_ID, MARKER_PREFIX, NOTE_LABEL, pattern } from "../tables";

const MARKER = pattern(`\\[${MARKER_PREFIX}(${MARKER_ID})\\]`, "y");
const MENTION = pattern(`\\[\\^(${NOTE_LABEL})\\](?!\\()`, "y");

export function markers({ ruler }: ParserInline): void {
  // Before links, or `[1][3]` would be read as a link.
  ruler.before("link", "citation", citation);
  ruler.before("link", "note", note);
}

/** `linkLevel` is missing in the published types. */
type Linked = StateInline & { linkLevel: number };

function citation(state: StateInline, silent: boolean): boolean {
  // In silent mode the parser looks for the end of a link's text, in which a marker is text: links
  // cannot be nested, and the written link wins.
  if (silent || (state as Linked).linkLevel > 0) return false;
  MARKER.lastIndex = state.pos;
  const match = MARKER.exec(state.src);
  if (!match) return false;
  const end = MARKER.lastIndex;
  const next = state.src[end];
  if (next === "(" || (next === ":" && startsLine(state))) return false;
  const token = state.push("citation", "", 0);
  token.content = match[0];
  token.meta = Number(match[1]);
  state.pos = end;
  return true;
}

function note(state: StateInline, silent: boolean): boolean {
  if (silent || (state as Linked).linkLevel > 0) return false;
  MENTION.lastIndex = state.pos;
  const match = MENTION.exec(state.src);
  if (!match) return false;
  const token = state.push("note", "", 0);
  token.content = match[0];
  token.meta = normalizeReference(match[1] ?? "");
  state.pos = MENTION.lastIndex;
  return true;
}

/**
 * Tells whether the marker starts a line. `[1]: …` there belongs to the model's own list of sources
 * and is not a citation.
 */
function startsLine({ src, pos }: StateInline): boolean {
  return pos === 0 || src[pos - 1] === "\n";
}
