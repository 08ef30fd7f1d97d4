/**
 * Shows a card with the source of a citation that the user points at. There is one set of listeners
 * per answer, however many citations it has. The card is the last child of the answer and floats
 * over everything, so that it does not affect the text.
 */
import type { Store } from "../store";
import { chipAt, foldedAt, runOf, sourceOf } from "./chips";
import { element } from "./element";
import { float } from "./float";
import { contentOf } from "./source_card";

/**
 * Time to move from the citation to the card. It also keeps citations that the pointer only crosses
 * from opening.
 */
const PAUSE_MS = 150;
const WIDEST = 380;

export function cards(root: HTMLElement, store: Store, signal: AbortSignal): void {
  const { ownerDocument: document } = root;
  let open: {
    card: HTMLElement;
    chip: HTMLElement;
    title: string | null;
    done: AbortController;
  } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let touched: HTMLElement | null = null;

  const close = () => {
    clearTimeout(timer);
    if (!open) return;
    const { card, chip, title, done } = open;
    open = null;
    done.abort();
    card.remove();
    if (title !== null && !chip.title) chip.title = title;
  };

  const show = (chip: HTMLElement) => {
    clearTimeout(timer);
    if (open?.chip === chip) return;
    close();
    const source = sourceOf(chip, store);
    if (!source || !chip.isConnected) return;
    const card = element("div", "pplx-card", ...contentOf(chip, source, store, turn));
    const done = new AbortController();
    open = { card, chip, title: chip.getAttribute("title"), done };
    // Otherwise the browser's tooltip would cover the card. Text that streams in sets the title
    // again.
    const untitle = () => {
      if (chip.title) chip.title = "";
    };
    untitle();
    const titled = new MutationObserver(untitle);
    titled.observe(chip, { attributeFilter: ["title"] });
    done.signal.addEventListener("abort", () => titled.disconnect());
    root.append(card);
    float(card, chip, root, WIDEST);
    const passing = { signal: done.signal, capture: true, passive: true };
    document.addEventListener("scroll", close, passing);
    document.addEventListener(
      "pointerdown",
      ({ target }) => {
        if (!card.contains(target as Node) && chipAt(target) !== chip) close();
      },
      passing,
    );
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      },
      { signal: done.signal, capture: true },
    );
  };

  /** Shows another source of the run in the same card, without moving the card. */
  const turn = (to: HTMLElement) => {
    const source = sourceOf(to, store);
    if (!open || !source) return;
    const name = document.activeElement?.getAttribute("aria-label");
    open.card.replaceChildren(...contentOf(to, source, store, turn));
    const buttons = [...open.card.querySelectorAll("button")].filter((each) => !each.disabled);
    const same = buttons.find((each) => each.getAttribute("aria-label") === name);
    (same ?? buttons[0])?.focus({ preventScroll: true });
    clearTimeout(timer);
  };

  const later = (act: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(act, PAUSE_MS);
  };
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
  ) => root.addEventListener(type, listener, { signal });

  on("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    const chip = chipAt(target);
    if (chip) later(() => show(chip));
    else if (open?.card.contains(target as Node)) clearTimeout(timer);
    else later(close);
  });
  on("pointerleave", () => later(close));
  on("focusin", ({ target }) => {
    const chip = chipAt(target);
    if (chip?.matches(":focus-visible")) show(chip);
  });
  on("focusout", ({ relatedTarget }) => {
    if (!open?.card.contains(relatedTarget as Node | null)) later(close);
  });
  on("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const chip = chipAt(event.target);
    const run = chip ? runOf(chip) : [];
    const next = run[run.indexOf(chip as HTMLElement) + (step ?? run.length)];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus({ preventScroll: true });
  });
  on("pointerdown", ({ target, pointerType }) => {
    touched = pointerType === "touch" ? chipAt(target) : null;
  });
  // Touch cannot hover: a tap shows the card, and the card contains the link.
  on("click", (event) => {
    // The run stays unfolded while a folded citation has the focus.
    foldedAt(event.target)?.focus({ preventScroll: true });
    const chip = chipAt(event.target);
    if (!chip || chip !== touched) return;
    event.preventDefault();
    show(chip);
  });
  signal.addEventListener("abort", close);
}
