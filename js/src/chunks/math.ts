/**
 * Formulas, in a separate chunk (`static/math.js`). Temml turns TeX into MathML, which screen
 * readers can read. The chunk contains a font, since few systems have one for mathematics.
 */
import temml from "temml/temml.js";
import { ERROR, fit } from "./fit";
import { styles } from "./formula_style";
import font from "./math.woff2";

const OPTIONS = { throwOnError: true, errorColor: ERROR, trust: false, maxExpand: 200 };
const WRITTEN = /^(\$\$?|\\[([])([\s\S]*?)(?:\$\$?|\\[)\]])$/;
const LONG = 30;
const BLOCK = "pplx-math-block";

// Load the font before the first formula, so that no formula changes its size later. Load it from
// bytes, because a content security policy may forbid every URL.
const face = new FontFace("pplx-math", font.buffer as ArrayBuffer);
document.fonts.add(face);
await face.load();

/** Replaces the source of a formula by the formula. Source that Temml cannot parse stays. */
export default function typeset(node: HTMLElement): void {
  if (node.firstElementChild) return; // already typeset by the host
  const [, mark, tex] = WRITTEN.exec(node.textContent ?? "") ?? [];
  const displayMode = mark === "$$" || mark === "\\[";
  const made = tex && formula(tex.trim(), displayMode);
  if (!made) {
    // A host that knows TeX would show an error in red.
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
    // A long inline formula may break across lines, for which Temml splits it.
    const wrap = displayMode || tex.length < LONG ? "none" : "tex";
    temml.render(tex, made, { ...OPTIONS, displayMode, wrap, macros: {} });
    return fit(made) ? made : null;
  } catch {
    return null;
  }
}
