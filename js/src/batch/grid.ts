/**
 * The rows in sight, in a grid as in the ARIA Authoring Practices. All rows have one height, so the
 * place of each is known without it. Only the rows in sight have nodes, and the focused one.
 */

import { schedule } from "../frame";
import { element } from "../view/element";
import { say } from "../words";
import { whole } from "./numbers";
import type { Sort } from "./protocol";
import { COLUMNS, Row } from "./row";
import type { Store } from "./store";

/** Rows beyond both ends of the visible ones: those with nodes, and those whose content is asked for. */
const DRAWN = 4;
const ASKED = 6;

const HEAD = -1;

/** Rows that come while the user scrolls are put in order afterwards. */
const ORDER_MS = 200;

const NAMES = {
  row: "batch.column.row",
  state: "batch.column.state",
  question: "batch.column.question",
  text: "batch.column.text",
  sources: "batch.column.sources",
  cost: "batch.column.cost",
} as const;

/** The place of the user in the table; kept while a document replaces the live table. */
export interface Place {
  top: number;
  /** The focused cell: its position, -1 for the head, and its column. */
  position: number;
  column: number;
  /** The row whose answer is open. */
  open: number | null;
}

export class Grid {
  readonly node: HTMLElement;
  readonly #store: Store;
  readonly #place: Place;
  readonly #toggle: (row: number) => void;
  readonly #head: HTMLElement;
  readonly #heads: HTMLElement[];
  readonly #body: HTMLElement;
  readonly #none: HTMLElement;
  readonly #probe = new Row().node;
  readonly #shown = new Map<number, Row>();
  readonly #free: Row[] = [];
  #height = 32;
  /** The height of the box, in which the rows scroll. */
  #room = 0;
  #sorting: ReturnType<typeof setTimeout> | undefined;
  #tabStop: HTMLElement | undefined;

  /** `toggle` opens or closes a row; `draw` schedules an update. */
  constructor(
    store: Store,
    place: Place,
    toggle: (row: number) => void,
    draw: () => void,
    signal: AbortSignal,
  ) {
    this.#store = store;
    this.#place = place;
    this.#toggle = toggle;
    this.#heads = COLUMNS.map((name, i) => {
      const cell = element("div", `pplx-b-${name}`, say(NAMES[name]));
      cell.role = "columnheader";
      cell.tabIndex = -1;
      cell.ariaColIndex = String(i + 1);
      return cell;
    });
    this.#head = element("div", "pplx-b-item pplx-b-head", ...this.#heads);
    this.#head.role = "row";
    this.#head.ariaRowIndex = "1";
    this.#none = element("div", "pplx-b-none", say("batch.none"));
    this.#probe.classList.add("pplx-b-probe");
    this.#probe.ariaHidden = "true";
    this.#body = element("div", "pplx-b-body", this.#probe);
    this.#body.role = "rowgroup";
    this.node = element("div", "pplx-b-grid", this.#head, this.#body, this.#none);
    this.node.role = "grid";
    this.node.ariaColCount = String(COLUMNS.length);
    this.node.ariaLabel = say("batch.label", { n: whole(Number(store.model.get("rows"))) });

    const { node } = this;
    const scrolled = () => this.#scrolled();
    node.addEventListener(
      "scroll",
      () => {
        place.top = node.scrollTop;
        schedule(scrolled, signal);
      },
      { signal, passive: true },
    );
    node.addEventListener("click", (event) => this.#click(event), { signal });
    node.addEventListener("keydown", (event) => this.#key(event), { signal });
    const sized = new ResizeObserver(() => {
      this.#height = this.#probe.getBoundingClientRect().height || this.#height;
      this.#room = node.clientHeight;
      draw();
    });
    sized.observe(node);
    sized.observe(this.#probe);
    signal.addEventListener("abort", () => {
      sized.disconnect();
      clearTimeout(this.#sorting);
    });
  }

  /** Scrolls to where the user was before. Call it once, when the grid is in the page. */
  restore(): void {
    this.#height = this.#probe.getBoundingClientRect().height || this.#height;
    this.#room = this.node.clientHeight;
    this.update();
    this.node.scrollTop = this.#place.top;
  }

  update(): void {
    const { node } = this;
    const { count } = this.#store;
    const whole = `${count * this.#height}px`;
    if (this.#body.style.height !== whole) this.#body.style.height = whole;
    this.#none.hidden = count > 0;
    const rows = String(count + 1);
    if (node.ariaRowCount !== rows) node.ariaRowCount = rows;
    this.#place.position = Math.min(this.#place.position, count - 1);
    this.#sorted();
    this.#scrolled();
  }

  #scrolled(): void {
    const { count } = this.#store;
    const { scrollTop } = this.node;
    const first = Math.floor(scrollTop / this.#height);
    const last = Math.ceil((scrollTop + this.#room) / this.#height);
    this.#draw(Math.max(0, first - DRAWN), Math.min(count, last + DRAWN));
    this.#store.look(Math.max(0, first - ASKED), Math.min(count, last + ASKED));
    this.#setTabStop();
  }

  /** Gives the focus to the cell where the user is. */
  focus(): void {
    this.#reveal();
    this.#cell()?.focus({ preventScroll: true });
  }

  #draw(from: number, to: number): void {
    const { position, open } = this.#place;
    const wanted = Array.from({ length: to - from }, (_, i) => from + i);
    // The focused row keeps its node, or the focus would be lost.
    if (position >= 0 && position < this.#store.count) {
      if (position < from) wanted.unshift(position);
      else if (position >= to) wanted.push(position);
    }
    const kept = new Set(wanted);
    for (const [at, row] of this.#shown) {
      if (kept.has(at)) continue;
      this.#shown.delete(at);
      this.#free.push(row);
    }
    for (const at of wanted) {
      let row = this.#shown.get(at);
      if (!row) {
        row = this.#free.pop() ?? new Row();
        this.#shown.set(at, row);
        if (!row.node.isConnected) this.#body.append(row.node);
        this.#sorting ??= setTimeout(() => this.#order(), ORDER_MS);
      }
      const cell = this.#store.at(at);
      row.show(at, this.#height, cell, open !== null && cell?.row === open);
    }
    // The remaining nodes have no place now.
    for (const { node } of this.#free) node.remove();
  }

  /** Puts the nodes in the order in which screen readers read them; the focused one does not move. */
  #order(): void {
    this.#sorting = undefined;
    const nodes = [...this.#shown].sort(([a], [b]) => a - b).map(([, { node }]) => node);
    const sorted = nodes.every((node, i) => i === 0 || node.previousSibling === nodes[i - 1]);
    if (sorted) return;
    const at = Math.max(
      0,
      nodes.findIndex((node) => node.contains(document.activeElement)),
    );
    nodes[at]?.before(...nodes.slice(0, at));
    nodes[at]?.after(...nodes.slice(at + 1));
  }

  #sorted(): void {
    const { sort, descending } = this.#store.query;
    this.#heads.forEach((head, i) => {
      if (!sortable(i)) return;
      const order = COLUMNS[i] !== sort ? "none" : descending ? "descending" : "ascending";
      if (head.ariaSort !== order) head.ariaSort = order;
    });
  }

  #cell(): HTMLElement | undefined {
    const { position, column } = this.#place;
    return position === HEAD ? this.#heads[column] : this.#shown.get(position)?.cells[column];
  }

  /** Exactly one cell is reached by Tab. */
  #setTabStop(): void {
    const cell = this.#cell() ?? this.#heads[0];
    if (cell === this.#tabStop) return;
    if (this.#tabStop) this.#tabStop.tabIndex = -1;
    if (cell) cell.tabIndex = 0;
    this.#tabStop = cell;
  }

  #move(position: number, column: number): void {
    const last = this.#store.count - 1;
    this.#place.position = Math.max(HEAD, Math.min(last, position));
    this.#place.column = Math.max(0, Math.min(COLUMNS.length - 1, column));
    this.focus();
  }

  /** Scrolls as little as is needed to show the place of the user. */
  #reveal(): void {
    const { node } = this;
    const { position } = this.#place;
    if (position !== HEAD) {
      const top = position * this.#height;
      const room = node.clientHeight - this.#head.offsetHeight;
      if (top < node.scrollTop) node.scrollTop = top;
      else if (top + this.#height > node.scrollTop + room) {
        node.scrollTop = top + this.#height - room;
      }
    }
    this.update();
  }

  #click({ target }: Event): void {
    if (!(target instanceof Element)) return;
    const column = this.#heads.findIndex((head) => head.contains(target));
    if (column >= 0) {
      this.#place.position = HEAD;
      this.#place.column = column;
      this.#sort(column);
      return;
    }
    for (const row of this.#shown.values()) {
      if (!row.node.contains(target)) continue;
      const at = row.cells.findIndex((cell) => cell.contains(target));
      this.#place.position = row.position;
      if (at >= 0) this.#place.column = at;
      this.#setTabStop();
      // Who selects text does not mean to open the row.
      if (getSelection()?.isCollapsed !== false && row.cell) this.#toggle(row.cell.row);
      return;
    }
  }

  #sort(column: number): void {
    if (!sortable(column)) return;
    const sort = COLUMNS[column] as Sort;
    const { query } = this.#store;
    // A third time leads back to the order of the rows.
    if (sort !== query.sort) this.#store.seek({ sort, descending: false });
    else if (!query.descending) this.#store.seek({ descending: true });
    else this.#store.seek({ sort: "row", descending: false });
  }

  #key(event: KeyboardEvent): void {
    const { position, column, open } = this.#place;
    const { key, ctrlKey, metaKey, altKey } = event;
    const ends = ctrlKey || metaKey;
    if (altKey || (ends && key !== "Home" && key !== "End")) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.#height) - 2);
    const last = COLUMNS.length - 1;
    const row = this.#shown.get(position)?.cell?.row;
    const acts: Record<string, () => void> = {
      ArrowDown: () => this.#move(position + 1, column),
      ArrowUp: () => this.#move(position - 1, column),
      ArrowRight: () => this.#move(position, column + 1),
      ArrowLeft: () => this.#move(position, column - 1),
      PageDown: () => this.#move(position + page, column),
      PageUp: () => this.#move(Math.max(0, position - page), column),
      Home: () => this.#move(ends ? 0 : position, 0),
      End: () => this.#move(ends ? this.#store.count - 1 : position, last),
      Enter: () => this.#press(position, column, row),
      " ": () => this.#press(position, column, row),
    };
    // Without an open row, Escape leads back to the notebook.
    if (open !== null) acts.Escape = () => this.#toggle(open);
    const act = Object.hasOwn(acts, key) ? acts[key] : undefined;
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #press(position: number, column: number, row: number | undefined): void {
    if (position === HEAD) this.#sort(column);
    else if (row !== undefined) this.#toggle(row);
  }
}

const sortable = (column: number): boolean => COLUMNS[column] !== "text";
