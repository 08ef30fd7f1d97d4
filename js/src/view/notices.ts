/** Notices: how the request was reinterpreted. */
import type { Store } from "../store";
import { element } from "./element";
import type { Part } from "./part";

export function notices(store: Store): Part {
  const node = element("div", "pplx-said");
  return {
    node,
    needs: ["notes"],
    update() {
      const { notes } = store.state;
      node.hidden = notes.length === 0;
      node.replaceChildren(...notes.map((note) => element("div", "", note)));
    },
  };
}
