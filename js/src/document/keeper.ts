/**
 * All that shows one answer in the page: live views, and settled nodes. While it is over, settled
 * nodes are alive; while it runs again, live views stand in for them, and for nodes that are out of
 * date. When the kernel cannot replace a live view by the settled answer, the page does.
 */

import { schedule } from "../frame";
import { type Change, isFinal, type Store } from "../store";
import { mount } from "../view/view";
import { onWords } from "../words";
import { enliven, isAlive } from "./alive";
import { beneath } from "./beneath";
import { documentOf } from "./document";
import { finished } from "./finished";
import { replaceOutputs } from "./output";
import { mayBeIn } from "./panel";
import { HELD_MS, Place } from "./place";
import { has, seek, watch } from "./watch";

/** As long as that, the kernel has to replace the live view itself. */
const LATE_MS = 1000;

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
  /** By the settled node, which is kept aside. */
  readonly #standIns = new Map<HTMLElement, StandIn>();
  #wasOver: boolean;
  #late: ReturnType<typeof setTimeout> | undefined;

  /** `signal` ends it when there is no kernel any more behind the answer. */
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

  /** Of the settled answer, and of those before it. */
  get keys(): string[] {
    const { settled, earlier } = this.#store.state;
    return [settled, ...(earlier ?? [])].filter(Boolean);
  }

  /** A live view has been made; `signal` ends it. */
  shown(root: HTMLElement, signal: AbortSignal): void {
    if (this.#signal.aborted) return;
    const place = new Place(root);
    this.#places.add(place);
    this.#replaceLate();
    beneath(root, this.#store, signal);
    signal.addEventListener("abort", () => {
      place.hold();
      // When it is over, the settled answer may be on its way into this place.
      const over = isFinal(this.#store.state.status);
      setTimeout(() => this.#forget(place), over ? HELD_MS : 0);
    });
  }

  found(node: HTMLElement): void {
    // It may also be alive by an answer that is the same word for word, in another notebook.
    if (this.#signal.aborted || isAlive(node) || !mayBeIn(this.#manager, node)) return;
    if (this.#outdated(node)) this.#standIn(node);
    else this.#enliven(node);
  }

  /** It runs again, or has: a file that was not saved since has the answer of before. */
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
    }
    // A host that takes a cell out of sight may bring it back: then the node is found anew.
    for (const [node, { host }] of this.#standIns) if (!host.isConnected) this.#putBack(node);
  }

  #changed({ fields }: Change): void {
    for (const node of [...this.#alive.keys()]) if (this.#outdated(node)) this.#standIn(node);
    const over = isFinal(this.#store.state.status);
    if (over && !this.#wasOver) this.#hold();
    this.#wasOver = over;
    if (fields.has("settled")) seek(this);
    const end = ["settled", "status", "requested"] as const;
    if (end.some((field) => fields.has(field))) this.#replaceLate();
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
    // The button that was pressed is gone; whoever goes by keyboard stays where they were.
    root.tabIndex = -1;
    root.focus({ preventScroll: true });
  }

  #putBack(node: HTMLElement): void {
    const standIn = this.#standIns.get(node);
    this.#standIns.delete(node);
    standIn?.host.replaceWith(node);
    standIn?.done.abort();
  }

  /** At once, and when the end is shown: it makes the view higher. */
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
    replaceOutputs(this.#manager, this.#store.state.widget_id, keys, () => output);
  }

  /** Nobody else can now: what still stands in the notebook as a live view becomes a document. */
  #leaveDocument(): void {
    for (const place of this.#places) place.hold();
    const made = () => this.#store.finished ?? documentOf(this.#store);
    if (!replaceOutputs(this.#manager, this.#store.state.widget_id, new Set(), made)) return;
    for (const place of this.#places) setTimeout(() => place.end(), HELD_MS);
    this.#places.clear();
  }

  #end(): void {
    clearTimeout(this.#late);
    for (const done of this.#alive.values()) done.abort();
    this.#alive.clear();
    for (const node of [...this.#standIns.keys()]) this.#putBack(node);
    if (this.#store.gone) this.#leaveDocument();
    for (const place of [...this.#places]) this.#forget(place);
  }
}
