/**
 * Hears when the kernel behind a model is gone for good. A lost connection is another thing: the
 * status is `unknown` until it is back. Then the kernel is asked whether it knows the model, since a
 * restart meanwhile is told to nobody; if it does, the answer goes on.
 */
import type { Model } from "../host";

/** What JupyterLab calls a kernel that has forgotten all, or is about to. */
const LOST = new Set(["restarting", "autorestarting", "terminating", "dead"]);

type Slot<T> = (sender: unknown, value: T) => void;

interface Signal<T> {
  connect(slot: Slot<T>): void;
  disconnect(slot: Slot<T>): void;
}

interface Kernel {
  id?: string;
  requestCommInfo(content: object): Promise<{ content: { comms?: object } }>;
}

/** Of a notebook its session, of a console the kernel itself. */
interface Source {
  statusChanged?: Signal<string>;
  connectionStatusChanged?: Signal<string>;
  kernelChanged?: Signal<{ oldValue?: Kernel | null; newValue?: Kernel | null }>;
}

/** Calls `gone` at most once, and not after `signal`. */
export function onceGone(model: Model, gone: () => void, signal: AbortSignal): void {
  const done = new AbortController();
  const end = () => {
    if (done.signal.aborted) return;
    done.abort();
    if (!signal.aborted) gone();
  };
  signal.addEventListener("abort", () => done.abort());

  // The widget manager's own word: it knows of restarts, and of nothing else.
  model.on("comm_live_update", end);
  done.signal.addEventListener("abort", () => model.off("comm_live_update", end));

  const { context, kernel } = (model.widget_manager ?? {}) as {
    context?: { sessionContext?: Source };
    kernel?: Source;
  };
  const source = context?.sessionContext ?? kernel;
  listen(source?.statusChanged, (_, status) => LOST.has(status) && end(), done.signal);
  listen(
    source?.kernelChanged,
    (_, { oldValue, newValue }) => oldValue && oldValue.id !== newValue?.id && end(),
    done.signal,
  );
  const ask = async () => {
    const comms = await commsOf((model.widget_manager as { kernel?: Kernel }).kernel);
    if (comms && !(String(model.get("widget_id")) in comms)) end();
  };
  listen(
    source?.connectionStatusChanged,
    (_, status) => status === "connected" && ask(),
    done.signal,
  );
}

/** Asked once for all the models of a kernel. */
const asked = new WeakMap<Kernel, Promise<object | undefined>>();

/** By their ids, which are those of the models; undefined where it cannot be said. */
function commsOf(kernel: Kernel | undefined): Promise<object | undefined> {
  if (typeof kernel?.requestCommInfo !== "function") return Promise.resolve(undefined);
  let answer = asked.get(kernel);
  if (!answer) {
    answer = kernel.requestCommInfo({ target_name: "jupyter.widget" }).then(
      ({ content }) => content.comms,
      () => undefined,
    );
    asked.set(kernel, answer);
    answer.then(() => asked.delete(kernel));
  }
  return answer;
}

function listen<T>(
  from: Signal<T> | undefined,
  hear: (sender: unknown, value: T) => unknown,
  signal: AbortSignal,
): void {
  // Not promised to us: a host without it tells less.
  if (typeof from?.connect !== "function") return;
  const slot: Slot<T> = (sender, value) => {
    hear(sender, value);
  };
  from.connect(slot);
  signal.addEventListener("abort", () => from.disconnect(slot));
}
