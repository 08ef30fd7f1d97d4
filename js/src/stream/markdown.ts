/** Markdown to tokens: CommonMark with tables and strikethrough, raw HTML as text. */
import MarkdownIt, { type Token } from "markdown-it";
import { markers } from "./markers";

/** Deeper nesting stays text; thousands of levels would crash the browser's layout. */
const MAX_NESTING = 40;

// A constant of its own, since the published types do not know `maxNesting`.
const options = { html: false, linkify: false, typographer: false, maxNesting: MAX_NESTING };

const md = new MarkdownIt("default", options).use(markers);
// Every address is judged where the link is made (urls.ts), in one place and with a real URL parser.
md.validateLink = () => true;

/** The link definitions of the blocks read so far. */
export type Definitions = Record<string, { href: string; title: string }>;

export function parse(block: string, references: Definitions): Token[] {
  return md.parse(block, { references });
}
