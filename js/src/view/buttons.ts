import { isFinal, type Store } from "../store";
import { say } from "../words";
import { element, setText } from "./element";
import { focusOn } from "./keys";
import type { Part } from "./part";

export function stopButton(store: Store, signal: AbortSignal): Part {
  const node = button(say("button.stop"), () => store.requested !== "stop" && store.stop(), signal);
  return {
    node,
    needs: ["status", "requested"],
    update() {
      // A disabled button would lose the focus.
      if (store.requested === "stop") node.setAttribute("aria-disabled", "true");
      else node.removeAttribute("aria-disabled");
      const over = isFinal(store.state.status);
      if (over && node.ownerDocument.activeElement === node) focusOn(node.closest(".pplx"));
      node.hidden = over;
    },
  };
}

/**
 * The button is never where the Stop button was: the second half of a double click on Stop must not
 * start, and pay for, a new answer. After a failure it is in the card of the error.
 */
export function retryButton(store: Store, signal: AbortSignal, inCard = false): Part {
  const node = button(say("button.retry"), () => store.retry(), signal);
  node.classList.add("pplx-retry");
  return {
    node,
    needs: ["status", "error", "requested", "gone", "kept"],
    update() {
      const { status, error, kept } = store.state;
      setText(node, say(kept ? "button.again" : "button.retry"));
      node.disabled = store.requested === "retry";
      node.hidden = store.gone || !isFinal(status) || error?.retry === false || inCard !== !!error;
      const tip = say(kept ? "button.again.tip" : "button.retry.tip");
      node.title = status === "complete" ? tip : "";
    },
  };
}

/** The Retry button in the card of an error. */
export const cardRetry = (store: Store, signal: AbortSignal): Part =>
  retryButton(store, signal, true);

export function button(name: string, act: () => void, signal: AbortSignal): HTMLButtonElement {
  const node = element("button", "pplx-button", name);
  node.type = "button";
  node.addEventListener("click", act, { signal });
  return node;
}
