/** What was understood or done otherwise than it was asked: said, and no more than that. */
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
