/** A block of code, which only ever grows at its end. */
import { make } from "./dom";
import { languageClass } from "./tree";
import { visible } from "./visible";

/** The browser lays out a text as a whole: a longer listing continues in boxes of its own. */
const LINES_PER_BOX = 32;

export class Listing {
  readonly node: HTMLElement;
  readonly #code: HTMLElement;
  #text: Text | null = null;
  #lines = 0;

  constructor(info: string) {
    this.#code = make("code", languageClass(info));
    this.node = make("pre", "", this.#code);
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
      const first = this.#code.firstChild === null;
      this.#code.append(first ? this.#text : make("span", "pplx-next", this.#text));
    }
    this.#text.appendData(visible(text, true));
  }
}
