/** Shows a growing text: closed blocks once and for good, the open one anew with every frame. */
import { Blocks } from "./blocks";
import { patch } from "./dom";
import { type Definitions, parse } from "./markdown";
import { presentable } from "./tail";
import { type Cite, type Item, toTree } from "./tree";

/** The browser can leave a finished group off-screen unpainted: layout costs a group, not the text. */
const BLOCKS_PER_GROUP = 64;

/** A closed block with markers that lead nowhere yet. */
interface Waiting {
  block: string;
  group: HTMLElement;
  at: number;
  ids: Set<number>;
}

interface Shown {
  items: Item[];
  missing: Set<number>;
}

export class Renderer {
  readonly #root: HTMLElement;
  readonly #cite: Cite;
  #blocks = new Blocks();
  #definitions: Definitions = Object.create(null);
  #waiting: Waiting[] = [];
  #group: HTMLElement;
  /** Of the current group: its closed blocks, and the nodes that show them. */
  #inGroup = 0;
  #settled = 0;

  constructor(root: HTMLElement, cite: Cite) {
    this.#root = root;
    this.#cite = cite;
    this.#group = this.#openGroup();
  }

  append(text: string): void {
    for (const block of this.#blocks.append(text)) this.#settle(block);
    // Definitions in a block that is still open may be half typed: they are forgotten again.
    const definitions: Definitions = Object.create(this.#definitions);
    this.#show(this.#read(presentable(this.#blocks.tail), definitions).items);
  }

  /** No more text will come: the open block is shown as it is. */
  finish(): void {
    const rest = this.#blocks.tail;
    this.#blocks = new Blocks();
    this.#settle(rest);
    this.#show([]);
  }

  clear(): void {
    this.#blocks = new Blocks();
    this.#definitions = Object.create(null);
    this.#waiting = [];
    this.#root.replaceChildren();
    this.#group = this.#openGroup();
  }

  /** Markers whose citation has come after their block was closed. */
  resolve(): void {
    this.#waiting = this.#waiting.filter((waiting) => {
      if (![...waiting.ids].some((id) => this.#cite(id))) return true;
      const { items, missing } = this.#read(waiting.block, this.#definitions);
      patch(waiting.group, items, waiting.at, waiting.at + items.length);
      waiting.ids = missing;
      return missing.size > 0;
    });
  }

  #read(block: string, definitions: Definitions): Shown {
    const missing = new Set<number>();
    const items = toTree(parse(block, definitions), (id) => {
      const item = this.#cite(id);
      if (!item) missing.add(id);
      return item;
    });
    return { items, missing };
  }

  #show(items: Item[]): void {
    patch(this.#group, items, this.#settled);
  }

  #settle(block: string): void {
    const { items, missing } = this.#read(block, this.#definitions);
    this.#show(items);
    if (missing.size > 0) {
      this.#waiting.push({ block, group: this.#group, at: this.#settled, ids: missing });
    }
    this.#settled += items.length;
    this.#inGroup += 1;
    if (this.#inGroup < BLOCKS_PER_GROUP) return;
    this.#group.classList.add("pplx-group-done");
    this.#group = this.#openGroup();
  }

  #openGroup(): HTMLElement {
    const group = document.createElement("div");
    group.className = "pplx-group";
    this.#root.append(group);
    this.#inGroup = 0;
    this.#settled = 0;
    return group;
  }
}
