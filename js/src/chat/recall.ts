/** Up and Down in an empty box recall earlier questions. */

/**
 * Returns the function for the keys of a box. `earlier` returns the questions, oldest first; `show`
 * puts one into the box.
 */
export function recall(
  box: HTMLTextAreaElement,
  earlier: () => readonly string[],
  show: (question: string) => void,
): (key: string) => boolean {
  /** The place of the question in the box; null while the user writes. */
  let at: number | null = null;
  return (key) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const all = earlier();
    if (at !== null && box.value !== all[at]) at = null;
    if (!step || (at === null && (box.value !== "" || step > 0))) return false;
    const to = (at ?? all.length) + step;
    if (to < 0) return false;
    at = to < all.length ? to : null;
    show(all[to] ?? "");
    return true;
  };
}
