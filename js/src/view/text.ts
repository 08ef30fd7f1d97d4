import { isOver } from "../frame";
import { JsonAsCode } from "../markdown/json";
import { Renderer } from "../markdown/renderer";
import { type Change, isFinal, type Store } from "../store";
import { citation } from "./citation";
import { Dressing } from "./dressing";
import { element } from "./element";

/** Characters rendered between two checks of the clock. */
const SLICE = 256;

/**
 * The answer's text. Unlike the other parts, it is updated from changes and not from the whole
 * state.
 */
export class TextPart {
  readonly node = element("div", "pplx-text");
  readonly #store: Store;
  readonly #renderer: Renderer;
  #json = new JsonAsCode();
  readonly #dressing: Dressing;
  /** Text received since the last frame. */
  #fresh: string;
  #startOver = false;
  #citationsChanged = false;
  #finished = false;
  /** Shown citation numbers by source id. */
  #numbers = new Map<number, number>();

  /** `more` is called when there is work although the state has not changed. */
  constructor(store: Store, more: () => void) {
    this.#store = store;
    this.node.dir = "auto";
    this.#fresh = store.state.text;
    this.#renumbered();
    this.#dressing = new Dressing(store, more);
    const cite = (id: number) => {
      const { sources, citations } = store.state;
      const cited = citations.find((each) => each.id === id);
      const source = cited && sources.find((each) => each.id === id);
      return source ? citation(cited.number, source) : null;
    };
    this.#renderer = new Renderer(this.node, cite, this.#dressing);
  }

  take({ added, fields }: Change): void {
    if (fields.has("citations") || fields.has("sources")) this.#citationsChanged = true;
    // This includes a change from one end to another, if the retry in between had no frame of its
    // own.
    if (fields.has("status")) this.#finished = false;
    const renumbered = fields.has("citations") && this.#renumbered();
    if (added === null || renumbered) {
      this.#startOver = true;
      this.#fresh = this.#store.state.text;
    } else {
      this.#fresh += added;
    }
  }

  /**
   * Tells whether citations have new numbers: a late source may shift numbers that are already
   * shown.
   */
  #renumbered(): boolean {
    const before = this.#numbers;
    this.#numbers = new Map(this.#store.state.citations.map(({ id, number }) => [id, number]));
    return [...before].some(([id, number]) => this.#numbers.get(id) !== number);
  }

  /** Shows new text. Returns whether work is left when the time of the frame is over. */
  update(): boolean {
    if (this.#startOver) {
      this.#renderer.clear();
      this.#json = new JsonAsCode();
      this.#dressing.clear();
      this.#finished = false;
    }
    if (this.#citationsChanged) this.#renderer.resolve();
    // A marker in the open block may have found its source even without new text.
    let due = this.#fresh !== "" || this.#citationsChanged;
    this.#startOver = false;
    this.#citationsChanged = false;
    while (due || this.#step()) {
      if (due) this.#renderer.append(this.#shown());
      due = false;
      if (isOver(this.node)) return true;
    }
    return false;
  }

  /** Does one step of the remaining work. Returns whether there was any. */
  #step(): boolean {
    if (this.#fresh) this.#renderer.append(this.#shown());
    else if (this.#renderer.owes) this.#renderer.pay();
    else if (isFinal(this.#store.state.status) && !this.#finished) {
      this.#renderer.end();
      this.#finished = true;
    } else if (this.#dressing.owes) this.#dressing.pay();
    else return false;
    return true;
  }

  /** Returns the next characters as Markdown. */
  #shown(): string {
    const slice = this.#slice();
    return this.#store.state.structured ? this.#json.feed(slice) : slice;
  }

  /**
   * Returns the next characters: at most `SLICE`, and at most four lines, because a short line may
   * be a wide table row. It does not split a surrogate pair.
   */
  #slice(): string {
    const lines = /^(?:.*\n){4}/.exec(this.#fresh.slice(0, SLICE))?.[0].length ?? SLICE;
    const last = this.#fresh.charCodeAt(lines - 1);
    const length = last >= 0xd800 && last < 0xdc00 ? lines + 1 : lines;
    const slice = this.#fresh.slice(0, length);
    this.#fresh = this.#fresh.slice(length);
    return slice;
  }
}
