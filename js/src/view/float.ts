/** Shows a box over everything else, next to its anchor. It does not affect the text. */

const GAP = 6;

/**
 * Shows the box below `anchor`, or above it if there is no room, within the sides of `root`, its
 * parent. `widest` is its greatest width in pixels; without it, the box is as wide as its content.
 */
export function float(box: HTMLElement, anchor: Element, root: HTMLElement, widest?: number): void {
  // A popover, because a scrolling output area would cut off anything else.
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
  // A card begins with its citation, a menu ends with its button.
  const x = Math.max(left, Math.min(widest ? at.left : at.right - width, right - width));
  const y = fits ? below : at.top - GAP - height;
  const fixed = box.matches(":popover-open");
  box.style.left = `${fixed ? x : x - around.left}px`;
  box.style.top = `${fixed ? y : y - around.top}px`;
}
