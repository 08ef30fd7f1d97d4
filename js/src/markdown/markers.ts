/**
 * Parses citation markers, `[1]` or `[web:1, web:2]`, and footnote mentions, `[^label]`, into tokens of
 * their own. Their targets are looked up later. Mirrors `markers.py` and `footnotes.py` in
 * `pplx_widget/markdown`.
 */

import type { StateInline } from "markdown-it";
import { normalizeReference } from "markdown-it/lib/common/utils.mjs";
import type ParserInline from "markdown-it/lib/parser_inline.mjs";
import {
  LONGEST_RANGE,
  MARKED,
  MARKER_ID,
  MARKER_PREFIX,
  MARKER_SEPARATOR,
  NOTE_LABEL,
  pattern,
} from "../tables";

/** The source of the pattern of a marker. */
export const MARKER = `[[【［](?:(?:(?<=[[【［])|(?<=[0-9])${MARKER_SEPARATOR})${MARKER_PREFIX}${MARKER_ID}){1,31}(?:†[^\\]】\\n]{1,40})?[\\]】］]`;
const HERE = pattern(MARKER, "y");
const ID = pattern(MARKED, "g");
/** Text up to the next character at which a rule of the parser may apply. */
const TEXT = /[^\n!#$%&*+\-:<=>@[\\\]^_`{}~【［]+/y;
const MENTION = pattern(`\\[\\^(${NOTE_LABEL})\\](?!\\()`, "y");

export function markers({ ruler }: ParserInline): void {
  ruler.at("text", text);
  // Before links, or `[1][3]` would be read as a link.
  ruler.before("link", "citation", citation);
  ruler.before("link", "note", note);
}

function text(state: StateInline, silent: boolean): boolean {
  TEXT.lastIndex = state.pos;
  const plain = TEXT.exec(state.src)?.[0].slice(0, state.posMax - state.pos);
  if (!plain) return false;
  if (!silent) state.pending += plain;
  state.pos += plain.length;
  return true;
}

/** Returns the ids that a marker names; none for a bad range, or a list with 0 (`[0, 1]` is text). */
function idsOf(marker: string): number[] {
  const ids: number[] = [];
  for (const [, dash, digits] of marker.replace(/†.*/, "").matchAll(ID)) {
    const id = Number(digits);
    let last = ids.at(-1) ?? 0;
    if (dash && (id <= last || id - last > LONGEST_RANGE)) return [];
    while (dash && ++last < id) ids.push(last);
    ids.push(id);
  }
  return ids.length > 1 && ids.includes(0) ? [] : ids;
}

/** `linkLevel` is missing in the published types. */
type Linked = StateInline & { linkLevel: number };

function citation(state: StateInline, silent: boolean): boolean {
  // In silent mode the parser looks for the end of a link's text, in which a marker is text: links
  // cannot be nested, and the written link wins.
  if (silent || (state as Linked).linkLevel > 0) return false;
  HERE.lastIndex = state.pos;
  const content = HERE.exec(state.src)?.[0] ?? "";
  const ids = idsOf(content);
  if (ids.length === 0) return false;
  const end = HERE.lastIndex;
  const next = state.src[end];
  if (next === "(" || (next === ":" && startsLine(state))) return false;
  const token = state.push("citation", "", 0);
  token.content = content;
  token.meta = ids;
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
