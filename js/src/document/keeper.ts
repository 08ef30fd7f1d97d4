/**
 * Manages everything in the page that shows one answer: live views and settled nodes. After the
 * end, settled nodes are interactive. While the answer runs again, live views replace them, as well
 * as nodes that are out of date. If the kernel cannot replace a live view with the settled answer,
 * the page does.
 */

import { schedule } from "../frame";
import { type Change, isFinal, type Store } from "../store";
import { announce } from "../view/speech";
import { mount } from "../view/view";
import { onWords } from "../words";
import { enliven, isAlive } from "./alive";
import { beneath } from "./beneath";
import { documentOf } from "./document";
import { finished } from "./finished";
import { isShown, replaceOutputs } from "./output";
import { mayBeIn } from "./panel";
import { HELD_MS, Place } from "./place";
import { has, isThere, seek, watch } from "./watch";

/** How long the kernel has to replace the live view itself. */
const LATE_MS = 1000;

/** How often the kernel is told that the live view stays. */
const TOLD = 2;

/** How long an undo may take to bring a deleted cell back. */
const UNDO_MS = 10_000;

interface StandIn {
  host: HTMLElement;
  key: string;
  done: AbortController;
}

export class Keeper {
  readonly #store: Store;
  readonly #manager: unknown;
  readonly #signal: AbortSignal;
  readonly #places = new Set<Place>();
  readonly #alive = new Map<HTMLElement, AbortController>();
  /** Live views by the settled node that they replace. */
  readonly #standIns = new Map<HTMLElement, StandIn>();
  #wasOver: boolean;
  #late: ReturnType<typeof setTimeout> | undefined;
  #told = 0;
  #missed: ReturnType<typeof setTimeout> | undefined;
  /** Whether the kernel was told that nothing shows the answer. */
  #hidden = false;

  /** `signal` ends it when the kernel behind the answer is gone. */
  constructor(store: Store, manager: unknown, signal: AbortSignal) {
    this.#store = store;
    this.#manager = manager;
    this.#signal = signal;
    this.#wasOver = isFinal(store.state.status);
    store.subscribe((change) => this.#changed(change), signal);
    watch(this, signal);
    onWords(() => this.#renew(), signal);
    signal.addEventListener("abort", () => this.#end());
  }

  /** Keys of the settled answer and of its earlier versions. */
  get keys(): string[] {
    const { settled, earlier, widget_id } = this.#store.state;
    return [settled, widget_id, ...(earlier ?? [])].filter(Boolean);
  }

  /** Registers a live view, until `signal`. */
  shown(root: HTMLElement, signal: AbortSignal): void {
    if (this.#signal.aborted) return;
    const place = new Place(root);
    this.#places.add(place);
    this.#seen();
    this.#replaceLate();
    beneath(root, this.#store, signal);
    // A chat asks for the document of a turn when the kernel is gone.
    root.addEventListener(
      "pplx-document",
      (event) => {
        (event as CustomEvent).detail.html = documentOf(this.#store).data["text/html"];
      },
      { signal },
    );
    signal.addEventListener("abort", () => {
      place.hold();
      this.#miss();
      // After the end, the settled answer may be about to replace this view.
      const over = isFinal(this.#store.state.status);
      setTimeout(() => this.#forget(place), over ? HELD_MS : 0);
    });
  }

  found(node: HTMLElement): void {
    // Another notebook may contain an identical answer that already manages the node.
    if (this.#signal.aborted || isAlive(node) || !mayBeIn(this.#manager, node)) return;
    this.#seen();
    if (this.#outdated(node)) this.#standIn(node);
    else this.#enliven(node);
  }

  /** Whether the answer runs again or has run again: a file saved before has the older answer. */
  #outdated(node: HTMLElement): boolean {
    return this.#running() || !has(node, this.#store.state.settled);
  }

  #enliven(node: HTMLElement): void {
    const done = new AbortController();
    this.#alive.set(node, done);
    enliven(node, this.#store, done.signal);
    beneath(node, this.#store, done.signal);
    for (const place of this.#places) {
      if (!place.becomes(node)) continue;
      place.carryTo(node);
      this.#forget(place);
      break;
    }
  }

  /** In another language. */
  #renew(): void {
    for (const [node, done] of [...this.#alive]) {
      done.abort();
      this.#enliven(node);
    }
  }

  lost(): void {
    for (const [node, done] of this.#alive) {
      if (node.isConnected) continue;
      this.#alive.delete(node);
      done.abort();
      this.#miss();
    }
    // A host may keep the view of a deleted cell.
    if ([...this.#places].some(({ root }) => !root.isConnected)) this.#miss();
    // A host may remove a cell that is out of sight and insert it again. Then the node is found
    // again.
    for (const [node, { host }] of this.#standIns) if (!host.isConnected) this.#putBack(node);
  }

  #changed({ fields }: Change): void {
    for (const node of [...this.#alive.keys()]) if (this.#outdated(node)) this.#standIn(node);
    const over = isFinal(this.#store.state.status);
    if (over && !this.#wasOver) this.#hold();
    this.#wasOver = over;
    const { checked } = this.#store.state;
    if (checked && fields.has("checked")) announce(checked.heading);
    if (fields.has("settled")) seek(this);
    if (!over) {
      this.#told = 0;
      this.#store.lack(false);
    }
    if (fields.has("shown")) this.#tell();
    const end = ["settled", "status", "requested"] as const;
    if (end.some((field) => fields.has(field))) this.#replaceLate();
  }

  /** Tells the kernel, after the time for an undo, if nothing shows the answer any more. */
  #miss(): void {
    this.#missed ??= setTimeout(() => {
      this.#missed = undefined;
      if (!this.#isShown()) this.#tell();
    }, UNDO_MS);
  }

  #tell(): void {
    this.#hidden = !this.#isShown();
    this.#store.tell(this.#hidden ? "hidden" : "shown");
  }

  #seen(): void {
    clearTimeout(this.#missed);
    this.#missed = undefined;
    if (this.#hidden) this.#tell();
  }

  /** A view in another panel counts, and so does an output, even if it is folded or out of sight. */
  #isShown(): boolean {
    const nodes = [...[...this.#places].map(({ root }) => root), ...this.#alive.keys()];
    if (nodes.some((node) => node.isConnected)) return true;
    return isShown(this.#manager, this.#shownBy, new Set(this.keys));
  }

  /** The model whose view shows the answer. */
  get #shownBy(): string {
    return this.#store.state.within || this.#store.state.widget_id;
  }

  #running(): boolean {
    return this.#store.requested === "retry" || !isFinal(this.#store.state.status);
  }

  #standIn(node: HTMLElement): void {
    const hadFocus = node.contains(document.activeElement);
    this.#alive.get(node)?.abort();
    this.#alive.delete(node);
    const host = document.createElement("div");
    const done = new AbortController();
    const key = this.keys.find((each) => has(node, each)) ?? "";
    this.#standIns.set(node, { host, key, done });
    node.replaceWith(host);
    const root = mount(this.#store, host, done.signal);
    this.shown(root, done.signal);
    if (!hadFocus) return;
    // The pressed button was removed: keyboard users keep their position.
    root.tabIndex = -1;
    root.focus({ preventScroll: true });
  }

  #putBack(node: HTMLElement): void {
    const standIn = this.#standIns.get(node);
    this.#standIns.delete(node);
    standIn?.host.replaceWith(node);
    standIn?.done.abort();
  }

  /** Holds the heights now, and again when the end is shown, because it makes the view higher. */
  #hold(): void {
    for (const place of this.#places) {
      place.hold();
      schedule(() => place.hold(), this.#signal);
    }
  }

  #forget(place: Place): void {
    place.end();
    this.#places.delete(place);
  }

  #replaceLate(): void {
    clearTimeout(this.#late);
    if (this.#running() || !this.#store.state.settled || this.#signal.aborted) return;
    this.#late = setTimeout(() => this.#replace(), LATE_MS);
  }

  async #replace(): Promise<void> {
    const waiting = () => [...this.#places].filter((place) => place.root.isConnected);
    if (this.#running() || waiting().length === 0) return;
    const output = await finished(this.#store, this.#signal);
    if (!output || this.#running()) return;
    for (const place of waiting()) place.hold();
    const keys = new Set([...this.#standIns.values()].map((standIn) => standIn.key));
    const { settled } = this.#store.state;
    // Without a file, or while other answers of the same output are in progress.
    if (!output.file) return;
    if (replaceOutputs(this.#manager, this.#shownBy, keys, () => output) || isThere(settled))
      return;
    // The host did not show the document, so the kernel sends it again.
    if (this.#told === TOLD) {
      this.#store.lack(true);
      return;
    }
    this.#told += 1;
    this.#store.tell("live");
    this.#replaceLate();
  }

  /** Replaces the remaining live views in the notebook by a document, because no kernel can do it. */
  #leaveDocument(): void {
    for (const place of this.#places) place.hold();
    const made = () => this.#store.finished ?? documentOf(this.#store);
    if (!replaceOutputs(this.#manager, this.#store.state.widget_id, new Set(), made)) return;
    for (const place of this.#places) setTimeout(() => place.end(), HELD_MS);
    this.#places.clear();
  }

  #end(): void {
    clearTimeout(this.#late);
    clearTimeout(this.#missed);
    for (const done of this.#alive.values()) done.abort();
    this.#alive.clear();
    for (const node of [...this.#standIns.keys()]) this.#putBack(node);
    if (this.#store.gone) this.#leaveDocument();
    for (const place of [...this.#places]) this.#forget(place);
  }
}
