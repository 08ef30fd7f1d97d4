/** What the text shown so far waits for: link definitions and citations that may come later. */
import type { Definition } from "./definitions";
import type { Definitions } from "./inline";

/** However many definitions come one by one, a leaf is read for them so often, and at the end. */
const READINGS = 8;
/** How many leaves are read again in one go. */
const AT_ONCE = 16;

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
  /** What has found something meanwhile, to be read again. */
  readonly #due = new Set<Waiting>();
  /** What was read often enough, and has to wait for the end of the text. */
  readonly #tired = new Set<Waiting>();
  readonly #readings = new Map<Waiting, number>();
  #ended = false;

  get owes(): boolean {
    return this.#due.size > 0;
  }

  /** The first definition of a label counts. */
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

  /** Reads some of what is due. */
  pay(): void {
    let left = AT_ONCE;
    for (const waiting of this.#due) {
      this.#readAgain(waiting);
      left -= 1;
      if (left === 0) return;
    }
  }

  /** It reads otherwise by now, for another reason. */
  again(waiting: Waiting): void {
    this.#due.add(waiting);
  }

  /** No more definitions will come. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#tired) this.#due.add(waiting);
    this.#tired.clear();
  }

  /** What waits for a marker that `isKnown` knows by now is due. */
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
