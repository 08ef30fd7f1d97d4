import type { Change, Field, Store } from "../answer";
import { schedule } from "../frame";
import { adoptStyle } from "../style/sheet";
import { retryButton, stopButton } from "./controls";
import { element } from "./element";
import { errorCard } from "./error";
import { footer } from "./footer";
import { header } from "./header";
import type { Part } from "./part";
import { phase } from "./phase";
import { sourceList } from "./sources";
import { speech } from "./speech";
import { TextPart } from "./text";

/** Shows the answer in `host` until `signal`; of many changes between two frames only the sum. */
export function mount(store: Store, host: HTMLElement, signal: AbortSignal): void {
  const text = new TextPart(store);
  const parts = {
    header: header(store, signal),
    phase: phase(store, signal),
    stop: stopButton(store, signal),
    error: errorCard(store),
    sources: sourceList(store),
    footer: footer(store),
    retry: retryButton(store, signal),
    speech: speech(store),
  };
  const root = element(
    "article",
    "pplx",
    parts.header.node,
    element("div", "pplx-bar", parts.phase.node, parts.stop.node),
    text.node,
    parts.error.node,
    parts.sources.node,
    element("footer", "pplx-footer", parts.footer.node, parts.retry.node),
    parts.speech.node,
  );
  // Else the notebook eats the keys that are pressed in here.
  root.dataset.lmSuppressShortcuts = "true";
  const all: Part[] = [...Object.values(parts), rootPart(store, root)];

  let changed = new Set<Field>();
  const update = () => {
    const fields = changed;
    changed = new Set();
    if (!text.update()) schedule(update, signal);
    for (const part of all) {
      if (part.needs.some((field) => fields.has(field))) part.update();
    }
  };
  store.subscribe((change: Change) => {
    text.take(change);
    for (const field of change.fields) changed.add(field);
    schedule(update, signal);
  }, signal);

  adoptStyle(host);
  text.update();
  for (const part of all) part.update();
  host.replaceChildren(root);
  signal.addEventListener("abort", () => root.remove());
}

function rootPart(store: Store, node: HTMLElement): Part {
  return {
    node,
    needs: ["question", "status"],
    update() {
      const { question, status } = store.state;
      node.setAttribute("aria-label", `Answer to: ${question}`);
      node.dataset.status = status;
    },
  };
}
