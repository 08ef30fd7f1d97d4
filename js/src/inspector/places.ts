/** Finds the pictures that represent a run in the page, and shows a view in their place. */

/** Creates a view that lasts until `signal`. */
type Make = (signal: AbortSignal) => HTMLElement;

interface View {
  root: HTMLElement;
  done: AbortController;
  /** The focused element in it, if any. */
  focused: HTMLElement | null;
}

/** How long a view whose picture was removed is kept for the next picture. */
const HELD_MS = 5000;

export function places(className: string, make: Make, signal: AbortSignal): void {
  const shown = new Map<HTMLElement, View>();
  const held: View[] = [];

  const found = (node: Element) => {
    if (!(node instanceof HTMLElement) || shown.has(node)) return;
    const view = held.pop() ?? made();
    shown.set(node, view);
    for (const part of node.children) (part as HTMLElement).hidden = true;
    node.append(view.root);
    // Keyboard users keep their position.
    if (document.activeElement === document.body) view.focused?.focus({ preventScroll: true });
  };

  const made = (): View => {
    const done = new AbortController();
    const view: View = { root: make(done.signal), done, focused: null };
    view.root.addEventListener("focusin", ({ target }) => {
      view.focused = target as HTMLElement;
    });
    view.root.addEventListener("focusout", () => {
      if (view.root.isConnected) view.focused = null;
    });
    return view;
  };

  const hold = (view: View) => {
    held.push(view);
    setTimeout(() => {
      const at = held.indexOf(view);
      if (at < 0) return;
      held.splice(at, 1);
      view.done.abort();
    }, HELD_MS);
  };

  const look = (records: readonly MutationRecord[]) => {
    for (const [node, view] of shown) {
      if (node.isConnected) continue;
      shown.delete(node);
      hold(view);
    }
    for (const { addedNodes, target } of records) {
      if ((target as Element).closest?.(".pplx, .pplx-i")) continue;
      for (const node of addedNodes) {
        if (!(node instanceof Element) || !node.isConnected) continue;
        if (node.classList.contains(className)) found(node);
        for (const inner of [...node.getElementsByClassName(className)]) found(inner);
      }
    }
  };

  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
  for (const node of [...document.getElementsByClassName(className)]) found(node);
  signal.addEventListener("abort", () => {
    observer.disconnect();
    for (const [node, { root, done }] of shown) {
      done.abort();
      root.remove();
      for (const part of node.children) (part as HTMLElement).hidden = false;
    }
  });
}
