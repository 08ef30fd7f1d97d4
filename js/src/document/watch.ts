/**
 * Finds the settled answers that stand in the page, and hears when one comes, goes or is put back:
 * one observer a page, however many answers. What happens inside of an answer is none of its business,
 * so it costs next to nothing while text streams in.
 */

export interface Watcher {
  /** The keys of the HTML that is looked for. */
  readonly keys: readonly string[];
  /** Told of each node that shows it, also again when it is put back. */
  found(node: HTMLElement): void;
  /** Nodes were taken out of the page; one of ours may be among them. */
  lost(): void;
}

const SETTLED = "pplx-settled";

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

/** Tells of the nodes that are there already. */
export function seek(watcher: Watcher): void {
  for (const key of watcher.keys) {
    for (const node of [...document.getElementsByClassName(keyClass(key))]) tell(node);
  }
}

export function keyClass(key: string): string {
  return `pplx-k-${key}`;
}

/** Whether a node is the HTML of that key. */
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
  // Only when all is done: a node that was merely moved is not lost.
  if (lost) for (const watcher of [...watchers]) watcher.lost();
  for (const node of added) {
    if (!node.isConnected) continue;
    tell(node);
    for (const inner of [...node.getElementsByClassName(SETTLED)]) tell(inner);
  }
}

function tell(node: Element): void {
  if (!(node instanceof HTMLElement) || !node.classList.contains(SETTLED)) return;
  for (const watcher of [...watchers]) {
    if (watcher.keys.some((key) => has(node, key))) watcher.found(node);
  }
}
