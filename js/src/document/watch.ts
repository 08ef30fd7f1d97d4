/**
 * Finds the settled answers in the page, and notices when one is added, removed or put back. There
 * is one observer per page, and it ignores changes inside an answer, so it costs little while text
 * streams in.
 */

export interface Watcher {
  /** The keys of the HTML to find. */
  readonly keys: readonly string[];
  /** Called for each matching node, and again if the node is put back. */
  found(node: HTMLElement): void;
  /** Called after nodes were removed from the page. One of ours may be among them. */
  lost(): void;
}

/** Documents, and placeholders that a host shows in place of a live view. */
const SETTLED = ["pplx-settled", "pplx-arriving", "pplx-chat"];

const watchers = new Set<Watcher>();
let observer: MutationObserver | null = null;

export function watch(watcher: Watcher, signal: AbortSignal): void {
  watchers.add(watcher);
  if (!observer) {
    observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true });
  }
  signal.addEventListener("abort", () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    observer?.disconnect();
    observer = null;
  });
  seek(watcher);
}

/** Reports the nodes that are already in the page. */
export function seek(watcher: Watcher): void {
  for (const key of watcher.keys) {
    for (const node of [...document.getElementsByClassName(keyClass(key))]) tell(node);
  }
}

export function keyClass(key: string): string {
  return `pplx-k-${key}`;
}

/** Tells whether the page shows the HTML with this key. */
export function isThere(key: string): boolean {
  return document.getElementsByClassName(keyClass(key)).length > 0;
}

/** Tells whether a node is the HTML with this key. */
export function has(node: Element, key: string): boolean {
  return key !== "" && node.classList.contains(keyClass(key));
}

function look(records: readonly MutationRecord[]): void {
  const added: Element[] = [];
  let lost = false;
  for (const { target, addedNodes, removedNodes } of records) {
    if ((target as Element).closest?.(".pplx")) continue;
    lost ||= removedNodes.length > 0;
    for (const node of addedNodes) if (node instanceof Element) added.push(node);
  }
  // After all records: a node that was only moved is not lost.
  if (lost) for (const watcher of [...watchers]) watcher.lost();
  for (const node of added) {
    if (!node.isConnected) continue;
    tell(node);
    for (const name of SETTLED)
      for (const inner of [...node.getElementsByClassName(name)]) tell(inner);
  }
}

function tell(node: Element): void {
  if (!(node instanceof HTMLElement) || !SETTLED.some((name) => node.classList.contains(name)))
    return;
  for (const watcher of [...watchers]) {
    if (watcher.keys.some((key) => has(node, key))) watcher.found(node);
  }
}
