/** One line of the table. The nodes are used again for other rows while the user scrolls. */

import { element, setText } from "../view/element";
import { say, type Word } from "../words";
import { whole } from "./numbers";
import type { State } from "./protocol";
import type { Cell } from "./store";

export const STATE_WORDS = {
  running: "batch.state.running",
  waiting: "batch.state.waiting",
  complete: "batch.state.complete",
  incomplete: "batch.state.incomplete",
  stopped: "batch.state.stopped",
  failed: "batch.state.failed",
  skipped: "batch.state.skipped",
} as const satisfies Record<State, Word>;

export const COLUMNS = ["row", "state", "question", "text", "sources", "cost"] as const;

export class Row {
  readonly node: HTMLElement;
  readonly cells: HTMLElement[];
  /** The row that is shown; undefined while it is not known. */
  cell: Cell | undefined;
  position = -1;
  #at = "";
  readonly #state: HTMLElement;
  readonly #text: HTMLElement;

  constructor() {
    this.#state = element("span", "");
    this.#text = element("span", "");
    this.cells = COLUMNS.map((name, i) => {
      const cell = element("div", `pplx-b-${name}`);
      cell.role = "gridcell";
      cell.tabIndex = -1;
      cell.ariaColIndex = String(i + 1);
      return cell;
    });
    this.cells[1]?.append(element("i", "pplx-b-dot"), this.#state);
    this.cells[3]?.append(this.#text);
    this.node = element("div", "pplx-b-item", ...this.cells);
    this.node.role = "row";
  }

  /** Shows a row at a position; `open` tells whether its answer is open. */
  show(position: number, height: number, cell: Cell | undefined, open: boolean): void {
    const { node } = this;
    if (position !== this.position) {
      this.position = position;
      // The first line has the names of the columns.
      node.ariaRowIndex = String(position + 2);
    }
    const place = `translateY(${position * height}px)`;
    if (place !== this.#at) node.style.transform = this.#at = place;
    const said = this.cells[2];
    if (said && said.ariaExpanded !== String(open)) {
      said.ariaExpanded = String(open);
      node.toggleAttribute("data-open", open);
    }
    if (cell === this.cell) return;
    this.cell = cell;
    const state = cell?.state ?? "";
    if (node.dataset.state !== state) node.dataset.state = state;
    const [row, , question, , sources, cost] = this.cells as HTMLElement[];
    if (!row || !question || !sources || !cost) return;
    setText(row, cell ? whole(cell.row + 1) : "");
    setText(this.#state, cell ? say(STATE_WORDS[cell.state]) : "");
    setText(question, cell?.question ?? "…");
    setText(this.#text, cell?.text ?? "");
    setText(sources, cell?.sources ? whole(cell.sources) : "");
    setText(cost, cell?.cost ?? "");
  }
}
