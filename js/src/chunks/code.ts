/**
 * Colours for code, a chunk of its own (`static/code.js`). Modes of CodeMirror read line by line and keep
 * their state between lines, so that a long block is coloured in slices, and one that grows as it comes.
 */
import { readerFor } from "./languages";
import { Painter } from "./painter";

/** Who colours the code in that element, or null for a language that nobody here can read. */
export default function paint(code: HTMLElement, language: string): Painter | null {
  const reader = readerFor(language);
  return reader && new Painter(code, reader);
}
