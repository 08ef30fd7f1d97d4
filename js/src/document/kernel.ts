/**
 * Detects that the kernel behind a model is gone for good. A lost connection is different: the
 * status is `unknown` until the connection is back. The kernel may have restarted in the meantime,
 * so it is then asked whether it knows the model. If it does, the answer continues.
 */
import type { Model } from "../host";

/** JupyterLab's statuses of a kernel that has lost its state, or is about to. */
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

/** A notebook's session context, or a console's kernel. */
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

  // The widget manager's own event, which it sends only after a restart.
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

/** One request per kernel, shared by all its models. */
const asked = new WeakMap<Kernel, Promise<object | undefined>>();

/** Returns the kernel's comms by id, which is also the model id; undefined if they are unknown. */
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
  // Not a public API: a host without it gives us fewer events.
  if (typeof from?.connect !== "function") return;
  const slot: Slot<T> = (sender, value) => {
    hear(sender, value);
  };
  from.connect(slot);
  signal.addEventListener("abort", () => from.disconnect(slot));
}
