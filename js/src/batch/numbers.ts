/** Formats the numbers of a table. */

import { say } from "../words";

/** Formats a whole number with its thousands separated. */
export function whole(n: number): string {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, say("number.thousands"));
}

/** Formats an estimated time. */
export function about(seconds: number): string {
  if (seconds < 60) return say("batch.seconds", { s: Math.max(0, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return say("batch.minutes", { m: minutes });
  return say("batch.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}
