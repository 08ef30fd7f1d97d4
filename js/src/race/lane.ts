/** The kernel's data about one lane of a race, and its description in words. */

import { decimal, seconds } from "../view/words";
import { PHASES, say } from "../words";

export interface Lane {
  status: string;
  elapsed: number;
  first_token: number | null;
  bytes: number;
  text: string;
  error: string | null;
}

/** Reads a lane. Values of the wrong type are ignored. */
export function lane(value: unknown): Lane {
  const said = (value && typeof value === "object" ? value : {}) as Record<string, unknown>;
  const number = (name: string) => (typeof said[name] === "number" ? said[name] : null);
  const string = (name: string) => (typeof said[name] === "string" ? said[name] : null);
  return {
    status: string("status") ?? "queued",
    elapsed: number("elapsed") ?? 0,
    first_token: number("first_token"),
    bytes: number("bytes") ?? 0,
    text: string("text") ?? "",
    error: string("error"),
  };
}

export function over({ status }: Lane): boolean {
  return Object.hasOwn(PHASES, status);
}

export function note(now: Lane): string {
  if (now.status === "failed") return now.error ?? say(PHASES.failed);
  if (now.status === "stopped") return say(PHASES.stopped);
  if (now.status === "queued") return say("race.soon");
  if (now.first_token === null) return say("race.nothing");
  return say("race.first", { time: seconds(now.first_token), size: size(now.bytes) });
}

export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${decimal(bytes / 1000, 1)} kB`;
}
