/**
 * The text of one leaf to tokens: the inline half of markdown-it, with our markers and formulas, raw
 * HTML as text. Set up as Python's parser is (`pplx_widget/markdown/parser.py`), of the same family.
 */
import type MarkdownIt from "markdown-it";
import type { Token } from "markdown-it";
import parseLinkDestination from "markdown-it/lib/helpers/parse_link_destination.mjs";
import parseLinkTitle from "markdown-it/lib/helpers/parse_link_title.mjs";
import ParserInline from "markdown-it/lib/parser_inline.mjs";
import { DEEPEST } from "../tables";
import { parseLinkLabel } from "./brackets";
import type { Definition } from "./definitions";
import { markers } from "./markers";
import { math } from "./math";

/** Link definitions by label, as the parser writes labels. */
export type Definitions = Record<string, Definition>;

const inline = new ParserInline();
inline.ruler.disable(["linkify", "html_inline"]);
markers(inline);
math(inline);

// Every address is judged and normalised where the link is made (urls.ts), and nowhere else.
const asWritten = (address: string) => address;

/** As much of markdown-it as its inline half asks for. */
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
