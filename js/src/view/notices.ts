/** Notices: how the request was reinterpreted, and whether the notebook lacks the answer. */
import type { Store } from "../store";
import { say } from "../words";
import { element } from "./element";
import type { Part } from "./part";

export function notices(store: Store): Part {
  const node = element("div", "pplx-said");
  return {
    node,
    needs: ["notes", "unsaved"],
    update() {
      const notes = [...store.state.notes, ...(store.unsaved ? [say("notice.unsaved")] : [])];
      node.hidden = notes.length === 0;
      node.replaceChildren(...notes.map((note) => element("div", "", note)));
    },
  };
}
