import type { Failure } from "../protocol";
import type { Store } from "../store";
import { say } from "../words";
import { element } from "./element";
import type { Part } from "./part";

/**
 * The error card: what happened, why, and what to try. The text received before the error stays
 * above it.
 */
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

function lines({ lines, request_id }: Failure): HTMLElement[] {
  const told = Object.entries(lines).map(([name, line]) =>
    element("div", `pplx-error-${name.replace("_this", "")}`, ...withCode(line)),
  );
  return request_id
    ? [...told, element("div", "pplx-error-id", say("error.request", { id: request_id }))]
    : told;
}

/** `split` keeps the captured group, so every second piece was between backticks. */
function withCode(text: string): (string | HTMLElement)[] {
  return text
    .split(/`([^`]+)`/)
    .map((piece, i) => (i % 2 === 1 ? element("code", "pplx-code", piece) : piece));
}
