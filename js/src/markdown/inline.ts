/**
 * Parses the text of one leaf into tokens: the inline half of markdown-it with our markers and
 * formulas, and raw HTML as text except some tags. Configured like Python's parser of the same family
 * (`pplx_widget/markdown/parser.py`).
 */
import type MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import parseLinkDestination from "markdown-it/lib/helpers/parse_link_destination.mjs";
import parseLinkTitle from "markdown-it/lib/helpers/parse_link_title.mjs";
import ParserInline from "markdown-it/lib/parser_inline.mjs";
import { DEEPEST } from "../tables";
import { parseLinkLabel } from "./brackets";
import type { Definition } from "./definitions";
import { scanDelims } from "./delimiters";
import { markers } from "./markers";
import { math } from "./math";
import { tags } from "./tags";

/** Link definitions by normalized label. */
export type Definitions = Record<string, Definition>;

const inline = new ParserInline();
markers(inline);
math(inline);
tags(inline);
inline.State.prototype.scanDelims = scanDelims;

// Addresses are checked and normalised only when a link is made (urls.ts).
const asWritten = (address: string) => address;

/** The part of markdown-it that its inline half needs. */
const md = {
  inline,
  options: { html: false, linkify: false, maxNesting: DEEPEST },
  helpers: { parseLinkLabel, parseLinkDestination, parseLinkTitle },
  normalizeLink: asWritten,
  normalizeLinkText: asWritten,
  validateLink: () => true,
} as unknown as MarkdownIt;

export function parse(text: string, references: Definitions): Token[] {
  const tokens: Token[] = [];
  inline.parse(text, md, { references }, tokens);
  return tokens;
}
