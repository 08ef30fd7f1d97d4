/**
 * Formulas, a chunk of its own (`static/math.js`): Temml makes MathML of TeX, which screen readers read
 * as well, and a font comes along, since few systems have one for mathematics.
 */
import temml from "temml/temml.js";
import { ERROR, fit } from "./fit";
import { styles } from "./formula_style";
import font from "./math.woff2";

const OPTIONS = { throwOnError: true, errorColor: ERROR, trust: false, maxExpand: 200 };
const WRITTEN = /^(\$\$?|\\[([])([\s\S]*?)(?:\$\$?|\\[)\]])$/;
const LONG = 30;
const BLOCK = "pplx-math-block";

// Before the first formula, so that none changes its size a moment later. Not by an address: a content
// security policy may allow none.
const face = new FontFace("pplx-math", font.buffer as ArrayBuffer);
document.fonts.add(face);
await face.load();

/** Shows a formula in the place of its source; one that cannot be understood stays as it is. */
export default function typeset(node: HTMLElement): void {
  if (node.firstElementChild) return; // the host was quicker
  const [, mark, tex] = WRITTEN.exec(node.textContent ?? "") ?? [];
  const displayMode = mark === "$$" || mark === "\\[";
  const made = tex && formula(tex.trim(), displayMode);
  if (!made) {
    // The host, if it knows TeX, would show an error in red.
    node.classList.remove("tex2jax_process", "mathjax_process");
    node.classList.add("tex2jax_ignore", "mathjax_ignore");
    return;
  }
  styles(node);
  node.classList.toggle(BLOCK, displayMode);
  node.replaceChildren(...made.childNodes);
}

function formula(tex: string, displayMode: boolean): HTMLElement | null {
  const made = document.createElement("span");
  try {
    // A long one in a line may break, for which it becomes several.
    const wrap = displayMode || tex.length < LONG ? "none" : "tex";
    temml.render(tex, made, { ...OPTIONS, displayMode, wrap, macros: {} });
    return fit(made) ? made : null;
  } catch {
    return null;
  }
}
