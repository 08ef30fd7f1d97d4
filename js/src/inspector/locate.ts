/**
 * Locates a piece of an answer's Markdown in the page. The page shows neither marks nor link
 * addresses, so only letters and digits are compared. If several places match, prefer those with
 * the same words before them, then the nearest to the expected position.
 */

/** Citations, which the page renumbers, and link addresses. */
const NOT_SHOWN = /[[【［](?:[a-z]+:)?\d[\d ,;，；、:a-z–—-]*(?:†[^\]】]*)?[\]】］]|\]\([^)\s]*\)/g;
const LETTERS = /[\p{L}\p{N}]/u;
const OTHERS = /[^\p{L}\p{N}]+/gu;
const CONTEXT = 16;
const MOST_TRIES = 2000;

/** Returns the letters and digits of a Markdown text that the page shows. */
export function lettersOf(markdown: string): string {
  return markdown.replace(NOT_SHOWN, " ").replace(OTHERS, "");
}

/** Returns the position of `piece` in `shown`, or -1. All three are letters only; see `lettersOf`. */
export function placeOf(shown: string, before: string, piece: string): number {
  if (!piece) return -1;
  const context = before.slice(-CONTEXT);
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let at = shown.indexOf(piece);
  for (let tries = 0; at >= 0 && tries < MOST_TRIES; tries++) {
    const fits = shown.slice(Math.max(0, at - context.length), at) === context;
    const cost = Math.abs(at - before.length) + (fits ? 0 : shown.length);
    if (cost < least) {
      least = cost;
      best = at;
    }
    at = shown.indexOf(piece, at + 1);
  }
  return best;
}

/** Returns the range in `root` that shows `text` from `start` to `end`; null if there is none. */
export function rangeOf(root: Node, text: string, start: number, end: number): Range | null {
  const shown: [Text, number][] = [];
  let letters = "";
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    // Skip citations, whose numbers come from the page.
    if (!(node instanceof Text) || node.parentElement?.closest("sup")) continue;
    let offset = 0;
    for (const char of node.data) {
      if (LETTERS.test(char)) {
        for (let unit = 0; unit < char.length; unit++) shown.push([node, offset + unit]);
        letters += char;
      }
      offset += char.length;
    }
  }
  // Cut the letters, not the text: the piece may begin or end within a marker.
  const before = lettersOf(text.slice(0, start));
  const piece = lettersOf(text.slice(0, end)).slice(before.length);
  const place = placeOf(letters, before, piece);
  const [first, last] = [shown[place], shown[place + piece.length - 1]];
  if (!first || !last) return null;
  const range = document.createRange();
  range.setStart(...first);
  range.setEnd(last[0], last[1] + 1);
  return range;
}
