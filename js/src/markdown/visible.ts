/**
 * Characters that nobody sees and that change how others read, shown by their names: a text that is read
 * in another order than it stands in deceives. Mirrors `pplx_widget/render/visible.py`.
 */

import { LEFTWARD } from "./urls";

const NAMES: Record<string, string> = {
  "\u061c": "ALM",
  "\u200e": "LRM",
  "\u200f": "RLM",
  "\u202a": "LRE",
  "\u202b": "RLE",
  "\u202c": "PDF",
  "\u202d": "LRO",
  "\u202e": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
};
/** The last of these are letters that only a machine reads. */
const HIDDEN = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u{e0020}-\u{e007e}]/gu;
/** Where a script that is written from the right is mixed with others, these three belong to it. */
const MARKS = /[\u061c\u200e\u200f]/;

/** `code`: whatever its script, no mark belongs there. */
export function visible(text: string, code = false): string {
  if (text.search(HIDDEN) < 0) return text;
  const allowed = !code && LEFTWARD.test(text);
  return text.replace(HIDDEN, (char) => {
    if (allowed && MARKS.test(char)) return char;
    const name = NAMES[char];
    return name ? `⟨${name}⟩` : String.fromCodePoint((char.codePointAt(0) ?? 0) - 0xe0000);
  });
}
