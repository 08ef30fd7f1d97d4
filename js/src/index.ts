/** The widget as the host sees it: one store a model, as many views of it as there are displays. */
import { Store } from "./answer";
import type { Factory } from "./host";
import { mount } from "./view/view";

const factory: Factory = () => {
  let store: Store;
  return {
    initialize({ model, held = [] }) {
      const done = new AbortController();
      store = new Store(model, done.signal);
      for (const message of held) store.receive(message);
      // The state may be older than the page: a reload in the middle of a stream, for one.
      store.sync();
      return () => done.abort();
    },

    render({ el }) {
      const done = new AbortController();
      mount(store, el, done.signal);
      return () => done.abort();
    },
  };
};

export default factory;
