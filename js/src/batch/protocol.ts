/** The messages about a table; the counterpart of `pplx_widget/widget/batch/window.py`. */

export const STATES = [
  "running",
  "waiting",
  "complete",
  "incomplete",
  "stopped",
  "failed",
  "skipped",
] as const;

export type State = (typeof STATES)[number];

export type Action = "pause" | "resume" | "stop" | "retry";

export interface Totals {
  status: "running" | "paused" | "stopped" | "complete";
  counts: Partial<Record<State, number>>;
  /** Rows a minute. */
  rate: number;
  /** Seconds, if they are known. */
  left: number | null;
  spent: string | null;
  projected: string | null;
  /** The actions that are possible now. */
  can: Action[];
}

/** The question is null if it was sent before. A row that is not over has no sources and no cost. */
export type CellSent = [
  row: number,
  /** The place in `STATES`. */
  state: number,
  question: string | null,
  text: string,
  sources?: number | null,
  cost?: string | null,
];

/** The news of one view. Absent fields have not changed. */
export interface RowsSent {
  type: "rows";
  view: string;
  seq: number;
  /** The position of the first row in sight. With `count` and `ids`. */
  from?: number;
  /** The number of rows that the query finds. */
  count?: number;
  /** The rows in sight. */
  ids?: number[];
  cells?: CellSent[];
  /** Text to append; with the third value, the end of a text of which more was added. */
  texts?: [row: number, added: string, whole?: 1][];
  totals?: Totals;
}

export interface Query {
  filter: State | "";
  sort: Sort;
  descending: boolean;
  search: string;
}

export type Sort = "row" | "state" | "question" | "sources" | "cost";

/** The reply to a request to open a row: the id of its answer's model, or why there is none. */
export type Opened =
  | { type: "opened"; view: string; row: number; model: string }
  | { type: "refused"; view: string; row: number; why: string };
