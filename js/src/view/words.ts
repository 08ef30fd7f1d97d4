/** Formats numbers and texts in the same way everywhere in the view. */

import { say } from "../words";

/** Formats a number with the decimal sign of the language. */
export function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(".", say("number.decimal"));
}

/** Puts a text on one line of at most `limit` characters. */
export function shortened(text: string, limit: number): string {
  const line = text.trim().replace(/\s+/g, " ");
  const characters = [...line];
  if (characters.length <= limit) return line;
  return `${characters
    .slice(0, limit - 1)
    .join("")
    .trimEnd()}…`;
}

export function seconds(value: number): string {
  if (value < 60) return `${decimal(Math.max(0, value), 1)} s`;
  const whole = Math.floor(value);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Formats an amount. Small amounts keep two significant digits: $0.0061, not $0.01. */
export function money(amount: number, currency: string): string {
  const zeros = amount > 0 ? Math.ceil(-Math.log10(amount)) - 1 : 0;
  const digits = decimal(amount, Math.min(8, Math.max(2, zeros + 2)));
  return currency.toUpperCase() === "USD"
    ? say("money.dollars", { amount: digits })
    : `${digits} ${currency}`;
}
