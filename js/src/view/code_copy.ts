/** The copy button above each block of code. It confirms for a moment and tells screen readers. */
import { say } from "../words";
import { copy } from "./clipboard";
import { announce } from "./speech";

const BUTTON = "pplx-code-copy";
const COPIED = "pplx-copied";
const SAID_MS = 2000;

export function codeCopies(root: HTMLElement, signal: AbortSignal): void {
  const timers = new Map<HTMLElement, ReturnType<typeof setTimeout>>();
  const rest = (button: HTMLElement) => {
    clearTimeout(timers.get(button));
    timers.delete(button);
    button.classList.remove(COPIED);
    button.dataset.words = say("copy.button");
  };
  root.addEventListener(
    "click",
    async ({ target }) => {
      const button = (target as Element).closest<HTMLElement>(`.${BUTTON}`);
      const code = button?.closest("pre")?.querySelector("code");
      if (!button || !code) return;
      const copied = await copy(code.textContent ?? "", "", button);
      announce(say(copied ? "code.copied" : "code.failed"));
      if (!copied || signal.aborted) return;
      rest(button);
      button.classList.add(COPIED);
      button.dataset.words = say("copy.done");
      timers.set(button, setTimeout(rest, SAID_MS, button));
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    for (const button of [...timers.keys()]) rest(button);
  });
}
