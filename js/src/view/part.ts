import type { Field } from "../store";

/** One part of the view: a node, and the fields that it shows. */
export interface Part {
  node: HTMLElement;
  /** The part is updated only when one of these has changed. */
  needs: readonly Field[];
  update(): void;
  /** Called when text is shown, for changes that need no frame of their own. */
  frame?(): void;
}
