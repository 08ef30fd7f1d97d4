/**
 * Markdown to tokens: CommonMark with tables and strikethrough, raw HTML as text. Set up as Python's
 * parser is (`pplx_widget/render/markdown.py`), which is of the same family.
 */
import MarkdownIt, { type Token } from "markdown-it";
import { markers } from "./markers";
import { math } from "./math";

/** Deeper nesting stays text; thousands of levels would crash the browser's layout. */
const MAX_NESTING = 40;

// A constant of its own, since the published types do not know `maxNesting`.
const options = { html: false, linkify: false, typographer: false, maxNesting: MAX_NESTING };

const md = new MarkdownIt("default", options).use(markers).use(math);
// Every address is judged and normalised where the link is made (urls.ts), and nowhere else.
const asWritten = (address: string) => address;
md.normalizeLink = asWritten;
md.normalizeLinkText = asWritten;
md.validateLink = () => true;
// The two parsers differ in what they take for white space at the ends of a paragraph.
md.core.ruler.after("block", "trim", ({ tokens }) => {
  for (const token of tokens) if (token.type === "inline") token.content = token.content.trim();
});

/** Link definitions by label, as the parser writes labels. */
export type Definitions = Record<string, { href: string; title: string }>;

export function parse(block: string, references: Definitions): Token[] {
  return md.parse(block, { references });
}
