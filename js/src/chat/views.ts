/** The live view of an answer, which the widget manager creates from the answer's own model. */
import type { Manager, Shown } from "../host";
import { element } from "../view/element";

/** The model is registered a moment after its id arrives. */
const RETRY_MS = [20, 50, 100, 200, 400, 800, 1600];

/** Shows an answer in a new element, until `signal`. */
export function liveView(manager: Manager, id: string, signal: AbortSignal): HTMLElement {
  const host = element("div", "pplx-chat-live");
  let view: Shown | undefined;
  const show = async () => {
    const model = await found(manager, id);
    if (!model || signal.aborted) return;
    view = await manager.create_view?.(model);
    if (!view) return;
    if (signal.aborted) view.remove();
    else host.append(view.el);
  };
  show();
  signal.addEventListener("abort", () => {
    view?.remove();
    host.remove();
  });
  return host;
}

async function found(manager: Manager, id: string) {
  for (const delay of RETRY_MS) {
    try {
      return await manager.get_model(id);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return null;
}
