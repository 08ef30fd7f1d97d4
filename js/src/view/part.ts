import type { Field } from "../store";

/** One part of the view: a node, and what it is made of. */
export interface Part {
  node: HTMLElement;
  /** The part is updated only when one of these has changed. */
  needs: readonly Field[];
  update(): void;
}
