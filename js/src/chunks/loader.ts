/**
 * Loads the chunks of the page's code that not every answer needs: syntax colours and formulas. The
 * kernel sends a chunk on request, and the page imports it once, from a blob URL. If a chunk does
 * not arrive, code and formulas stay plain.
 */
import type { ChunkName } from "../protocol";
import type paint from "./code";
import type typeset from "./math";

/** The default export of each chunk's file. */
export interface Chunks {
  code: typeof paint;
  math: typeof typeset;
  words: readonly string[];
}

/** A message may get lost. After this time the next answer that needs the chunk asks again. */
const PATIENCE_MS = 10_000;

class Loading {
  readonly chunk: Promise<unknown>;
  arrive!: (code: string) => void;
  /** Requests in order of arrival. The first of them has been sent. */
  readonly #waiting = new Set<() => void>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #arrived = false;

  constructor() {
    const code = new Promise<string>((resolve) => {
      this.arrive = resolve;
    });
    this.chunk = code.then((text) => {
      this.#arrived = true;
      this.#waiting.clear();
      return imported(text);
    });
  }

  wait(ask: () => void, over: AbortSignal): void {
    if (over.aborted || this.#arrived) return;
    this.#waiting.add(ask);
    over.addEventListener("abort", () => {
      const [first] = this.#waiting;
      this.#waiting.delete(ask);
      if (first === ask) this.#ask();
    });
    if (performance.now() - this.#askedAt > PATIENCE_MS) this.#ask();
  }

  #ask(): void {
    const [first] = this.#waiting;
    if (!first) return;
    this.#askedAt = performance.now();
    first();
  }
}

const loading = new Map<ChunkName, Loading>();

/** Returns a chunk. `ask` is called if no other request is under way, and not after `over`. */
export function chunk<Name extends ChunkName>(
  name: Name,
  ask: () => void,
  over: AbortSignal,
): Promise<Chunks[Name]> {
  const known = loading.get(name) ?? new Loading();
  loading.set(name, known);
  known.wait(ask, over);
  return known.chunk as Promise<Chunks[Name]>;
}

/** Takes the code of a chunk that the kernel has sent. */
export function arrived(name: ChunkName, code: string): void {
  loading.get(name)?.arrive(code);
}

async function imported(code: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
