/**
 * Fetches an image only when its chip is clicked, because its request tells a third party about the
 * question.
 */
import { say } from "../words";
import { element } from "./element";

const CHIP = "a.pplx-image";

export function pictures(root: HTMLElement, signal: AbortSignal): void {
  const shown = new Map<HTMLAnchorElement, HTMLElement>();
  const hide = (chip: HTMLAnchorElement) => {
    shown.get(chip)?.remove();
    shown.delete(chip);
    chip.ariaExpanded = null;
  };

  const show = (chip: HTMLAnchorElement) => {
    const picture = element("img", "pplx-picture");
    picture.alt = chip.title || (chip.textContent ?? "");
    picture.referrerPolicy = "no-referrer";
    picture.addEventListener("error", () => {
      const failed = element("span", "pplx-picture", say("picture.failed"));
      picture.replaceWith(failed);
      shown.set(chip, failed);
    });
    picture.src = chip.href;
    shown.set(chip, picture);
    chip.ariaExpanded = "true";
    chip.after(picture);
  };

  root.addEventListener(
    "click",
    (event) => {
      const { target } = event;
      const chip = target instanceof Element ? target.closest<HTMLAnchorElement>(CHIP) : null;
      // With a modifier key it opens elsewhere, like any link.
      if (!chip || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      if (shown.get(chip)?.isConnected) hide(chip);
      else show(chip);
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    for (const chip of [...shown.keys()]) hide(chip);
  });
}
