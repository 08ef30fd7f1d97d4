import { safeUrl } from "../markdown/urls";
import type { Failure } from "../protocol";
import type { Store } from "../store";
import { IN_MESSAGE, LINK_ATTRIBUTES, pattern } from "../tables";
import { say } from "../words";
import { cardRetry } from "./buttons";
import { element } from "./element";
import type { Part } from "./part";

/**
 * The error card: what happened, why, and what to try. The text received before the error stays
 * above it.
 */
export function errorCard(store: Store, signal: AbortSignal): Part {
  const node = element("div", "pplx-error");
  const retry = cardRetry(store, signal);
  let shown: Failure | null = null;
  return {
    node,
    needs: ["error", ...retry.needs],
    update() {
      const { error } = store.state;
      node.hidden = !error;
      if (error !== shown) node.replaceChildren(...(error ? lines(error) : []), retry.node);
      shown = error;
      retry.update();
    },
  };
}

const IN_LINE = pattern(IN_MESSAGE);

function lines({ lines, request_id }: Failure): HTMLElement[] {
  const told = Object.entries(lines).map(([name, line]) =>
    element("div", `pplx-error-${name.replace("_this", "")}`, ...withCode(line)),
  );
  return request_id
    ? [...told, element("div", "pplx-error-id", say("error.request", { id: request_id }))]
    : told;
}

/** `split` keeps the captured groups: after each text comes the code between backticks, or an address. */
function withCode(text: string): (string | HTMLElement)[] {
  return text.split(IN_LINE).flatMap((piece, i) => {
    if (!piece || i % 3 === 0) return piece ?? [];
    return i % 3 === 1 ? element("code", "pplx-code", piece) : address(piece);
  });
}

function address(text: string): string | HTMLElement {
  const url = safeUrl(text);
  if (!url) return text;
  return Object.assign(element("a", "", url.href), { href: url.href, ...LINK_ATTRIBUTES });
}
