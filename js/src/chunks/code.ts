/**
 * Syntax colours, in a separate chunk (`static/code.js`). CodeMirror's modes read line by line and
 * keep their state between lines. So a long block is coloured in slices, and a growing one as it
 * arrives.
 */
import { readerFor } from "./languages";
import { Painter } from "./painter";

/** Returns the painter for a code element, or null if the language is not supported. */
export default function paint(code: HTMLElement, language: string): Painter | null {
  const reader = readerFor(language);
  return reader && new Painter(code, reader);
}
