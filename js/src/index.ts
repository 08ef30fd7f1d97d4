/** The widget as the host sees it: one store a model, as many views of it as there are displays. */
import { Store } from "./answer";
import type { Factory } from "./host";
import { Keeper } from "./settled/keeper";
import { mount } from "./view/view";

const factory: Factory = () => {
  let store: Store;
  let keeper: Keeper;
  return {
    initialize({ model, held = [] }) {
      const done = new AbortController();
      store = new Store(model, done.signal);
      for (const message of held) store.receive(message);
      // The state may be older than the page: a reload in the middle of a stream, for one.
      store.sync();
      // After a restart of the kernel the model is still there, but there is nobody to talk to. It
      // hears of it once; settled nodes are plain again from then on.
      const alive = new AbortController();
      const gone = () => alive.abort();
      model.on("comm_live_update", gone);
      done.signal.addEventListener("abort", () => {
        model.off("comm_live_update", gone);
        gone();
      });
      keeper = new Keeper(store, model.widget_manager, alive.signal);
      return () => done.abort();
    },

    render({ el }) {
      const done = new AbortController();
      keeper.shown(mount(store, el, done.signal), done.signal);
      return () => done.abort();
    },
  };
};

export default factory;
