/** Shows a growing text: block by block, each line read once, and only the open leaf's end again. */
import { Late } from "./late";
import { Machine } from "./machine";
import { DocumentPage } from "./page";
import type { Cite } from "./tree";

export class Renderer {
  readonly #root: HTMLElement;
  readonly #cite: Cite;
  #late!: Late;
  #page!: DocumentPage;
  #machine!: Machine;

  constructor(root: HTMLElement, cite: Cite) {
    this.#root = root;
    this.#cite = cite;
    this.clear();
  }

  append(text: string): void {
    this.#machine.feed(text);
    this.#page.show();
    this.#late.settle();
  }

  /** No more text will come: the rest is shown as it is. */
  finish(): void {
    this.#machine.end();
    this.#late.settle(true);
    this.#page.finish();
  }

  clear(): void {
    this.#late = new Late();
    this.#page = new DocumentPage(this.#root, this.#cite, this.#late);
    this.#machine = new Machine(this.#page);
  }

  /** Markers whose citation has come after their text. */
  resolve(): void {
    this.#late.resolve((id) => this.#cite(id) !== null);
    this.#page.resolve();
  }
}
