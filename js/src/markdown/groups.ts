/**
 * Puts top-level blocks into groups. The browser need not lay out finished groups again, and can
 * skip painting them off-screen. So an update of a long answer costs one group, not the whole.
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

  /** Continues a long block in a new group. */
  placeNext(block: HTMLElement): void {
    this.#count = BLOCKS_PER_GROUP;
    this.place(block);
  }

  #next(): HTMLElement {
    // The group may be off-screen from now on. Note its height, so that nothing jumps.
    const height = this.#group?.offsetHeight;
    if (this.#group && height) this.#group.style.containIntrinsicSize = `auto ${height}px`;
    const group = make("div", "pplx-group");
    // Before the footnotes.
    this.#root.insertBefore(group, this.#group ? this.#group.nextSibling : this.#root.firstChild);
    this.#count = 0;
    return group;
  }
}
