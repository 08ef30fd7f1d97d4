/** The buttons of a finished answer, which stay together on one line. */
import type { Store } from "../store";
import { retryButton } from "./buttons";
import { checkButton } from "./check";
import { copyButton } from "./copy";
import { element } from "./element";
import type { Part } from "./part";

export function controls(store: Store, signal: AbortSignal): Part {
  const parts = [checkButton(store, signal), copyButton(store, signal), retryButton(store, signal)];
  return {
    node: element("div", "pplx-controls", ...parts.map((part) => part.node)),
    needs: [...new Set(parts.flatMap((part) => part.needs))],
    update() {
      for (const part of parts) part.update();
    },
  };
}
