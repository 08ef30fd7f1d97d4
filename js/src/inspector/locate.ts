/**
 * Where a piece of an answer's Markdown stands in the page. What the page shows of it has no marks and
 * no addresses, so both sides are compared by their letters and digits; of several places that fit, the
 * one with the right words before it and nearest to where it should be is taken.
 */

/** Citations, which the page numbers anew, and where links lead. */
const NOT_SHOWN = /\[(?:web:)?\d+\]|\]\([^)\s]*\)/g;
const LETTERS = /[\p{L}\p{N}]/u;
const OTHERS = /[^\p{L}\p{N}]+/gu;
const CONTEXT = 16;
const MOST_TRIES = 2000;

/** The letters and digits that the page shows of a Markdown text. */
export function lettersOf(markdown: string): string {
  return markdown.replace(NOT_SHOWN, " ").replace(OTHERS, "");
}

/** The place of `piece` in `shown`, all by their letters; -1 where it is not. */
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

/** The range in `root` that shows what `text` has from `start` to `end`; null where none does. */
export function rangeOf(root: Node, text: string, start: number, end: number): Range | null {
  const shown: [Text, number][] = [];
  let letters = "";
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    // A citation's number is the page's own.
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
  // A marker may be cut by the piece's ends; it is nothing then.
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
