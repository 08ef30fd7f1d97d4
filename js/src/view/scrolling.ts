/**
 * Makes wide code, tables and formulas focusable, so that they can be scrolled by keyboard. They
 * are searched for at the end of the answer and when its width changes, not while text streams in.
 */
const SCROLLING = ".pplx-text :is(pre, .pplx-table, .pplx-math-block)";

export function scrolling(root: HTMLElement, signal: AbortSignal): () => void {
  const focusable = new Set<HTMLElement>();
  let width = 0;

  const plain = (node: HTMLElement) => {
    node.removeAttribute("tabindex");
    focusable.delete(node);
  };

  const look = () => {
    for (const node of root.querySelectorAll<HTMLElement>(SCROLLING)) {
      const scrolls = node.scrollWidth > node.clientWidth;
      if (!scrolls && focusable.has(node)) plain(node);
      if (!scrolls || node.hasAttribute("tabindex")) continue;
      node.tabIndex = 0;
      focusable.add(node);
    }
  };

  const observer = new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    look();
  });
  observer.observe(root);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    for (const node of [...focusable]) plain(node);
  });
  return look;
}
