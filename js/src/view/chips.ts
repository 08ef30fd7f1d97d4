/** The citations in an answer's text, live or settled. */

import type { Citation, Source } from "../protocol";
import type { Store } from "../store";

/** Citations of a long settled answer have no class, but no other element is in a `sup`. */
export const CHIP = ".pplx-text sup > *";

/** Attribute with the number of a citation, for the page's own use. */
export const NUMBER = "data-pplx-number";

/** Runs show this many citations; the style sheet folds the others into their number, "+7". */
const SHOWN = 3;

/** Returns the citation at a node; for the number of folded citations, the first of these. */
export function chipAt(target: EventTarget | null): HTMLElement | null {
  if (!(target instanceof Element)) return null;
  return target.closest<HTMLElement>(CHIP) ?? foldedAt(target);
}

/** Returns the first folded citation of the run whose number of folded citations is at a node. */
export function foldedAt(target: EventTarget | null): HTMLElement | null {
  const isRun = target instanceof Element && target.matches(".pplx-text sup");
  return isRun ? ((target.children[SHOWN] ?? null) as HTMLElement | null) : null;
}

/** Returns the citations next to this one, including itself. */
export function runOf(chip: HTMLElement): HTMLElement[] {
  const run = chip.parentElement?.children ?? [];
  return [...run].filter((each) => each instanceof HTMLElement);
}

/** Returns the number of a citation, which `citation` in citation.ts notes; 0 if there is none. */
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
