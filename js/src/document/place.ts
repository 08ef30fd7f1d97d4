/**
 * The user's state in a live view: selection, unfolded parts, sideways scroll and focus. It is
 * restored in the settled answer that replaces the view. The height of the output is held in the
 * meantime, because the host empties the output for a moment and the notebook would jump.
 */

import { writtenOf } from "../markdown/dom";
import { focusOn } from "../view/keys";

/** How long a host may leave the output empty. */
export const HELD_MS = 2000;

const FOLDS = ["details.pplx-sent", "details.pplx-trace", "details.pplx-found"];
const SCROLLING = ".pplx-text :is(pre, .pplx-table)";
const FOCUSABLE = "a, :not([hidden]) > summary, textarea";

export class Place {
  readonly root: HTMLElement;
  /** The element whose height is held, if any. */
  #area: HTMLElement | null = null;
  #release: ReturnType<typeof setTimeout> | undefined;
  readonly #listening = new AbortController();
  #selection: Pick<Selection, "anchorNode" | "anchorOffset" | "focusNode" | "focusOffset"> | null =
    null;
  #focused: Element | null = null;
  readonly #scrolled = new Map<Element, [left: number, top: number]>();
  #heights: number[] = [];

  constructor(root: HTMLElement) {
    this.root = root;
    const { signal } = this.#listening;
    // A removed element has lost this state, so we record it while the element is in the page.
    document.addEventListener("selectionchange", () => this.#noteSelection(), { signal });
    document.addEventListener("scroll", ({ target }) => this.#noteScroll(target), {
      signal,
      capture: true,
      passive: true,
    });
    root.addEventListener("focusin", ({ target }) => {
      this.#focused = target as Element;
    });
    // This event also fires for a node that is being removed. It is disconnected a moment later.
    root.addEventListener("focusout", ({ relatedTarget }) =>
      queueMicrotask(() => {
        if (root.isConnected && !root.contains(relatedTarget as Node | null)) this.#focused = null;
      }),
    );
    this.#noteSelection();
  }

  /** Holds the height of the output for a limited time. */
  hold(): void {
    if (this.root.isConnected) {
      this.#area ??= this.root.closest<HTMLElement>(".jp-OutputArea") ?? outer(this.root);
      const groups = this.root.querySelectorAll<HTMLElement>(".pplx-group");
      this.#heights = [...groups].map((group) => group.offsetHeight);
      this.#noteScroll(this.#area);
      if (this.#area) this.#area.style.minHeight = getComputedStyle(this.#area).height;
    }
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.release(), HELD_MS);
  }

  release(): void {
    clearTimeout(this.#release);
    if (this.#area) this.#area.style.minHeight = "";
  }

  /** Stops recording. */
  end(): void {
    this.release();
    this.#listening.abort();
  }

  /** Tells whether `node` may have replaced this view. */
  becomes(node: HTMLElement): boolean {
    return !this.root.isConnected && (!this.#area || this.#area.contains(node));
  }

  carryTo(node: HTMLElement): void {
    for (const fold of FOLDS) {
      const open = this.root.querySelector<HTMLDetailsElement>(fold)?.open;
      const into = node.querySelector<HTMLDetailsElement>(fold);
      if (open && into) into.open = true;
    }
    // The browser has not laid out the groups off-screen and would guess their heights.
    const groups = node.querySelectorAll<HTMLElement>(".pplx-group");
    groups.forEach((group, i) => {
      const height = this.#heights[i];
      if (height) group.style.containIntrinsicSize = `auto ${height}px`;
    });
    this.#carryScroll(node);
    this.#carrySelection(node);
    this.#carryFocus(node);
  }

  #noteSelection(): void {
    const selection = document.getSelection();
    if (!this.root.isConnected || !selection) return;
    const { anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed } = selection;
    const text = this.root.querySelector(".pplx-text");
    const ours = !isCollapsed && text?.contains(anchorNode) && text.contains(focusNode);
    this.#selection = ours ? { anchorNode, anchorOffset, focusNode, focusOffset } : null;
  }

  #noteScroll(target: EventTarget | null): void {
    if (!(target instanceof Element) || !this.root.isConnected) return;
    if (target !== this.#area && !this.root.contains(target)) return;
    this.#scrolled.set(target, [target.scrollLeft, target.scrollTop]);
  }

  #carryScroll(node: HTMLElement): void {
    const before = [...this.root.querySelectorAll(SCROLLING)];
    const after = [...node.querySelectorAll(SCROLLING)];
    for (const [element, [left, top]] of this.#scrolled) {
      const into = element === this.#area ? element : after[before.indexOf(element)];
      into?.scrollTo({ left, top, behavior: "instant" });
    }
  }

  #carrySelection(node: HTMLElement): void {
    const before = this.root.querySelector(".pplx-text");
    const after = node.querySelector(".pplx-text");
    const selection = document.getSelection();
    // Keep a newer selection of the user.
    if (!this.#selection || !before || !after || !selection?.isCollapsed) return;
    const { anchorNode, anchorOffset, focusNode, focusOffset } = this.#selection;
    if (!anchorNode || !focusNode) return;
    const anchor = pointAt(after, offsetIn(before, anchorNode, anchorOffset));
    const focus = pointAt(after, offsetIn(before, focusNode, focusOffset));
    if (anchor && focus) selection.setBaseAndExtent(...anchor, ...focus);
  }

  #carryFocus(node: HTMLElement): void {
    if (!this.#focused || document.activeElement !== document.body) return;
    const before = [...this.root.querySelectorAll(FOCUSABLE)];
    const after = [...node.querySelectorAll<HTMLElement>(FOCUSABLE)];
    const into = after[before.indexOf(this.#focused)] ?? this.#sameButton(node);
    if (into) into.focus({ preventScroll: true });
    else focusOn(node);
  }

  /** Returns the button that is now in the place of the focused one. */
  #sameButton(node: HTMLElement): HTMLElement | undefined {
    const { className, textContent } = this.#focused ?? {};
    return [...node.querySelectorAll("button")].find(
      (each) => each.className === className && each.textContent === textContent,
    );
  }
}

/** The element around the host's element. It is likely to stay when the view is removed. */
function outer(root: HTMLElement): HTMLElement | null {
  return root.parentElement?.parentElement ?? null;
}

/** Returns the number of characters before a point in the text. Formulas count by their source. */
function offsetIn(text: Element, node: Node, offset: number): number {
  const before = (from: Node) => {
    const range = document.createRange();
    range.setStart(from, 0);
    range.setEnd(node, offset);
    return range;
  };
  const range = before(text);
  let length = range.toString().length;
  for (const formula of text.querySelectorAll(".pplx-math")) {
    if (!range.intersectsNode(formula)) break;
    if (formula.contains(node)) length -= before(formula).toString().length;
    else length += (writtenOf(formula) ?? formula.textContent).length - formula.textContent.length;
  }
  return length;
}

function pointAt(text: Element, offset: number): [Node, number] | null {
  const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let left = offset;
  for (let node = nodes.nextNode() as Text | null; node; node = nodes.nextNode() as Text | null) {
    if (left <= node.length) return [node, left];
    left -= node.length;
  }
  return null;
}
