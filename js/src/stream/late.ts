/** What the text shown so far waits for: link definitions and citations that may come later. */
import type { Definition } from "./definitions";
import type { Definitions } from "./inline";

/** However many definitions come one by one, a leaf is read for them so often, and at the end. */
const READINGS = 8;

/** A leaf that will read otherwise when more is known. */
export interface Waiting {
  /** Of markers that lead nowhere yet. */
  readonly ids: ReadonlySet<number>;
  /** Of links that are not defined yet. */
  readonly labels: ReadonlySet<string>;
  /** Reads it with what is known now; says whether it waits on. */
  readAgain(): boolean;
}

export class Late {
  readonly definitions: Definitions = Object.create(null);
  readonly #waiting = new Set<Waiting>();
  readonly #byLabel = new Map<string, Set<Waiting>>();
  /** Their label has been defined meanwhile; how often they were read. */
  readonly #due = new Set<Waiting>();
  readonly #readings = new Map<Waiting, number>();

  /** The first definition of a label counts. */
  define(label: string, definition: Definition): void {
    if (this.definitions[label]) return;
    this.definitions[label] = definition;
    for (const waiting of this.#byLabel.get(label) ?? []) this.#due.add(waiting);
    this.#byLabel.delete(label);
  }

  await(waiting: Waiting): void {
    if (waiting.ids.size > 0) this.#waiting.add(waiting);
    for (const label of waiting.labels) {
      const others = this.#byLabel.get(label);
      if (this.definitions[label]) this.#due.add(waiting);
      else if (others) others.add(waiting);
      else this.#byLabel.set(label, new Set([waiting]));
    }
  }

  /** Reads what has found its definition; `last`: however often that was done before. */
  settle(last = false): void {
    for (const waiting of [...this.#due]) {
      const readings = this.#readings.get(waiting) ?? 0;
      if (!last && readings >= READINGS) continue;
      this.#readings.set(waiting, readings + 1);
      this.#readAgain(waiting);
    }
  }

  /** Reads what waits for a marker that `isKnown` knows by now. */
  resolve(isKnown: (id: number) => boolean): void {
    for (const waiting of [...this.#waiting]) {
      if ([...waiting.ids].some(isKnown)) this.#readAgain(waiting);
    }
  }

  #readAgain(waiting: Waiting): void {
    this.#due.delete(waiting);
    this.#waiting.delete(waiting);
    if (waiting.readAgain()) this.await(waiting);
    else this.#readings.delete(waiting);
  }
}
