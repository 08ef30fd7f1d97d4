/** How the sentences of a finished answer compare with what they cite: a button, and a list. */
import { patch } from "../markdown/dom";
import { type Element, type Item, link } from "../markdown/tree";
import { safeUrl } from "../markdown/urls";
import type { Checked, Finding, Parts } from "../protocol";
import { isFinal, type Store } from "../store";
import { say } from "../words";
import { button } from "./buttons";
import { element, setText } from "./element";
import { connect, placeMarks } from "./marks";
import type { Part } from "./part";

/** A list that the user has asked for gets the focus, also in the document that replaces the view. */
const FRESH_MS = 3000;

export function checkButton(store: Store, signal: AbortSignal): Part {
  const node = button(say("check.button"), () => store.check("check"), signal);
  node.title = say("check.button.tip");
  return {
    node,
    needs: ["status", "citations", "checked", "gone"],
    update() {
      const { status, citations, checked } = store.state;
      node.hidden = store.gone || !isFinal(status) || citations.length === 0 || !!checked;
    },
  };
}

/** The button that tells the price of a model that compares, too; pressed again, it agrees. */
export function judgeButton(store: Store, signal: AbortSignal): Part {
  const node = button("", () => store.check(store.offer?.ready ? "judge" : "price"), signal);
  return {
    node,
    needs: ["offer", "gone"],
    update() {
      const { offer, checking } = store;
      node.hidden = store.gone;
      node.title = offer ? "" : say("check.price.tip");
      const words = offer ? offer.label : say("check.price");
      setText(node, checking === "judge" ? say("check.judging") : words);
    },
  };
}

/** The list. `mark` marks the sentences, once the text is complete. */
export function findings(
  store: Store,
  text: HTMLElement,
  signal: AbortSignal,
): Part & { mark(root: HTMLElement): void } {
  const summary = element("summary", "pplx-found-summary");
  const list = element("ul", "pplx-found-list");
  const node = element("details", "pplx-quotes pplx-check", summary, list);
  const judge = judgeButton(store, signal);
  let marked: Checked | null = null;
  let done = new AbortController();
  let shown: Checked | null = null;
  signal.addEventListener("abort", () => done.abort());
  return {
    node,
    needs: ["checked", "offer", "gone"],
    update() {
      judge.update();
      const { checked } = store.state;
      node.hidden = !checked;
      if (checked === shown) return;
      shown = checked;
      setText(summary, checked?.heading ?? "");
      patch(list, checked ? [...checked.rows.map(row), remark(checked)] : []);
      node.open = checked?.open ?? false;
      if (!checked) return;
      list.append(judge.node);
      lead(node, store);
    },
    mark(root) {
      const { checked } = store.state;
      if (checked === marked) return;
      marked = checked;
      done.abort();
      done = new AbortController();
      placeMarks(text, checked?.marks ?? []);
      if (checked)
        connect(root, store, (on, name, value) => on.setAttribute(name, value), done.signal);
    },
  };
}

/** Leads a user who has asked for the list to it. */
export function lead(list: HTMLDetailsElement, store: Store): void {
  if (performance.now() - store.checkedAt > FRESH_MS) return;
  list.open = true;
  list.querySelector("summary")?.focus();
}

const remark = ({ remark }: Checked): Element => box("li", "pplx-about", remark);

function row({ verdict, label, sentence, why, quote, url, source }: Finding): Element {
  const address = safeUrl(url);
  const about = address ? link(address, [source]) : source;
  const name = verdict === "differs" ? "pplx-verdict pplx-differs" : "pplx-verdict";
  return box(
    "li",
    "",
    box("b", name, label),
    " ",
    ...parts(sentence),
    box(
      "div",
      "pplx-about",
      why,
      ...(quote[0] || quote[1] ? [" ", box("q", "", ...parts(quote))] : []),
      ...(source ? [" ", about] : []),
    ),
  );
}

const parts = ([before, part, after]: Parts): Item[] =>
  [before, part && box("u", "", part), after].filter(Boolean);

const box = (tag: string, className: string, ...children: Item[]): Element => ({
  tag,
  className,
  children,
});
