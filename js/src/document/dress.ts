/**
 * Colours code in a document that lacks colours because its text was too long, and typesets its
 * formulas, so that all formulas of a page look the same, whether its host is faster or not.
 */

import { isOver, schedule } from "../frame";
import { noteWritten, writtenOf } from "../markdown/dom";
import { inBoxes, languageOf } from "../markdown/listing";
import type { Store } from "../store";
import { Dressing } from "../view/dressing";
import { keyClass } from "./watch";

const FORMULA = ".pplx-math";
/** With these, a host with MathJax 2 or 3 typesets an element. */
const FOR_HOST = ["tex2jax_process", "mathjax_process"];

/**
 * Dresses the code and formulas of `node`, until `signal`. The result stays when the kernel is
 * gone.
 */
export function dress(node: HTMLElement, store: Store, signal: AbortSignal): void {
  const work = () => {
    while (dressing.owes) {
      dressing.pay();
      if (!isOver(node)) continue;
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
  const ours = (formula: HTMLElement, source: string) => {
    noteWritten(formula, source);
    dressing.formula(formula);
  };
  // From now on the host leaves them alone.
  for (const each of node.querySelectorAll(`.${FOR_HOST[0]}`)) each.classList.remove(...FOR_HOST);
  const formulas = [...node.querySelectorAll<HTMLElement>(FORMULA)];
  for (const formula of formulas) {
    if (!formula.firstElementChild) ours(formula, formula.textContent ?? "");
  }
  if (!formulas.some(isHosts)) return;
  const replace = () => {
    const sources = sourcesIn(store.finished?.data["text/html"] ?? "", store.state.settled);
    if (sources.length !== formulas.length) return;
    formulas.forEach((formula, i) => {
      if (!isHosts(formula)) return;
      formula.textContent = sources[i] ?? "";
      ours(formula, formula.textContent);
    });
    schedule(work, signal); // the chunk may have been loaded before
  };
  store.subscribe(({ fields }) => fields.has("finished") && replace(), signal);
  if (store.finished) replace();
  else store.settle();
}

/** Tells whether the host was faster: then the source is not in the page. */
const isHosts = (formula: HTMLElement): boolean =>
  formula.firstElementChild !== null && writtenOf(formula) === undefined;

/** Returns the sources of the formulas of one answer in an output. Nothing in it is loaded or run. */
function sourcesIn(html: string, key: string): string[] {
  const page = new DOMParser().parseFromString(html, "text/html");
  const formulas = page.querySelectorAll(`.${keyClass(key)} ${FORMULA}`);
  return [...formulas].map((each) => each.textContent ?? "");
}
