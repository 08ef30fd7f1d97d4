import type { Settled } from "../protocol";
import type { Store } from "../store";

const PATIENCE_MS = 1000;

/**
 * Returns the finished output, from the store or from the kernel; null if the kernel does not
 * answer.
 */
export function finished(store: Store, signal: AbortSignal): Promise<Settled | null> {
  const known = store.finished;
  if (known && known.key === store.state.settled) return Promise.resolve(known);
  if (store.gone) return Promise.resolve(null);
  return new Promise((resolve) => {
    const done = new AbortController();
    const end = (output: Settled | null) => {
      done.abort();
      clearTimeout(timer);
      resolve(output);
    };
    const timer = setTimeout(end, PATIENCE_MS, null);
    signal.addEventListener("abort", () => end(null), { signal: done.signal });
    store.subscribe(({ fields }) => {
      if (fields.has("finished")) end(store.finished);
    }, done.signal);
    store.settle();
  });
}
