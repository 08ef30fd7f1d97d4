/**
 * Colours code and typesets formulas in a document that lacks them, because its text was too long
 * or its host has no TeX.
 */

import { schedule } from "../frame";
import { noteWritten } from "../markdown/dom";
import { inBoxes, languageOf } from "../markdown/listing";
import type { Store } from "../store";
import { Dressing } from "../view/dressing";

/** Time budget per animation frame, in ms. */
const FRAME_BUDGET_MS = 8;

/**
 * Dresses the code and formulas of `node`, until `signal`. The result stays when the kernel is
 * gone.
 */
export function dress(node: HTMLElement, store: Store, signal: AbortSignal): void {
  const work = () => {
    const end = performance.now() + FRAME_BUDGET_MS;
    while (dressing.owes) {
      dressing.pay();
      if (performance.now() < end) continue;
      schedule(work, signal);
      return;
    }
  };
  const dressing = new Dressing(store, () => schedule(work, signal));
  for (const code of node.querySelectorAll<HTMLElement>("pre > code[class]")) {
    if (code.firstElementChild) continue;
    inBoxes(code);
    dressing.code({ code, language: languageOf(code.className), closed: true });
  }
  for (const formula of node.querySelectorAll<HTMLElement>(".pplx-math")) {
    if (formula.firstElementChild) continue; // already typeset by the host
    noteWritten(formula, formula.textContent ?? "");
    dressing.formula(formula);
  }
}
