/**
 * Puts top-level blocks into groups. The browser need not lay out again what is in a finished one, and
 * can leave it unpainted off-screen: a long answer costs a group, not the whole.
 */
import { BLOCKS_PER_GROUP } from "../tables";
import { make } from "./dom";

export class Groups {
  readonly #root: HTMLElement;
  #group: HTMLElement | null = null;
  #count = 0;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.replaceChildren();
  }

  place(block: HTMLElement): void {
    if (!this.#group || this.#count >= BLOCKS_PER_GROUP) this.#group = this.#next();
    this.#group.append(block);
    this.#count += 1;
  }

  /** A long block goes on in a group of its own. */
  placeNext(block: HTMLElement): void {
    this.#count = BLOCKS_PER_GROUP;
    this.place(block);
  }

  #next(): HTMLElement {
    // Off-screen from now on perhaps: so that nothing jumps, its height is what it was.
    const height = this.#group?.offsetHeight;
    if (this.#group && height) this.#group.style.containIntrinsicSize = `auto ${height}px`;
    const group = make("div", "pplx-group");
    // Before the notes.
    this.#root.insertBefore(group, this.#group ? this.#group.nextSibling : this.#root.firstChild);
    this.#count = 0;
    return group;
  }
}
