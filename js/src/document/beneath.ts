/**
 * Shows follow-up answers live below an answer, until the document that replaces the output
 * contains them. Each has an ordinary model, and the widget manager creates its view.
 */

import type { Shown } from "../host";
import type { Store } from "../store";
import { focusOn, keepKeys } from "../view/keys";
import { finished } from "./finished";
import { type Found, foundModel } from "./models";
import { replaceOutputs } from "./output";
import { keyClass } from "./watch";

/** How long the kernel has to replace the output itself. */
const LATE_MS = 1500;

/** Shows the follow-up answers after `root`, until `signal`. */
export function beneath(root: HTMLElement, store: Store, signal: AbortSignal): void {
  const { manager } = store;
  if (!manager?.create_view) return;
  const hosts = new Map<string, HTMLElement>();

  const show = async (id: string) => {
    const host = document.createElement("div");
    host.className = "pplx-further";
    // The rest of what the user types in the text box, which disappears, is not for the notebook.
    keepKeys(host, signal);
    const last = [...hosts.values()].filter((each) => each.isConnected).at(-1);
    hosts.set(id, host);
    (last ?? root).after(host);
    // The text box disappears: keyboard users continue from the new answer.
    if (root.querySelector(".pplx-follow")?.contains(document.activeElement)) focusOn(host);
    const model = await foundModel(manager, id);
    const wanted = model && !signal.aborted && !isThere(model);
    const view = wanted ? await manager.create_view?.(model) : null;
    if (view && model) hang(view, model, host);
    else host.remove();
  };

  const hang = (view: Shown, model: Found, host: HTMLElement) => {
    host.append(view.el);
    const over = new AbortController();
    let held = false;
    const drop = () => {
      if (over.signal.aborted) return;
      over.abort();
      model.off?.("change:settled", settled);
      view.remove();
      host.remove();
      // The focused element was removed. Focus the document, so that keyboard users do not restart
      // at the top of the page.
      const [there] = documents(model);
      if (held && there && document.activeElement === document.body) focusOn(there);
    };
    const settled = () => {
      held = host.contains(document.activeElement);
      setTimeout(() => (isThere(model) ? drop() : late()), LATE_MS);
    };
    const late = async () => {
      if (over.signal.aborted || !host.isConnected) return;
      // The page was reloaded in the meantime, so the kernel can no longer replace the output.
      store.finished = null;
      const output = await finished(store, over.signal);
      const keys = new Set([store.state.settled]);
      if (output) replaceOutputs(manager, store.state.widget_id, keys, () => output);
    };
    model.on?.("change:settled", settled);
    signal.addEventListener("abort", drop, { signal: over.signal });
    if (signal.aborted) drop();
  };

  const look = () => {
    for (const id of store.state.further ?? []) if (!hosts.has(id)) show(id);
  };
  store.subscribe(({ fields }) => {
    if (fields.has("further")) look();
  }, signal);
  look();
}

/** The answer's documents in the page. */
function documents(model: Found): HTMLElement[] {
  const key = String(model.get("settled") ?? "");
  return key ? [...document.querySelectorAll<HTMLElement>(`.${keyClass(key)}`)] : [];
}

const isThere = (model: Found): boolean => documents(model).length > 0;
