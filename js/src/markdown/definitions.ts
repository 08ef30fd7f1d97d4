/** Link definitions, `[label]: address "title"`, at the beginning of a paragraph. */
import { normalizeReference } from "markdown-it/lib/common/utils.mjs";
import parseLinkDestination from "markdown-it/lib/helpers/parse_link_destination.mjs";
import parseLinkTitle from "markdown-it/lib/helpers/parse_link_title.mjs";
import { LIKE_MARKER, pattern } from "../tables";

export interface Definition {
  href: string;
  title: string;
}

const LABEL = /\[((?:[^[\]\\]|\\[\s\S])*)\]:/y;
// `[1]: …` is not a definition: the model must not decide where a marker leads. Nor is a footnote.
const NO_LABEL = pattern(`^(?:\\^|${LIKE_MARKER}$)`);
const BEGINNING = /^\[(?:[^[\]\\]|\\[\s\S])*(?:\\?$|\]:|\]$)/;
const NO_BEGINNING = pattern(`^\\[(?:\\^|${LIKE_MARKER}\\]:)`);
// CommonMark's limit.
const LONGEST_LABEL = 999;
/** Longer than real definitions. It limits the search in a paragraph. */
const LONGEST = 4000;
/** A line that would be an item of a list is not an address. */
const ITEM = /^[ \t]*\n[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]*(?:\n|$)/;
const LONGEST_MARK = 20;
const GAP = /[ \t]*\n?[ \t]*/y;
const LINE_END = /[ \t]*(?:\n|$)/y;

/** Tells whether a text may begin with a definition. */
export const mayDefine = (text: string): boolean =>
  text.length <= LONGEST && BEGINNING.test(text) && !NO_BEGINNING.test(text);

/** Removes the definitions from the beginning of a paragraph, and returns the rest of its text. */
export function takeDefinitions(
  text: string,
  define: (label: string, definition: Definition) => void,
): string {
  let at = 0;
  while (text[at] === "[") {
    const found = definitionAt(text, at);
    if (!found) break;
    define(found.label, found.definition);
    at = found.end;
  }
  return text.slice(at);
}

/** Tells whether a text consists of definitions only. */
export function isDefinitions(text: string): boolean {
  return text.length <= LONGEST && takeDefinitions(text, () => {}) === "";
}

function definitionAt(text: string, start: number) {
  const limited = text.slice(start, start + LONGEST);
  LABEL.lastIndex = 0;
  const [colon, written = ""] = LABEL.exec(limited) ?? [];
  if (!colon || [...written].length > LONGEST_LABEL || NO_LABEL.test(written)) return null;
  const label = normalizeReference(written);
  const from = skip(GAP, limited, colon.length);
  if (ITEM.test(limited.slice(colon.length, from + LONGEST_MARK))) return null;
  const destination = parseLinkDestination(limited, from, limited.length);
  if (!label || !destination.ok) return null;
  const after = skip(GAP, limited, destination.pos);
  const title = parseLinkTitle(limited, after, limited.length);
  const withTitle = title.ok && after > destination.pos && lineEnd(limited, title.pos);
  const end = withTitle || lineEnd(limited, destination.pos);
  if (!end) return null;
  const definition = { href: destination.str, title: withTitle ? title.str : "" };
  return { label, definition, end: start + end };
}

/** Returns the start of the next line if only white space comes before it, else 0. */
function lineEnd(text: string, at: number): number {
  LINE_END.lastIndex = at;
  return LINE_END.test(text) ? LINE_END.lastIndex : 0;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}
