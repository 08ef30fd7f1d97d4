/** Shows a growing text: closed blocks once and for good, the open one anew with every frame. */
import { Blocks } from "./blocks";
import { patch } from "./dom";
import { type Definitions, parse } from "./markdown";
import { watch } from "./references";
import { presentable } from "./tail";
import { type Cite, type Item, toTree } from "./tree";

/** The browser can leave a finished group off-screen unpainted: layout costs a group, not the text. */
const BLOCKS_PER_GROUP = 64;
/** However many definitions come one by one, a block is read for them so often, and at the end. */
const READINGS = 8;

/** A closed block that will read otherwise when more is known. */
interface Waiting {
  readonly block: string;
  readonly group: HTMLElement;
  readonly at: number;
  /** Of markers that lead nowhere yet. */
  ids: Set<number>;
  /** Of links that are not defined yet. */
  labels: Set<string>;
  readings: number;
}

interface Shown {
  items: Item[];
  ids: Set<number>;
  labels: Set<string>;
}

export class Renderer {
  readonly #root: HTMLElement;
  readonly #cite: Cite;
  #blocks = new Blocks();
  #definitions: Definitions = Object.create(null);
  #waiting = new Set<Waiting>();
  #waitingFor = new Map<string, Set<Waiting>>();
  /** Blocks whose label has been defined meanwhile. */
  #due = new Set<Waiting>();
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
    for (const waiting of [...this.#due]) if (waiting.readings < READINGS) this.#readAgain(waiting);
    // Definitions in a block that is still open may be half typed: they are forgotten again.
    const definitions: Definitions = Object.create(this.#definitions);
    this.#show(this.#read(presentable(this.#blocks.tail), definitions).items);
  }

  /** No more text will come: the open block is shown as it is. */
  finish(): void {
    const rest = this.#blocks.tail;
    this.#blocks = new Blocks();
    this.#settle(rest);
    for (const waiting of [...this.#due]) this.#readAgain(waiting);
    this.#show([]);
  }

  clear(): void {
    this.#blocks = new Blocks();
    this.#definitions = Object.create(null);
    this.#waiting.clear();
    this.#waitingFor.clear();
    this.#due.clear();
    this.#root.replaceChildren();
    this.#group = this.#openGroup();
  }

  /** Markers whose citation has come after their block was closed. */
  resolve(): void {
    for (const waiting of [...this.#waiting]) {
      if ([...waiting.ids].some((id) => this.#cite(id))) this.#readAgain(waiting);
    }
  }

  #read(block: string, known: Definitions): Shown {
    const { definitions, missed, added } = watch(known);
    const ids = new Set<number>();
    const items = toTree(parse(block, definitions), (id) => {
      const item = this.#cite(id);
      if (!item) ids.add(id);
      return item;
    });
    if (known === this.#definitions) this.#defined(added);
    return { items, ids, labels: missed };
  }

  #defined(labels: Iterable<string>): void {
    for (const label of labels) {
      for (const waiting of this.#waitingFor.get(label) ?? []) this.#due.add(waiting);
      this.#waitingFor.delete(label);
    }
  }

  #show(items: Item[]): void {
    patch(this.#group, items, this.#settled);
  }

  #settle(block: string): void {
    const { items, ids, labels } = this.#read(block, this.#definitions);
    this.#show(items);
    this.#await({ block, group: this.#group, at: this.#settled, ids, labels, readings: 0 });
    this.#settled += items.length;
    this.#inGroup += 1;
    if (this.#inGroup < BLOCKS_PER_GROUP) return;
    this.#group.classList.add("pplx-group-done");
    this.#group = this.#openGroup();
  }

  #await(waiting: Waiting): void {
    if (waiting.ids.size > 0) this.#waiting.add(waiting);
    for (const label of waiting.labels) {
      const others = this.#waitingFor.get(label);
      if (others) others.add(waiting);
      else this.#waitingFor.set(label, new Set([waiting]));
    }
  }

  #readAgain(waiting: Waiting): void {
    this.#due.delete(waiting);
    this.#waiting.delete(waiting);
    const { items, ids, labels } = this.#read(waiting.block, this.#definitions);
    // What a definition changes is within its paragraph: as many nodes as before.
    patch(waiting.group, items, waiting.at, waiting.at + items.length);
    Object.assign(waiting, { ids, labels, readings: waiting.readings + 1 });
    this.#await(waiting);
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
