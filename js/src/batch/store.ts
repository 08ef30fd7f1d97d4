/** The rows in sight of one view, and what it asks of the kernel. */

import type { Model } from "../host";
import {
  type Action,
  type CellSent,
  type Opened,
  type Query,
  type RowsSent,
  STATES,
  type State,
  type Totals,
} from "./protocol";

export interface Cell {
  row: number;
  state: State;
  question: string;
  text: string;
  sources: number | null;
  cost: string | null;
}

/** Between two requests for other rows while the user scrolls. */
const PAUSE_MS = 100;
/** Silence after which the view asks whether it has missed a message. */
const QUIET_MS = 2000;
const QUIET_AT_END_MS = 10_000;
/** How long a repair may take. */
const REPAIR_MS = 1000;
/** An action that takes longer is waiting for the end of a running cell. */
export const BUSY_MS = 1500;
/** Characters of a text that grows; the end of it is in sight. */
const TAIL = 240;

export class Store {
  readonly model: Model;
  readonly view = Math.random().toString(36).slice(2);
  readonly query: Query;
  totals: Totals = {
    status: "running",
    counts: {},
    rate: 0,
    left: null,
    spent: null,
    projected: null,
    can: [],
  };
  /** The number of rows that the query finds. */
  count: number;
  /** The last action, until the kernel has carried it out. */
  asked: Action | null = null;
  gone = false;

  #from = 0;
  #ids: number[] = [];
  readonly #cells = new Map<number, Cell>();
  #seq = 0;
  #heardAt = performance.now();
  #actedAt = 0;
  /** Until when all is expected again after a gap. */
  #repairing = 0;
  #wanted: [from: number, to: number] = [0, 0];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextLook = 0;
  readonly #changed: () => void;
  readonly #opened: (message: Opened) => void;

  /** `changed` is called after each change, `opened` with each reply to `open`. */
  constructor(
    model: Model,
    query: Query,
    changed: () => void,
    opened: (message: Opened) => void,
    signal: AbortSignal,
  ) {
    this.model = model;
    this.query = query;
    this.#changed = changed;
    this.#opened = opened;
    this.count = Number(model.get("rows")) || 0;
    const receive = (message: unknown) => this.#receive(message);
    model.on("msg:custom", receive);
    const plain = !query.filter && !query.search && query.sort === "row" && !query.descending;
    if (plain) this.#take(model.get("start") as RowsSent);
    const poll = setInterval(() => this.#poll(), QUIET_MS / 4);
    signal.addEventListener("abort", () => {
      clearInterval(poll);
      clearTimeout(this.#timer);
      model.off("msg:custom", receive);
      this.#send({ type: "closed", view: this.view });
    });
  }

  /** The row at a position; undefined if it is not known yet. */
  at(position: number): Cell | undefined {
    const row = this.#ids[position - this.#from];
    return row === undefined ? undefined : this.#cells.get(row);
  }

  /** The position of a row in sight; -1 if it is out of sight. */
  positionOf(row: number): number {
    const index = this.#ids.indexOf(row);
    return index < 0 ? -1 : index + this.#from;
  }

  get over(): boolean {
    return this.totals.status === "stopped" || this.totals.status === "complete";
  }

  /** Whether the action waits, since the kernel reads no messages while a cell runs. */
  get busy(): boolean {
    return this.asked !== null && performance.now() - this.#actedAt > BUSY_MS;
  }

  /** Asks for the rows from one position to another. */
  look(from: number, to: number): void {
    const [a, b] = this.#wanted;
    if (a === from && b === to) return;
    this.#wanted = [from, to];
    const wait = this.#nextLook - performance.now();
    if (wait <= 0) this.#ask();
    else this.#timer ??= setTimeout(() => this.#ask(), wait);
  }

  /** Changes the filter, the order or the search. */
  seek(change: Partial<Query>): void {
    Object.assign(this.query, change);
    this.#ask();
    this.#changed();
  }

  act(action: Action): void {
    if (this.asked === action) return;
    this.asked = action;
    this.#actedAt = performance.now();
    this.#send({ type: action });
    this.#changed();
    setTimeout(this.#changed, BUSY_MS + 50);
  }

  open(row: number): void {
    this.#send({ type: "open", view: this.view, row });
  }

  close(row: number): void {
    this.#send({ type: "close", view: this.view, row });
  }

  lose(): void {
    this.gone = true;
    this.#changed();
  }

  #ask(missed = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#nextLook = performance.now() + PAUSE_MS;
    const [from, to] = this.#wanted;
    const { view, query } = this;
    this.#send({ type: "view", view, from, to, seq: this.#seq, missed, ...query });
  }

  #poll(): void {
    const quiet = performance.now() - this.#heardAt;
    if (quiet < (this.over ? QUIET_AT_END_MS : QUIET_MS)) return;
    this.#heardAt = performance.now();
    this.#ask(true);
  }

  #send(message: object): void {
    if (!this.gone) this.model.send(message);
  }

  #receive(message: unknown): void {
    const { type, view } = (message ?? {}) as { type?: unknown; view?: unknown };
    if (type === "echo") this.#send({ type });
    // A table that has not been answered yet follows the view at the top.
    if (view !== this.view && (view !== "" || this.#seq > 0)) return;
    this.#heardAt = performance.now();
    if (type === "rows" && view === this.view) this.#follow(message as RowsSent);
    else if (type === "rows") this.#take(message as RowsSent);
    else if (type === "opened" || type === "refused") this.#opened(message as Opened);
  }

  #follow(message: RowsSent): void {
    // After a gap, all is sent again; messages until then are of no use.
    const { ids, cells = [], totals } = message;
    const whole = totals && cells.length === ids?.length;
    if (message.seq !== this.#seq + 1 && !whole) {
      const now = performance.now();
      if (now < this.#repairing) return;
      this.#repairing = now + REPAIR_MS;
      this.#ask(true);
      return;
    }
    this.#seq = message.seq;
    this.#take(message);
  }

  #take(message: RowsSent | undefined): void {
    if (!message) return;
    const { ids, cells = [], texts = [], totals } = message;
    if (ids) {
      this.#from = message.from ?? 0;
      this.count = message.count ?? this.count;
      this.#ids = ids;
      const kept = new Set(ids);
      for (const row of this.#cells.keys()) if (!kept.has(row)) this.#cells.delete(row);
    }
    for (const cell of cells) this.#put(cell);
    for (const [row, added, whole] of texts) {
      const cell = this.#cells.get(row);
      const before = whole ? "" : (cell?.text ?? "");
      if (cell) this.#cells.set(row, { ...cell, text: (before + added).slice(-TAIL) });
    }
    if (totals) {
      this.totals = totals;
      if (this.asked && !totals.can.includes(this.asked)) this.asked = null;
    }
    this.#changed();
  }

  #put([row, place, question, text, sources = null, cost = null]: CellSent): void {
    const state = STATES[place] ?? "waiting";
    const asked = question ?? this.#cells.get(row)?.question ?? "";
    this.#cells.set(row, { row, state, question: asked, text, sources, cost });
  }
}
