/**
 * Characters that nobody sees and that change how others read, shown by their names: a text that is read
 * in another order than it stands in deceives. Mirrors `pplx_widget/core/visible.py`.
 */
import { DIRECTION_MARK, HIDDEN, HIDDEN_NAMES, LEFTWARD, pattern } from "../tables";

/** Written from right to left. */
export const LEFTWARD_SIGN = pattern(LEFTWARD);
const NAMES: Record<string, string> = HIDDEN_NAMES;
/** The last of these are letters that only a machine reads. */
const HIDDEN_SIGN = pattern(`${HIDDEN}|[\\u{e0020}-\\u{e007e}]`, "gu");
const MARK = pattern(DIRECTION_MARK);

/** `code`: whatever its script, no mark belongs there. */
export function visible(text: string, code = false): string {
  if (text.search(HIDDEN_SIGN) < 0) return text;
  const allowed = !code && LEFTWARD_SIGN.test(text);
  return text.replace(HIDDEN_SIGN, (char) => {
    if (allowed && MARK.test(char)) return char;
    const name = NAMES[char];
    return name ? `⟨${name}⟩` : String.fromCodePoint((char.codePointAt(0) ?? 0) - 0xe0000);
  });
}
