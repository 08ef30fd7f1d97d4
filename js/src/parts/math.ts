/**
 * Formulas, a part of its own (`static/math.js`): Temml makes MathML of TeX, which screen readers read
 * as well, and a font comes along, since few systems have one for mathematics.
 */
import temml from "temml/temml.js";
import { ERROR, fit } from "./fit";
import { styles } from "./formula_style";
import font from "./math.woff2";

const OPTIONS = { throwOnError: true, errorColor: ERROR, trust: false, maxExpand: 200 };
const WRITTEN = /^(\$\$?|\\[([])([\s\S]*?)(?:\$\$?|\\[)\]])$/;
const BLOCK = "pplx-math-block";

// Before the first formula, so that none changes its size a moment later. Not by an address: a content
// security policy may allow none.
const face = new FontFace("pplx-math", font.buffer as ArrayBuffer);
document.fonts.add(face);
await face.load();

/** Shows a formula in the place of its source; one that cannot be understood stays as it is. */
export default function typeset(node: HTMLElement): void {
  const [, mark, tex] = WRITTEN.exec(node.textContent ?? "") ?? [];
  if (!mark || !tex || node.firstElementChild) return;
  const displayMode = mark === "$$" || mark === "\\[";
  const made = document.createElement("span");
  try {
    // In a line it may break between its parts.
    const wrap = displayMode ? "none" : "tex";
    temml.render(tex.trim(), made, { ...OPTIONS, displayMode, wrap, macros: {} });
    if (!fit(made)) return;
  } catch {
    return;
  }
  styles(node);
  node.classList.toggle(BLOCK, displayMode);
  node.replaceChildren(...made.childNodes);
}
