import { type Change, isFinal, type Store } from "../answer";
import { Renderer } from "../stream/renderer";
import { citation } from "./citation";
import { element } from "./element";

/** The answer's text. Unlike the other parts it takes what is new, not what there is. */
export class TextPart {
  readonly node = element("div", "pplx-text");
  readonly #store: Store;
  readonly #renderer: Renderer;
  /** What has come since the last frame. */
  #fresh: string;
  #startOver = false;
  #citationsChanged = false;
  #finished = false;
  /** By id, as they are shown. */
  #numbers = new Map<number, number>();

  constructor(store: Store) {
    this.#store = store;
    this.node.dir = "auto";
    this.#fresh = store.state.text;
    this.#renumbered();
    this.#renderer = new Renderer(this.node, (id) => {
      const { sources, citations } = store.state;
      const cited = citations.find((each) => each.id === id);
      const source = cited && sources.find((each) => each.id === id);
      return source ? citation(cited.number, source) : null;
    });
  }

  take({ added, fields }: Change): void {
    if (fields.has("citations") || fields.has("sources")) this.#citationsChanged = true;
    // Also from one end to the next, with a retry in between that had no frame of its own.
    if (fields.has("status")) this.#finished = false;
    const renumbered = fields.has("citations") && this.#renumbered();
    if (added === null || renumbered) {
      this.#startOver = true;
      this.#fresh = this.#store.state.text;
    } else {
      this.#fresh += added;
    }
  }

  /** A source that came late may give numbers that are shown already to other sources. */
  #renumbered(): boolean {
    const before = this.#numbers;
    this.#numbers = new Map(this.#store.state.citations.map(({ id, number }) => [id, number]));
    return [...before].some(([id, number]) => this.#numbers.get(id) !== number);
  }

  update(): void {
    const final = isFinal(this.#store.state.status);
    if (this.#startOver) {
      this.#renderer.clear();
      this.#finished = false;
    }
    if (this.#citationsChanged) this.#renderer.resolve();
    // A marker in the open block may have found its source, though no text has come.
    if (this.#fresh || this.#citationsChanged) this.#renderer.append(this.#fresh);
    this.#fresh = "";
    this.#startOver = false;
    this.#citationsChanged = false;
    if (final && !this.#finished) {
      this.#renderer.finish();
      this.#finished = true;
    }
  }
}
