import type { Failure } from "../protocol";
import type { Store } from "../store";
import { element } from "./element";
import type { Part } from "./part";

/** What happened, why, and what to try. The text that came before it stays above. */
export function errorCard(store: Store): Part {
  const node = element("div", "pplx-error");
  return {
    node,
    needs: ["error"],
    update() {
      const { error } = store.state;
      node.hidden = !error;
      node.replaceChildren(...(error ? lines(error) : []));
    },
  };
}

function lines(error: Failure): HTMLElement[] {
  return [
    element("div", "pplx-error-what", error.what),
    element("div", "pplx-error-why", ...withCode(error.why)),
    element("div", "pplx-error-try", ...withCode(error.try_this)),
    element("div", "pplx-error-id", error.request_id ? `Request ${error.request_id}` : ""),
  ].filter((line) => line.hasChildNodes() && line.textContent !== "");
}

/** Every second piece stood between backticks. */
function withCode(text: string): (string | HTMLElement)[] {
  return text
    .split(/`([^`]+)`/)
    .map((piece, i) => (i % 2 === 1 ? element("code", "pplx-code", piece) : piece));
}
