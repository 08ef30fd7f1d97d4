/**
 * Formats streamed JSON as readable code: one value per line, indented. The counterpart of
 * `pplx_widget/markdown/json_text.py`. In text that is not JSON, only spaces around brackets,
 * commas and colons change.
 */

import { DEEPEST, JSON_FENCE } from "../tables";

/** Characters before the first one that tells whether a text is JSON. */
const BEFORE = /^[ \t\n\r\ufeff]+/;

/** Tells whether a text begins like JSON; null if it is too early to tell. */
export function looksLikeJson(text: string): boolean | null {
  const sign = text.replace(BEFORE, "").charAt(0);
  return sign === "" ? null : sign === "{" || sign === "[";
}

/**
 * Turns an answer that was asked for as JSON into Markdown that shows it as code. Prose stays
 * prose.
 */
export class JsonAsCode {
  /** Text received before its kind was known. */
  #unknown = "";
  #json: boolean | null = null;
  readonly #indenter = new Indenter();

  feed(text: string): string {
    if (this.#json !== null) return this.#json ? this.#indenter.feed(text) : text;
    this.#unknown += text;
    this.#json = looksLikeJson(this.#unknown);
    if (this.#json === null) return "";
    return this.#json ? JSON_FENCE + this.#indenter.feed(this.#unknown) : this.#unknown;
  }
}

export class Indenter {
  #depth = 0;
  /** Kind of the last character. */
  #after: "" | "open" | "," | ":" | "value" = "";
  #gap = "";
  #inString = false;
  #escaped = false;
  #over = false;

  /** Formats the next piece. */
  feed(text: string): string {
    let out = "";
    for (let at = 0; at < text.length; at++) {
      if (this.#over) return out + text.slice(at);
      out += this.#sign(text.charAt(at));
    }
    return out;
  }

  #sign(sign: string): string {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (sign === "\\") this.#escaped = true;
      else if (sign === '"') this.#inString = false;
      return sign;
    }
    const gap = this.#gap;
    if (/[ \t\n\r]/.test(sign)) {
      this.#gap += sign;
      return "";
    }
    this.#gap = "";
    const after = this.#after;
    if (sign === "}" || sign === "]") {
      this.#depth = Math.max(this.#depth - 1, 0);
      this.#after = "value";
      this.#over = this.#depth === 0;
      return after === "open" ? sign : line(this.#depth) + sign;
    }
    if (sign === "," || sign === ":") {
      this.#after = sign;
      return sign;
    }
    const before = this.#before(gap);
    this.#after = "value";
    if (sign === "{" || sign === "[") {
      this.#depth += 1;
      this.#after = "open";
    }
    this.#inString = sign === '"';
    return before + sign;
  }

  #before(gap: string): string {
    switch (this.#after) {
      case "open":
      case ",":
        return line(this.#depth);
      case ":":
        return " ";
      case "value":
        return gap;
      default:
        return "";
    }
  }
}

function line(depth: number): string {
  return `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
}
