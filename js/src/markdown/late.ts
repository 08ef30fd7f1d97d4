/** Tracks leaves that refer to link definitions and citations that may come later. */
import type { Definition } from "./definitions";
import type { Definitions } from "./inline";

/** A leaf is read again for at most this many definitions, and once more at the end. */
const READINGS = 8;

/** A leaf whose rendering changes when more is known. */
export interface Waiting {
  /** Ids of markers without a source so far. */
  readonly ids: ReadonlySet<number>;
  /** Labels of links without a definition so far. */
  readonly labels: ReadonlySet<string>;
  /** Renders the leaf again. Returns whether it still waits for something. */
  readAgain(): boolean;
}

export class Late {
  readonly definitions: Definitions = Object.create(null);
  readonly #waiting = new Set<Waiting>();
  readonly #byLabel = new Map<string, Set<Waiting>>();
  /** Leaves to be read again, because something they wait for has come. */
  readonly #due = new Set<Waiting>();
  /** Leaves read often enough, which wait for the end of the text. */
  readonly #tired = new Set<Waiting>();
  readonly #readings = new Map<Waiting, number>();
  #ended = false;

  get owes(): boolean {
    return this.#due.size > 0;
  }

  /** Adds a definition. The first definition of a label counts. */
  define(label: string, definition: Definition): void {
    if (this.definitions[label]) return;
    this.definitions[label] = definition;
    for (const waiting of this.#byLabel.get(label) ?? []) this.#found(waiting);
    this.#byLabel.delete(label);
  }

  await(waiting: Waiting): void {
    if (waiting.ids.size > 0) this.#waiting.add(waiting);
    for (const label of waiting.labels) {
      const others = this.#byLabel.get(label);
      if (this.definitions[label]) this.#found(waiting);
      else if (others) others.add(waiting);
      else this.#byLabel.set(label, new Set([waiting]));
    }
  }

  /** Reads the next due leaf, or piece of a leaf, again. */
  pay(): void {
    const [waiting] = this.#due;
    if (waiting) this.#readAgain(waiting);
  }

  /** Marks a leaf as due for another reason. */
  again(waiting: Waiting): void {
    this.#due.add(waiting);
  }

  /** Called when no more definitions will come. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#tired) this.#due.add(waiting);
    this.#tired.clear();
  }

  /** Marks the leaves as due that wait for a marker for which `isKnown` is true. */
  resolve(isKnown: (id: number) => boolean): void {
    for (const waiting of this.#waiting) {
      if ([...waiting.ids].some(isKnown)) this.#due.add(waiting);
    }
  }

  #found(waiting: Waiting): void {
    const readings = this.#readings.get(waiting) ?? 0;
    this.#readings.set(waiting, readings + 1);
    if (readings < READINGS || this.#ended) this.#due.add(waiting);
    else this.#tired.add(waiting);
  }

  #readAgain(waiting: Waiting): void {
    this.#due.delete(waiting);
    this.#tired.delete(waiting);
    this.#waiting.delete(waiting);
    if (waiting.readAgain()) this.await(waiting);
    else this.#readings.delete(waiting);
  }
}
