/** A block of code, which grows only at its end. */
import { say } from "../words";
import { make } from "./dom";
import { languageClass } from "./tree";
import { visible } from "./visible";

/** The browser lays out a text as a whole, so a longer listing continues in further boxes. */
const LINES_PER_BOX = 32;

/** Returns the line above code: its language and a copy button. The stylesheet adds their texts. */
export function codeHead(language: string): HTMLElement {
  const button = make("button", "pplx-code-copy");
  button.type = "button";
  button.setAttribute("aria-label", say("code.copy"));
  button.dataset.words = say("copy.button");
  const head = make("div", "pplx-code-head", button);
  if (language) head.dataset.language = language;
  return head;
}

/** Returns the language in a class name made by `languageClass`. */
export const languageOf = (className: string): string => className.replace(/^language-/, "");

/** Splits the code of a document into boxes too. */
export function inBoxes(code: HTMLElement): void {
  const listing = new Listing("");
  listing.append(code.textContent ?? "");
  code.replaceChildren(...listing.code.childNodes);
}

export class Listing {
  readonly node: HTMLElement;
  readonly language: string;
  readonly code: HTMLElement;
  /** Whether the code is complete. */
  closed = false;
  #text: Text | null = null;
  #lines = 0;

  constructor(info: string) {
    const name = languageClass(info);
    this.language = languageOf(name);
    this.code = make("code", name);
    this.node = make("pre", "", codeHead(this.language), this.code);
  }

  append(text: string): void {
    let start = 0;
    let end = text.indexOf("\n");
    for (; end >= 0; end = text.indexOf("\n", end + 1)) {
      this.#lines += 1;
      if (this.#lines < LINES_PER_BOX) continue;
      this.#write(text.slice(start, end + 1));
      start = end + 1;
      this.#lines = 0;
      this.#text = null;
    }
    if (start < text.length) this.#write(text.slice(start));
  }

  #write(text: string): void {
    if (!this.#text) {
      this.#text = document.createTextNode("");
      const first = this.code.firstChild === null;
      this.code.append(first ? this.#text : make("span", "pplx-next", this.#text));
    }
    this.#text.appendData(visible(text, true));
  }
}
