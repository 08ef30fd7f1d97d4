/** The widget's entry point: one store per model, and one view per display of it. */

import { Keeper } from "./document/keeper";
import { onceGone } from "./document/kernel";
import type { Factory } from "./host";
import { poll } from "./poll";
import { Store } from "./store";
import { mount } from "./view/view";
import { locale, onWords, setWords, wantsWords } from "./words";

const factory: Factory = () => {
  let store: Store;
  let keeper: Keeper;
  /** Whether the host has closed the model on its own, without a message from the kernel. */
  let left = false;
  return {
    initialize({ model, held = [] }) {
      const done = new AbortController();
      store = new Store(model, done.signal);
      for (const message of held) store.receive(message);
      // The state may be out of date, for example after a reload of the page during a stream.
      store.sync(locale());
      if (wantsWords()) store.chunk("words").then(setWords, () => {});
      // After a restart of the kernel the model still exists, but messages to it reach no kernel.
      const alive = new AbortController();
      done.signal.addEventListener("abort", () => alive.abort());
      poll(store, alive.signal);
      keeper = new Keeper(store, model.widget_manager, alive.signal);
      const gone = () => {
        store.lose();
        alive.abort();
      };
      onceGone(model, gone, alive.signal);
      let closed = false;
      const close = () => {
        closed = true;
      };
      model.on("comm:close", close);
      return () => {
        model.off("comm:close", close);
        left = !closed && !store.gone;
        done.abort();
      };
    },

    render({ el }) {
      const over = new AbortController();
      let done = new AbortController();
      const show = () => {
        done.abort();
        done = new AbortController();
        keeper.shown(mount(store, el, done.signal), done.signal);
      };
      show();
      onWords(show, over.signal);
      return () => {
        const place = el.parentElement;
        over.abort();
        done.abort();
        setTimeout(() => left && !el.isConnected && stay(store, place));
      };
    },
  };
};

/** Shows the text in place of a removed view: Shiny's page removes all views without its server. */
function stay(store: Store, place: HTMLElement | null): void {
  if (!place?.isConnected || place.childElementCount > 0) return;
  store.lose();
  mount(store, place, new AbortController().signal);
}

export default factory;
