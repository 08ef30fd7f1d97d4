/**
 * The table of a batch. A separate bundle, sent with each table. At the end a document replaces the
 * live table in the notebook; while the kernel knows the table, it is shown in place of the document.
 */

import { onceGone } from "../document/kernel";
import { isShown, replaceOutputs } from "../document/output";
import { mayBeIn } from "../document/panel";
import { has, isThere, seek, watch } from "../document/watch";
import type { Factory, Model } from "../host";
import { type Memory, mount, type View } from "./view";

/** How long the kernel has to replace the live table itself. */
const LATE_MS = 1500;

/** How long an undo may take to bring a deleted cell back. */
const UNDO_MS = 10_000;

const ALIVE = "pplx-b-alive";

class Tables {
  readonly #model: Model;
  readonly #memory: Memory = {
    query: { filter: "", sort: "row", descending: false, search: "" },
    place: { top: 0, position: 0, column: 0, open: null },
    focused: false,
  };
  readonly #views = new Set<View>();
  /** The documents that show the table, and what ends it. */
  readonly #alive = new Map<HTMLElement, AbortController>();
  #late: ReturnType<typeof setTimeout> | undefined;
  #missed: ReturnType<typeof setTimeout> | undefined;
  #gone = false;
  /** Whether the kernel was told that nothing shows the table. */
  #hidden = false;

  constructor(model: Model, signal: AbortSignal) {
    this.#model = model;
    onceGone(model, () => this.#lose(), signal);
    watch(this, signal);
    const settled = () => seek(this);
    const receive = (message: unknown) => this.#receive(message);
    model.on("change:settled", settled);
    model.on("msg:custom", receive);
    signal.addEventListener("abort", () => {
      clearTimeout(this.#late);
      clearTimeout(this.#missed);
      model.off("change:settled", settled);
      model.off("msg:custom", receive);
      for (const done of this.#alive.values()) done.abort();
    });
  }

  get keys(): string[] {
    const { settled, widget_id } = this.#traits;
    return [settled, widget_id].filter(Boolean);
  }

  /** Shows the table until `signal`. */
  show(host: HTMLElement, signal: AbortSignal): void {
    const view = mount(this.#model, this.#memory, host, () => this.#changed(), signal);
    this.#views.add(view);
    clearTimeout(this.#missed);
    this.#missed = undefined;
    if (this.#hidden) this.#tell();
    signal.addEventListener("abort", () => {
      this.#views.delete(view);
      this.#miss();
    });
  }

  /** Shows the table in place of its document, which stays in the notebook. */
  found(node: HTMLElement): void {
    if (this.#alive.has(node) || node.classList.contains(ALIVE)) return;
    if (!mayBeIn(this.#model.widget_manager, node)) return;
    const host = document.createElement("div");
    const done = new AbortController();
    this.#alive.set(node, done);
    node.classList.add(ALIVE);
    node.append(host);
    done.signal.addEventListener("abort", () => {
      this.#alive.delete(node);
      host.remove();
      node.classList.remove(ALIVE);
    });
    this.show(host, done.signal);
  }

  lost(): void {
    for (const [node, done] of this.#alive) if (!node.isConnected) done.abort();
    // A host may keep the view of a deleted cell.
    if ([...this.#views].some(({ node }) => !node.isConnected)) this.#miss();
  }

  /** Tells the kernel, after the time for an undo, if nothing shows the table any more. */
  #miss(): void {
    if (this.#gone) return;
    this.#missed ??= setTimeout(() => {
      this.#missed = undefined;
      if (!this.#isShown()) this.#tell();
    }, UNDO_MS);
  }

  #tell(): void {
    this.#hidden = !this.#isShown();
    this.#model.send({ type: this.#hidden ? "hidden" : "shown" });
  }

  #isShown(): boolean {
    if ([...this.#views].some(({ node }) => node.isConnected)) return true;
    const { widget_manager } = this.#model;
    return isShown(widget_manager, this.#traits.widget_id, new Set(this.keys));
  }

  get #traits(): { settled: string; widget_id: string } {
    const [settled, widget_id] = ["settled", "widget_id"].map(
      (name) => this.#model.get(name) ?? "",
    );
    return { settled: String(settled), widget_id: String(widget_id) };
  }

  /** After a reload of the page, the kernel cannot replace the live table, but the page can. */
  #changed(): void {
    const over = [...this.#views].some((view) => view.over);
    if (!over || this.#alive.size > 0) {
      clearTimeout(this.#late);
      this.#late = undefined;
      return;
    }
    this.#late ??= setTimeout(() => {
      const { settled } = this.#traits;
      if (!isThere(settled)) this.#model.send({ type: "settle" });
    }, LATE_MS);
  }

  #receive(message: unknown): void {
    const { type, data, metadata } = (message ?? {}) as {
      type?: string;
      data?: Record<string, unknown>;
      metadata?: object;
    };
    const { widget_manager } = this.#model;
    if (type === "shown") this.#tell();
    if (type !== "settled" || !data) return;
    replaceOutputs(widget_manager, this.#traits.widget_id, new Set(), () => ({
      data,
      metadata: metadata ?? {},
    }));
  }

  #lose(): void {
    this.#gone = true;
    for (const view of this.#views) view.lose();
    // The rows out of sight are gone, but a document has more.
    const { settled } = this.#traits;
    for (const [node, done] of [...this.#alive]) if (has(node, settled)) done.abort();
  }
}

const factory: Factory = () => {
  let tables: Tables;
  return {
    initialize({ model }) {
      const done = new AbortController();
      tables = new Tables(model, done.signal);
      return () => done.abort();
    },
    render({ el }) {
      const done = new AbortController();
      tables.show(el, done.signal);
      return () => done.abort();
    },
  };
};

export default factory;
