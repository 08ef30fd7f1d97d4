/** Makes a settled answer interactive in a page with a kernel. Its text is not changed. */

import { codeHead, languageOf } from "../markdown/listing";
import type { Store } from "../store";
import { adoptStyle } from "../style/sheet";
import { foldable as allSources } from "../view/all_sources";
import { cardRetry } from "../view/buttons";
import { cards } from "../view/card";
import { judgeButton, lead } from "../view/check";
import { CHIP, runOf } from "../view/chips";
import { citation } from "../view/citation";
import { codeCopies } from "../view/code_copy";
import { controls } from "../view/controls";
import { element } from "../view/element";
import { followUp } from "../view/follow";
import { figures, lastLine } from "../view/footer";
import { formulaCopies } from "../view/formula_copy";
import { foldable } from "../view/header";
import { keepKeys } from "../view/keys";
import { linkMenus } from "../view/links";
import { lights } from "../view/lit";
import { connect } from "../view/marks";
import { took } from "../view/phase";
import { pictures } from "../view/pictures";
import { scrolling } from "../view/scrolling";
import { bracketCopies } from "../view/selected";
import { timeOf } from "../view/trace";
import { say } from "../words";
import { dress } from "./dress";

export const isAlive = (node: HTMLElement): boolean => "status" in node.dataset;

/** Gives each repeated citation of a very long document, a plain number, an element of its own. */
function wrapNumbers(node: HTMLElement): void {
  for (const run of node.querySelectorAll(".pplx-text sup")) {
    for (const text of [...run.childNodes]) {
      if (!(text instanceof Text) || !/^[0-9 ]*[0-9][0-9 ]*$/.test(text.data)) continue;
      const pieces = text.data.split(/([0-9]+)/).filter(Boolean);
      text.replaceWith(...pieces.map((each) => (each.trim() ? element("span", "", each) : each)));
    }
  }
}

/** Makes `node` interactive until `signal`, then restores it. */
export function enliven(node: HTMLElement, store: Store, signal: AbortSignal): void {
  const { state } = store;
  // First, so that on abort the card closes before its citation is restored.
  cards(node, store, signal);
  lights(node, signal);
  linkMenus(node, signal);
  bracketCopies();
  codeCopies(node, signal);
  formulaCopies(node, signal);
  pictures(node, signal);
  keepKeys(node, signal);
  scrolling(node, signal);
  const undone: (() => void)[] = [];
  signal.addEventListener("abort", () => {
    for (const undo of undone) undo();
  });

  const attribute = (on: Element, name: string, value: string) => {
    const before = on.getAttribute(name);
    on.setAttribute(name, value);
    undone.push(() => (before === null ? on.removeAttribute(name) : on.setAttribute(name, before)));
  };
  const append = (to: Element | null, ...nodes: (Node | string)[]) => {
    const made = nodes.map((each) => (typeof each === "string" ? new Text(each) : each));
    to?.append(...made);
    undone.push(() => {
      for (const each of made) each.parentNode?.removeChild(each);
    });
  };

  adoptStyle(node);
  attribute(node, "role", "article");
  attribute(node, "aria-label", say("answer.label", { question: state.question }));
  attribute(node, "data-status", state.status);
  wrapNumbers(node);
  for (const chip of node.querySelectorAll<HTMLElement>(CHIP)) {
    // In a long document a citation has only its address; its number is in the text.
    const number = Number(/[0-9]+/.exec(chip.textContent ?? "")?.[0]);
    const cited = state.citations.find((each) => each.number === number);
    const source = cited && state.sources.find((each) => each.id === cited.id);
    if (!source) continue;
    const { attributes = {} } = citation(number, source);
    for (const [name, value] of Object.entries(attributes)) attribute(chip, name, value);
    // A run is one tab stop; the arrow keys lead to the others.
    if (runOf(chip).find((each) => each.localName === "a") !== chip)
      attribute(chip, "tabindex", "-1");
  }

  for (const code of node.querySelectorAll<HTMLElement>(".pplx-text pre > code")) {
    const head = codeHead(languageOf(code.className));
    code.before(head);
    undone.push(() => head.remove());
  }
  dress(node, store, signal);

  const cited = node.querySelector<HTMLElement>(".pplx-cited");
  if (cited) {
    const all = allSources(cited, signal);
    all.update();
    cited.after(all.node);
    undone.push(() => all.node.remove());
  }

  if (state.checked) {
    const judge = judgeButton(store, signal);
    judge.update();
    store.subscribe(({ fields }) => fields.has("offer") && judge.update(), signal);
    append(node.querySelector(".pplx-check ul"), judge.node);
    connect(node, store, attribute, signal);
    const list = node.querySelector<HTMLDetailsElement>(".pplx-check");
    if (list) lead(list, store);
  }

  const question = node.querySelector<HTMLElement>(".pplx-question");
  if (question) append(node.querySelector(".pplx-header"), foldable(question, signal));

  // The document contains no times, so that it does not differ between runs.
  append(node.querySelector(".pplx-phase"), " ", element("span", "pplx-phase-time", took(state)));
  node.querySelectorAll(".pplx-step").forEach((row, i) => {
    const step = state.steps[i];
    if (step) append(row, " ", timeOf(step));
  });
  const last = node.querySelector(".pplx-last");
  const plain = last?.textContent ?? "";
  if (last) {
    last.textContent = lastLine(state);
    attribute(last, "title", figures(state));
    undone.push(() => {
      last.textContent = plain;
    });
  }

  const retry = cardRetry(store, signal);
  retry.update();
  append(node.querySelector(".pplx-error"), retry.node);

  const buttons = controls(store, signal);
  buttons.update();
  append(node.querySelector(".pplx-footer"), buttons.node);

  const further = followUp(store, signal);
  further.update();
  store.subscribe(({ fields }) => {
    if (further.needs.some((field) => fields.has(field))) further.update();
  }, signal);
  append(node, further.node);
}
