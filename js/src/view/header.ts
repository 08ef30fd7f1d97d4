import type { Store } from "../store";
import { say } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";

/** The whole question. A long one is folded to a few lines, with a button to unfold it. */
export function header(store: Store, signal: AbortSignal): Part {
  const question = element("h2", "pplx-question");
  const node = element("div", "pplx-header", question, foldable(question, signal));
  return {
    node,
    needs: ["question"],
    update: () => setText(question, store.state.question),
  };
}

/** Folds the question until `signal`. Returns the button that unfolds it. */
export function foldable(question: HTMLElement, signal: AbortSignal): HTMLButtonElement {
  const more = element("button", "pplx-more");
  more.type = "button";
  more.hidden = true;

  const fold = (folded: boolean) => {
    question.classList.toggle("pplx-folded", folded);
    more.textContent = say(folded ? "question.more" : "question.less");
    more.setAttribute("aria-expanded", String(!folded));
  };
  const folded = () => question.classList.contains("pplx-folded");
  more.addEventListener("click", () => fold(!folded()), { signal });

  // The number of lines depends on the width, and is known only in the page.
  const observer = new ResizeObserver(() => {
    if (folded()) more.hidden = question.scrollHeight <= question.clientHeight + 1;
  });
  observer.observe(question);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    question.classList.remove("pplx-folded");
  });

  fold(true);
  return more;
}
