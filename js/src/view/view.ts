import { beginWork, schedule } from "../frame";
import { type Change, type Field, isFinal, type Store } from "../store";
import { adoptStyle } from "../style/sheet";
import { say } from "../words";
import { stopButton } from "./buttons";
import { cards } from "./card";
import { findings } from "./check";
import { codeCopies } from "./code_copy";
import { context } from "./context";
import { controls } from "./controls";
import { element } from "./element";
import { errorCard } from "./error";
import { followUp } from "./follow";
import { footer } from "./footer";
import { formulaCopies } from "./formula_copy";
import { header } from "./header";
import { imageList } from "./images";
import { keepKeys } from "./keys";
import { linkMenus } from "./links";
import { lights } from "./lit";
import { notices } from "./notices";
import type { Part } from "./part";
import { pictures } from "./pictures";
import { quoteList } from "./quotes";
import { scrolling } from "./scrolling";
import { bracketCopies } from "./selected";
import { sourceList } from "./sources";
import { speech } from "./speech";
import { TextPart } from "./text";
import { bar } from "./trace";

/**
 * Shows the answer in `host` until `signal`. Changes between two animation frames are shown
 * together. Text that can be rendered within `budget` ms is shown at once.
 */
export function mount(
  store: Store,
  host: HTMLElement,
  signal: AbortSignal,
  budget?: number,
): HTMLElement {
  const text = new TextPart(store, () => schedule(update, signal));
  const stop = stopButton(store, signal);
  const last = footer(store);
  const buttons = controls(store, signal);
  const further = followUp(store, signal);
  const top = [header(store, signal), context(store), bar(store, stop.node, signal)];
  const found = findings(store, text.node, signal);
  const below = [
    errorCard(store, signal),
    quoteList(store),
    found,
    imageList(store),
    sourceList(store, signal),
    notices(store),
  ];
  const root = element(
    "article",
    "pplx",
    ...top.map((part) => part.node),
    text.node,
    ...below.map((part) => part.node),
    element("div", "pplx-footer", last.node, buttons.node),
    further.node,
  );
  const parts = [
    ...top,
    stop,
    ...below,
    last,
    buttons,
    further,
    speech(store, signal),
    rootPart(store, root),
  ];

  let changed = new Set<Field>();
  const update = () => {
    const fields = changed;
    changed = new Set();
    const more = text.update();
    if (more) schedule(update, signal);
    for (const part of parts) {
      if (part.needs.some((field) => fields.has(field))) part.update();
      else part.frame?.();
    }
    if (!more) found.mark(root);
    if (fields.has("status") && isFinal(store.state.status)) findScrolling();
  };
  store.subscribe((change: Change) => {
    text.take(change);
    for (const field of change.fields) changed.add(field);
    schedule(update, signal);
  }, signal);
  cards(root, store, signal);
  lights(root, signal);
  linkMenus(root, signal);
  bracketCopies();
  codeCopies(root, signal);
  formulaCopies(root, signal);
  pictures(root, signal);
  keepKeys(root, signal);
  const findScrolling = scrolling(root, signal);

  adoptStyle(host);
  // Add it to the page before it is filled, so that lists can be scrolled to their ends.
  host.replaceChildren(root);
  beginWork(budget);
  const more = text.update();
  if (more) schedule(update, signal);
  for (const part of parts) part.update();
  if (!more) found.mark(root);
  signal.addEventListener("abort", () => root.remove());
  return root;
}

function rootPart(store: Store, node: HTMLElement): Part {
  return {
    node,
    needs: ["question", "status"],
    update() {
      const { question, status } = store.state;
      node.setAttribute("aria-label", say("answer.label", { question }));
      node.className = `pplx pplx-${status}`;
      node.dataset.status = status;
    },
  };
}
