/**
 * Renders a growing text block by block. Each line is read once; only the end of the open leaf is
 * parsed repeatedly.
 */
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
  /** Whether the text has ended but the page has not been finished. */
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

  /** Ends the text, and shows the rest of it as it is. */
  end(): void {
    this.#machine.end();
    this.#late.end();
    this.#unfinished = true;
  }

  /** Whether work is left before the text has its final form. It may be done in later frames. */
  get owes(): boolean {
    return this.#machine.owes || this.#late.owes || this.#page.owes || this.#unfinished;
  }

  /** Does a small part of that work. */
  pay(): void {
    if (this.#machine.owes) this.append("");
    else if (this.#late.owes) this.#late.pay();
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

  /** Resolves markers whose citation came after their text. */
  resolve(): void {
    this.#late.resolve((id) => this.#cite(id) !== null);
    this.#page.resolve();
  }
}
