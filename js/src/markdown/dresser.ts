/** Colours code and typesets formulas later, after they were shown plain. */
import type { Listing } from "./listing";

export interface Dresser {
  /** Called when code begins. `closed` of the listing tells when it is complete. */
  code(listing: Listing): void;
  /** Called when a formula is shown as source. */
  formula(node: HTMLElement): void;
}
