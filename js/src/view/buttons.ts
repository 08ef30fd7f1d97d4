import { isFinal, type Store } from "../store";
import { say } from "../words";
import { element } from "./element";
import type { Part } from "./part";

export function stopButton(store: Store, signal: AbortSignal): Part {
  const node = button(say("button.stop"), () => store.stop(), signal);
  return {
    node,
    needs: ["status", "requested"],
    update() {
      node.disabled = store.requested === "stop";
      node.hidden = isFinal(store.state.status);
    },
  };
}

/**
 * The button is never where the Stop button was: the second half of a double click on Stop must not
 * start, and pay for, a new answer. It is emphasised after a failure.
 */
export function retryButton(store: Store, signal: AbortSignal): Part {
  const node = button(say("button.retry"), () => store.retry(), signal);
  return {
    node,
    needs: ["status", "error", "requested", "gone"],
    update() {
      const { status, error } = store.state;
      node.disabled = store.requested === "retry";
      node.hidden = store.gone || !isFinal(status) || error?.retry === false;
      node.classList.toggle("pplx-wanted", status === "failed");
      node.title = status === "complete" ? say("button.retry.tip") : "";
    },
  };
}

export function button(name: string, act: () => void, signal: AbortSignal): HTMLButtonElement {
  const node = element("button", "pplx-button", name);
  node.type = "button";
  node.addEventListener("click", act, { signal });
  return node;
}
