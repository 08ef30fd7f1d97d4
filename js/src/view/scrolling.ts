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
    const found = [...root.querySelectorAll<HTMLElement>(SCROLLING)];
    // All are read before one is changed, so that the page is laid out once.
    const wide = found.map((node) => node.scrollWidth > node.clientWidth);
    for (const [i, node] of found.entries()) {
      const scrolls = wide[i];
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
  // An observer is called after the next layout, when reading widths costs nothing.
  return () => {
    width = 0;
    observer.unobserve(root);
    observer.observe(root);
  };
}
