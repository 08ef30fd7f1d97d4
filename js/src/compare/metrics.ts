/** The kernel's metrics of one compared answer, as words. */

import { decimal, money } from "../view/words";
import { say, type Word } from "../words";

const ROWS = [
  "compare.row.first",
  "compare.row.total",
  "compare.row.rate",
  "compare.row.cost",
  "compare.row.sources",
  "compare.row.cited",
  "compare.row.shared",
  "compare.row.alone",
  "compare.row.end",
] as const satisfies Word[];

const STATUS: Record<string, Word> = {
  queued: "status.queued",
  connecting: "status.connecting",
  searching: "status.searching",
  streaming: "status.streaming",
  complete: "status.complete",
  incomplete: "status.incomplete",
  stopped: "status.stopped",
  failed: "status.failed",
};
const OVER = new Set(["complete", "incomplete", "stopped", "failed"]);
const NOTHING = "–";

/** Returns the names of the metrics. */
export const names = (): string[] => ROWS.map((row) => say(row));

/** Returns the metrics in the order of their names. Values of the wrong type are left out. */
export function cells(value: unknown): string[] {
  const said = (value && typeof value === "object" ? value : {}) as Record<string, unknown>;
  const number = (name: string) => (typeof said[name] === "number" ? said[name] : null);
  const shown = (name: string, write: (n: number) => string) => {
    const n = number(name);
    return n === null ? NOTHING : write(n);
  };
  const seconds = (n: number) => `${decimal(n, 2)} s`;
  const whole = (n: number) => n.toFixed(0);
  return [
    shown("first", seconds),
    shown("total", seconds),
    shown("rate", whole),
    shown("cost", (n) => money(n, String(said.currency))),
    ...["sources", "cited", "shared", "alone"].map((name) => shown(name, whole)),
    say(STATUS[String(said.status)] ?? "status.queued"),
  ];
}

export function isOver(value: unknown): boolean {
  return OVER.has(String((value as { status?: unknown } | undefined)?.status));
}
