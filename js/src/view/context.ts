import { visible } from "../markdown/visible";
import type { Store } from "../store";
import { say } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";

/** The user's data that was sent with the question, verbatim and folded. */
export function context(store: Store): Part {
  const label = element("summary", "");
  const text = element("code", "");
  const node = element("details", "pplx-sent", label, element("pre", "", text));
  return {
    node,
    needs: ["context"],
    update() {
      const { context: sent } = store.state;
      node.hidden = !sent;
      setText(label, say("context.label", { label: sent?.label ?? "" }));
      text.textContent = visible(sent?.text ?? "", true);
    },
  };
}
