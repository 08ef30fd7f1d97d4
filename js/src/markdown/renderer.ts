/** Shows a growing text: block by block, each line read once, and only the open leaf's end again. */
import type { Dresser } from "./dresser";
import { Late } from "./late";
import { Machine } from "./machine";
import { DocumentPage } from "./page";
import type { Cite } from "./tree";

export class Renderer {
  readonly #root: HTMLElement;
  readonly #cite: Cite;
  readonly #dresser: Dresser | null;
  #late!: Late;
  #page!: DocumentPage;
  #machine!: Machine;
  /** The text has ended, and the page has not been told. */
  #unfinished = false;

  constructor(root: HTMLElement, cite: Cite, dresser: Dresser | null = null) {
    this.#root = root;
    this.#cite = cite;
    this.#dresser = dresser;
    this.clear();
  }

  append(text: string): void {
    this.#machine.feed(text);
    this.#page.show();
  }

  /** No more text will come: the rest is shown as it is. */
  end(): void {
    this.#machine.end();
    this.#late.end();
    this.#unfinished = true;
  }

  /** Whether what is shown has yet to take its final form; that may wait for a later frame. */
  get owes(): boolean {
    return this.#late.owes || this.#page.owes || this.#unfinished;
  }

  /** Does a small part of that. */
  pay(): void {
    if (this.#late.owes) this.#late.pay();
    else if (this.#page.owes) this.#page.pay();
    else {
      this.#unfinished = false;
      this.#page.finish();
    }
  }

  clear(): void {
    this.#unfinished = false;
    this.#late = new Late();
    this.#page = new DocumentPage(this.#root, this.#cite, this.#late, this.#dresser);
    this.#machine = new Machine(this.#page);
  }

  /** Markers whose citation has come after their text. */
  resolve(): void {
    this.#late.resolve((id) => this.#cite(id) !== null);
    this.#page.resolve();
  }
}
