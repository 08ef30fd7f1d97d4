/**
 * Colours code and typesets formulas, each once and a little at a time, after the text. The chunks
 * for it are loaded when they are first needed.
 */

import type { Chunks } from "../chunks/loader";
import type { Dresser } from "../markdown/dresser";
import type { ChunkName } from "../protocol";
import type { Store } from "../store";

/** A block of code. In a document it is always closed. */
export interface Coded {
  code: HTMLElement;
  language: string;
  closed: boolean;
}

type Painter = ReturnType<Chunks["code"]>;

export class Dressing implements Dresser {
  readonly #store: Store;
  readonly #more: () => void;
  readonly #chunks: Partial<Chunks> = {};
  readonly #asked = new Set<ChunkName>();
  /** Painters of the code. Null until the chunk has been loaded. */
  #codes = new Map<Coded, Painter>();
  #formulas = new Set<HTMLElement>();

  /** `more` is called when a chunk has been loaded, so that there is work. */
  constructor(store: Store, more: () => void) {
    this.#store = store;
    this.#more = more;
  }

  code(coded: Coded): void {
    if (!coded.language || this.#codes.has(coded)) return;
    const painter = this.#chunks.code?.(coded.code, coded.language) ?? null;
    if (this.#chunks.code && !painter) return;
    this.#codes.set(coded, painter);
    this.#need("code");
  }

  formula(node: HTMLElement): void {
    this.#formulas.add(node);
    this.#need("math");
  }

  get owes(): boolean {
    return (this.#chunks.math && this.#formulas.size > 0) || this.#nextCode() !== null;
  }

  /** Does a small part of the work. */
  pay(): void {
    const [formula] = this.#formulas;
    if (formula && this.#chunks.math) {
      this.#formulas.delete(formula);
      // Skip formulas that were replaced while they streamed in.
      if (formula.parentNode) this.#chunks.math(formula);
      return;
    }
    const next = this.#nextCode();
    next?.painter.pay(next.closed);
  }

  clear(): void {
    this.#codes = new Map();
    this.#formulas = new Set();
  }

  #nextCode(): { painter: NonNullable<Painter>; closed: boolean } | null {
    for (const [coded, painter] of this.#codes) {
      if (painter?.owes(coded.closed)) return { painter, closed: coded.closed };
      if (painter && coded.closed) this.#codes.delete(coded);
    }
    return null;
  }

  #need(name: ChunkName): void {
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    this.#store.chunk(name).then(
      (chunk) => this.#came(name, chunk),
      () => {}, // code and formulas stay plain
    );
  }

  #came<Name extends ChunkName>(name: Name, chunk: Chunks[Name]): void {
    this.#chunks[name] = chunk;
    const waiting = [...this.#codes.keys()];
    if (name === "code") {
      this.#codes.clear();
      for (const coded of waiting) this.code(coded);
    }
    this.#more();
  }
}
