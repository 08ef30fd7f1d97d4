import type { Store } from "../answer";
import { element, setText } from "./element";
import type { Part } from "./part";

/** The question, whole; a long one is folded to a few lines by the stylesheet. */
export function header(store: Store, signal: AbortSignal): Part {
  const text = element("div", "pplx-question");
  const more = element("button", "pplx-more");
  more.type = "button";
  more.hidden = true;
  const node = element("header", "pplx-header", text, more);

  const fold = (folded: boolean) => {
    text.classList.toggle("pplx-folded", folded);
    more.textContent = folded ? "more" : "less";
    more.setAttribute("aria-expanded", String(!folded));
  };
  more.addEventListener("click", () => fold(!text.classList.contains("pplx-folded")), { signal });

  // How many lines it takes is known only in the page, and changes with its width.
  const observer = new ResizeObserver(() => {
    const folded = text.classList.contains("pplx-folded");
    if (folded) more.hidden = text.scrollHeight <= text.clientHeight + 1;
  });
  observer.observe(text);
  signal.addEventListener("abort", () => observer.disconnect());

  fold(true);
  return {
    node,
    needs: ["question"],
    update: () => setText(text, store.state.question),
  };
}
