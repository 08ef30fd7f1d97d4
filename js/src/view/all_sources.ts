/** The list of cited sources, of which only the first are shown at first. */
import { say } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";

/** With one source more, the button would save no room. */
const FEW = 6;

const FOLDED = "pplx-few";

/** Folds the list. `node` is the button that unfolds it. */
export function foldable(list: HTMLElement, signal: AbortSignal): Pick<Part, "node" | "update"> {
  const node = element("button", "pplx-all");
  node.type = "button";
  let folded = true;
  const update = () => {
    const many = list.childElementCount > FEW;
    list.classList.toggle(FOLDED, many && folded);
    node.hidden = !many;
    node.setAttribute("aria-expanded", String(!folded));
    setText(node, folded ? say("sources.all", { n: list.childElementCount }) : say("sources.few"));
  };
  node.addEventListener(
    "click",
    () => {
      folded = !folded;
      update();
    },
    { signal },
  );
  signal.addEventListener("abort", () => list.classList.remove(FOLDED));
  return { node, update };
}
