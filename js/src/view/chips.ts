/** The citations in an answer's text, live or settled. */

import type { Citation, Source } from "../protocol";
import type { Store } from "../store";

/** A long settled answer has no class on them; nothing else in the text is raised. */
export const CHIP = ".pplx-text sup > *";

/** Where the number of a citation stands, for the page itself. */
export const NUMBER = "data-pplx-number";

export function chipAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(CHIP) : null;
}

/** The citations side by side with this one, itself among them. */
export function runOf(chip: HTMLElement): HTMLElement[] {
  const run = chip.parentElement?.children ?? [];
  return [...run].filter((each) => each instanceof HTMLElement);
}

/** The number of a citation, whatever it looks like; `citation` in citation.ts notes it. 0 if there is none. */
export function numberOf(chip: Element): number {
  return Number(chip.getAttribute(NUMBER) ?? 0);
}

export function sourceOf(chip: HTMLElement, { state }: Store): Source | undefined {
  const id = citationOf(chip, state.citations)?.id;
  return state.sources.find((each) => each.id === id);
}

export function citationOf(
  chip: HTMLElement,
  citations: readonly Citation[],
): Citation | undefined {
  const number = numberOf(chip);
  return citations.find((each) => each.number === number);
}
