/**
 * What a citation leads to, shown where the reader points at it. By delegation: one set of listeners
 * an answer, however many citations it has. The card stands at the end of the answer, over all else,
 * so that it leaves no trace in the text.
 */
import type { Store } from "../answer";
import type { Source } from "../protocol";
import { hostOf, safeUrl } from "../stream/urls";
import { element } from "./element";
import { aboutOf, snippetOf, titleOf } from "./sources";

/** A long settled answer has no class on them; nothing else in the text is raised. */
export const CHIP = ".pplx-text sup > *";
/** Time to come from the citation to the card; and not every citation that is brushed over opens. */
const PAUSE_MS = 150;
const GAP = 6;
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
    const card = cardOf(source);
    const done = new AbortController();
    open = { card, chip, title: chip.getAttribute("title"), done };
    // Else the browser's own tip would cover the card; the text that streams in puts it back.
    const untitle = () => chip.removeAttribute("title");
    untitle();
    const titled = new MutationObserver(untitle);
    titled.observe(chip, { attributeFilter: ["title"] });
    done.signal.addEventListener("abort", () => titled.disconnect());
    root.append(card);
    place(card, chip, root);
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
  on("pointerdown", ({ target, pointerType }) => {
    touched = pointerType === "touch" ? chipAt(target) : null;
  });
  // A finger cannot hover: its tap shows the card, and the card has the link.
  on("click", (event) => {
    const chip = chipAt(event.target);
    if (!chip || chip !== touched) return;
    event.preventDefault();
    show(chip);
  });
  signal.addEventListener("abort", close);
}

function chipAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(CHIP) : null;
}

export function sourceOf(chip: HTMLElement, { state }: Store): Source | undefined {
  const number = Number(chip.textContent);
  const id = state.citations.find((each) => each.number === number)?.id;
  return state.sources.find((each) => each.id === id);
}

function cardOf(source: Source): HTMLElement {
  const card = element(
    "div",
    "pplx-card",
    element("div", "pplx-card-title", titleOf(source)),
    element("div", "pplx-card-about", aboutOf(source)),
    element("div", "pplx-card-snippet", snippetOf(source)),
  );
  const url = safeUrl(source.url);
  if (url) {
    const open = element("a", "pplx-card-open", `Open ${hostOf(url)}`);
    open.href = url.href;
    open.rel = "noopener noreferrer nofollow";
    open.target = "_blank";
    card.append(open);
  }
  for (const line of [...card.children]) if (!line.textContent) line.remove();
  return card;
}

/** Under the citation, or above it where there is no room; never beyond the answer's sides. */
function place(card: HTMLElement, chip: HTMLElement, root: HTMLElement): void {
  // Over everything: an output area that scrolls would cut it off.
  if (card.showPopover) {
    card.popover = "manual";
    card.showPopover();
  }
  const page = root.ownerDocument.documentElement;
  const around = root.getBoundingClientRect();
  const left = Math.max(around.left, 0);
  const right = Math.min(around.right, page.clientWidth);
  card.style.width = `${Math.min(WIDEST, right - left)}px`;
  const at = chip.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const below = at.bottom + GAP;
  const fits = below + height <= page.clientHeight || at.top - GAP - height < 0;
  const x = Math.max(left, Math.min(at.left, right - width));
  const y = fits ? below : at.top - GAP - height;
  const fixed = card.matches(":popover-open");
  card.style.left = `${fixed ? x : x - around.left}px`;
  card.style.top = `${fixed ? y : y - around.top}px`;
}
