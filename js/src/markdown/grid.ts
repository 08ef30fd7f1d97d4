/** A table, row by row. */
import type { Alignment, Row, Table } from "./block";
import { make } from "./dom";
import type { Prose } from "./prose";
import { cellsOf } from "./table";

/**
 * The browser lays out a table as a whole, so a longer one continues in others with the same
 * columns.
 */
const ROWS_PER_TABLE = 64;
/** A wide table continues earlier, but not before the eighth row. */
const CELLS_PER_TABLE = 4096;

interface Cell {
  prose: Prose;
  text: string | null;
}

export class Grid {
  /** The element around the table, in which a wide table scrolls sideways. */
  node: HTMLElement;
  readonly #aligned: readonly Alignment[];
  readonly #prose: (cell: HTMLElement) => Prose;
  readonly #head: HTMLTableRowElement;
  readonly #mostRows: number;
  #table: HTMLTableElement;
  #body: HTMLElement | null = null;
  #rows = 0;
  #widths: number[] | null = null;
  #row: HTMLTableRowElement | null = null;
  #cells: Cell[] = [];

  constructor({ head, aligned }: Table, prose: (cell: HTMLElement) => Prose) {
    this.#aligned = aligned;
    this.#prose = prose;
    this.#head = make("tr");
    const rows = Math.ceil(CELLS_PER_TABLE / aligned.length);
    this.#mostRows = Math.min(ROWS_PER_TABLE, Math.max(8, rows));
    this.#table = make("table", "", make("thead", "", this.#head));
    this.node = make("div", "pplx-table", this.#table);
    for (const [i, text] of head.entries()) prose(this.#cell(this.#head, "th", i)).finish(text);
  }

  /** Begins a row. If the row begins another table, returns the element of that table. */
  begin(mayContinue: boolean): HTMLElement | null {
    const continues = mayContinue && this.#rows === this.#mostRows && this.#measured();
    if (continues) this.#continue(continues);
    if (!this.#body) {
      this.#body = make("tbody");
      this.#table.append(this.#body);
    }
    this.#row = make("tr");
    this.#body.append(this.#row);
    this.#cells = [];
    this.#rows += 1;
    return continues ? this.node : null;
  }

  /** Shows an unfinished row. */
  type(row: Row): void {
    const texts = cellsOf(row.text).slice(0, this.#aligned.length);
    for (const [i, text] of texts.entries()) this.#show(i, text, i === texts.length - 1);
  }

  finish(row: Row): void {
    const texts = cellsOf(row.text);
    for (let i = 0; i < this.#aligned.length; i++) this.#show(i, texts[i] ?? "", false);
  }

  #show(i: number, text: string, typing: boolean): void {
    if (!this.#row) return;
    this.#cells[i] ??= { prose: this.#prose(this.#cell(this.#row, "td", i)), text: null };
    const cell = this.#cells[i];
    if (typing) {
      cell.prose.type(text);
      cell.text = null;
    } else if (cell.text !== text) {
      cell.prose.finish(text);
      cell.text = text;
    }
  }

  #cell(row: HTMLElement, tag: "td" | "th", i: number): HTMLElement {
    const align = this.#aligned[i];
    const cell = make(tag, align ? `pplx-align-${align}` : "");
    row.append(cell);
    return cell;
  }

  /** Returns the widths of the columns; null if the table has not been laid out. */
  #measured(): number[] | null {
    this.#widths ??= [...this.#head.cells].map((cell) => cell.getBoundingClientRect().width);
    return this.#widths.some((width) => width > 0) ? this.#widths : null;
  }

  #continue(widths: readonly number[]): void {
    const columns = widths.map((width) => {
      const column = make("col");
      column.style.width = `${width}px`;
      return column;
    });
    this.#table = make("table", "", make("colgroup", "", ...columns));
    this.#table.style.cssText = `table-layout: fixed; width: ${widths.reduce((a, b) => a + b, 0)}px`;
    this.node.classList.add("pplx-cut");
    this.node = make("div", "pplx-table pplx-next", this.#table);
    this.#body = null;
    this.#rows = 0;
  }
}
