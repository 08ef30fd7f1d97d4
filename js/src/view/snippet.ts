/** Extracts the part of a source's snippet that is most relevant to a claim, with its words marked. */
import type { Item } from "../markdown/tree";
import { LONGEST_SNIPPET } from "../tables";
import { type Word, wordsOf } from "./claim";

/** Characters shown before the first match. */
const BEFORE = 40;

/** `claim`: the words to mark, as returned by `claimOf`. */
export function extract(snippet: string, claim: ReadonlySet<string>): Item[] {
  const text = plain(snippet);
  const words = wordsOf(text);
  const matches = words.filter(({ key }) => claim.has(key));
  const start = startOf(words, matches, text.length);
  const last = words.findLast((word) => word.index + word.text.length <= start + LONGEST_SNIPPET);
  const whole = text.length <= start + LONGEST_SNIPPET;
  const end =
    whole || !last ? Math.min(text.length, start + LONGEST_SNIPPET) : last.index + last.text.length;

  const items: Item[] = start > 0 ? ["…"] : [];
  let at = start;
  for (const { index, text: word } of matches) {
    if (index < start || index + word.length > end) continue;
    if (index > at) items.push(text.slice(at, index));
    items.push({ tag: "mark", children: [word] });
    at = index + word.length;
  }
  if (end > at) items.push(text.slice(at, end));
  return whole ? items : [...items, "…"];
}

/** Returns the position followed by the most matches; the beginning if it is as good. */
function startOf(words: readonly Word[], matches: readonly Word[], length: number): number {
  if (length <= LONGEST_SNIPPET) return 0;
  let best = 0;
  let most = matches.filter(({ index }) => index < LONGEST_SNIPPET).length;
  matches.forEach(({ index }, i) => {
    const count = matches
      .slice(i)
      .filter((other) => other.index < index + LONGEST_SNIPPET - BEFORE).length;
    if (count > most) [best, most] = [index, count];
  });
  if (best === 0) return 0;
  return words.find(({ index }) => index >= best - BEFORE)?.index ?? best;
}

/** Removes Markdown from a snippet, which is shown in a line or two. */
function plain(snippet: string): string {
  return snippet
    .replace(/!?\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replace(/^[-|: \t]+$/gm, "")
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+/gm, "")
    .replace(/\*\*|__|`|\|/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
