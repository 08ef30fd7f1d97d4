/**
 * Shows invisible and bidirectional control characters by name, because text displayed in another
 * order than it is stored can deceive. Mirrors `pplx_widget/core/visible.py`.
 */
import { DIRECTION_MARK, HIDDEN, HIDDEN_NAMES, LEFTWARD, pattern } from "../tables";

/** Letters written from right to left. */
export const LEFTWARD_SIGN = pattern(LEFTWARD);
const NAMES: Record<string, string> = HIDDEN_NAMES;
/** The last range holds tag characters, which only machines read. */
const HIDDEN_SIGN = pattern(`${HIDDEN}|[\\u{e0020}-\\u{e007e}]`, "gu");
const MARK = pattern(DIRECTION_MARK);

/** Names hidden characters in a text. In code, direction marks are named whatever the script. */
export function visible(text: string, code = false): string {
  if (text.search(HIDDEN_SIGN) < 0) return text;
  const allowed = !code && LEFTWARD_SIGN.test(text);
  return text.replace(HIDDEN_SIGN, (char) => {
    if (allowed && MARK.test(char)) return char;
    const name = NAMES[char];
    return name ? `⟨${name}⟩` : String.fromCodePoint((char.codePointAt(0) ?? 0) - 0xe0000);
  });
}
