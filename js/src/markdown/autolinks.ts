/**
 * Links bare addresses in text (GFM): `www.…`, `http(s)://…` and mail addresses. Mirrors
 * `pplx_widget/markdown/autolinks.py`.
 */
import type { Token } from "markdown-it";
import TokenOf from "markdown-it/lib/token.mjs";
import { BARE_ADDRESS, pattern, REFERENCE, SENTENCE_MARKS } from "../tables";

const ADDRESS = pattern(BARE_ADDRESS, "g");
const SCHEME = /^https?:\/\//;
const ENTIRE_REFERENCE = pattern(`^${REFERENCE}$`);

/** Returns the tokens of a text with its addresses as links. Neighbouring texts are merged. */
export function autolinked(tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  let text = "";
  let links = 0;
  const flush = () => {
    if (text) found.push(...(links > 0 ? [textOf(text)] : withLinks(text)));
    text = "";
  };
  for (const token of tokens) {
    if (token.type === "text" || token.type === "text_special") {
      text += token.content;
      continue;
    }
    flush();
    if (token.type === "link_open") links += 1;
    else if (token.type === "link_close") links -= 1;
    found.push(token);
  }
  flush();
  return found;
}

function withLinks(text: string): Token[] {
  const found: Token[] = [];
  let from = 0;
  for (const { 0: candidate, index } of text.matchAll(ADDRESS)) {
    const shown = isWeb(candidate) ? trimmed(candidate) : candidate;
    const href = hrefOf(shown);
    if (!href) continue;
    if (index > from) found.push(textOf(text.slice(from, index)));
    found.push(...link(href, shown));
    from = index + shown.length;
  }
  if (from < text.length) found.push(textOf(text.slice(from)));
  return found;
}

const isWeb = (address: string): boolean => SCHEME.test(address) || address.startsWith("www.");

function trimmed(address: string): string {
  let end = address.length;
  let unbalanced = address.split(")").length - address.split("(").length;
  for (;;) {
    const last = address.charAt(end - 1);
    if (last === ")" && unbalanced > 0) {
      unbalanced -= 1;
      end -= 1;
    } else if (last === ";") {
      const start = address.lastIndexOf("&", end - 1);
      if (start < 0 || !ENTIRE_REFERENCE.test(address.slice(start, end))) break;
      end = start;
    } else if (last && SENTENCE_MARKS.includes(last)) {
      end -= 1;
    } else {
      break;
    }
  }
  return address.slice(0, end);
}

/** Returns the link's address, or null if the text is not an address after all. */
function hrefOf(address: string): string | null {
  if (!isWeb(address)) return /[-_]$/.test(address) ? null : `mailto:${address}`;
  const scheme = SCHEME.exec(address)?.[0] ?? "";
  const host = /^[^/?#:]*/.exec(address.slice(scheme.length))?.[0] ?? "";
  const parts = host.split(".");
  if (!host || (!scheme && parts.length < 2) || parts.includes("")) return null;
  if (parts.slice(-2).some((part) => part.includes("_"))) return null;
  return scheme ? address : `http://${address}`;
}

function textOf(content: string): Token {
  const token = new TokenOf("text", "", 0);
  token.content = content;
  return token;
}

function link(href: string, shown: string): Token[] {
  const open = new TokenOf("link_open", "a", 1);
  open.attrSet("href", href);
  return [open, textOf(shown), new TokenOf("link_close", "a", -1)];
}
