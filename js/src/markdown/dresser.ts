/** What is made plain and may be made beautiful: at leisure, by somebody who has the means. */
import type { Listing } from "./listing";

export interface Dresser {
  /** Code has begun; it says itself when it is over. */
  code(listing: Listing): void;
  /** A formula is there, as it was written. */
  formula(node: HTMLElement): void;
}
