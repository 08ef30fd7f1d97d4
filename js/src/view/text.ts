import { JsonAsCode } from "../markdown/json";
import { Renderer } from "../markdown/renderer";
import { type Change, isFinal, type Store } from "../store";
import { citation } from "./citation";
import { Dressing } from "./dressing";
import { element } from "./element";

/** How long one frame may be busy with text, in ms; what is left is for the next one. */
const FRAME_BUDGET_MS = 8;
/** Characters read between two looks at the clock. */
const SLICE = 256;

/** The answer's text. Unlike the other parts it takes what is new, not what there is. */
export class TextPart {
  readonly node = element("div", "pplx-text");
  readonly #store: Store;
  readonly #renderer: Renderer;
  #json = new JsonAsCode();
  readonly #dressing: Dressing;
  /** What has come since the last frame. */
  #fresh: string;
  #startOver = false;
  #citationsChanged = false;
  #finished = false;
  /** By id, as they are shown. */
  #numbers = new Map<number, number>();

  /** `more` is called when there is something to show though nothing has changed. */
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

  /** Shows what is new, and returns whether there is more than `budget` ms have time for. */
  update(budget = FRAME_BUDGET_MS): boolean {
    if (this.#startOver) {
      this.#renderer.clear();
      this.#json = new JsonAsCode();
      this.#dressing.clear();
      this.#finished = false;
    }
    if (this.#citationsChanged) this.#renderer.resolve();
    // A marker in the open block may have found its source, though no text has come.
    let due = this.#fresh !== "" || this.#citationsChanged;
    this.#startOver = false;
    this.#citationsChanged = false;
    const end = performance.now() + budget;
    while (due || this.#step()) {
      if (due) this.#renderer.append(this.#shown());
      due = false;
      if (performance.now() >= end) return true;
    }
    return false;
  }

  /** Does a little of what there is to do, if there is anything. */
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

  /** The next characters, as Markdown. */
  #shown(): string {
    const slice = this.#slice();
    return this.#store.state.structured ? this.#json.feed(slice) : slice;
  }

  /** The next characters, none of them a half, in a few lines: a short one may be a wide row. */
  #slice(): string {
    const lines = /^(?:.*\n){4}/.exec(this.#fresh.slice(0, SLICE))?.[0].length ?? SLICE;
    const last = this.#fresh.charCodeAt(lines - 1);
    const length = last >= 0xd800 && last < 0xdc00 ? lines + 1 : lines;
    const slice = this.#fresh.slice(0, length);
    this.#fresh = this.#fresh.slice(length);
    return slice;
  }
}
