/** Puts a box over everything else, beside what it belongs to; it leaves no trace in the text. */

const GAP = 6;

/**
 * Under `anchor`, or above it where there is no room; never beyond the sides of `root`, which has it as a
 * child. `width`: in pixels at most; as wide as its content where it is not given.
 */
export function float(box: HTMLElement, anchor: Element, root: HTMLElement, widest?: number): void {
  // Over everything: an output area that scrolls would cut it off.
  if (box.showPopover) {
    box.popover = "manual";
    box.showPopover();
  }
  const page = root.ownerDocument.documentElement;
  const around = root.getBoundingClientRect();
  const left = Math.max(around.left, 0);
  const right = Math.min(around.right, page.clientWidth);
  if (widest) box.style.width = `${Math.min(widest, right - left)}px`;
  const at = anchor.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const below = at.bottom + GAP;
  const fits = below + height <= page.clientHeight || at.top - GAP - height < 0;
  const x = Math.max(left, Math.min(at.left, right - width));
  const y = fits ? below : at.top - GAP - height;
  const fixed = box.matches(":popover-open");
  box.style.left = `${fixed ? x : x - around.left}px`;
  box.style.top = `${fixed ? y : y - around.top}px`;
}
