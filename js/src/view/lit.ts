/** Highlights a citation and its source in the list together when the user points at either. */
import { CHIP, chipAt, numberOf } from "./chips";

const LIT = "pplx-lit";
const ROW = ".pplx-cited > li";

export function lights(root: HTMLElement, signal: AbortSignal): void {
  let lit: Element[] = [];
  let shown = 0;

  const light = (number: number) => {
    if (number === shown) return;
    for (const node of lit) node.classList.remove(LIT);
    shown = number;
    lit = number > 0 ? about(root, number) : [];
    for (const node of lit) node.classList.add(LIT);
    // Remove empty attributes: a settled answer may be saved at any moment.
    for (const node of root.querySelectorAll('[class=""]')) node.removeAttribute("class");
  };
  const at = ({ target }: Event) => light(numberAt(target));
  const leave = () => light(0);
  root.addEventListener("pointerover", at, { signal });
  root.addEventListener("pointerleave", leave, { signal });
  root.addEventListener("focusin", at, { signal });
  root.addEventListener("focusout", leave, { signal });
  signal.addEventListener("abort", leave);
}

function about(root: HTMLElement, number: number): Element[] {
  const row = root.querySelectorAll(ROW)[number - 1];
  const chips = [...root.querySelectorAll(CHIP)].filter((chip) => numberOf(chip) === number);
  return row ? [row, ...chips] : chips;
}

function numberAt(target: EventTarget | null): number {
  const chip = chipAt(target);
  if (chip) return numberOf(chip);
  const row = target instanceof Element ? target.closest(ROW) : null;
  return row ? [...(row.parentElement?.children ?? [])].indexOf(row) + 1 : 0;
}
