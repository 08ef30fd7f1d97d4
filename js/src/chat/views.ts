/** The live view of an answer, which the widget manager creates from the answer's own model. */
import { foundModel } from "../document/models";
import type { Manager, Shown } from "../host";
import { element } from "../view/element";

/** Shows an answer in a new element, until `signal`. */
export function liveView(manager: Manager, id: string, signal: AbortSignal): HTMLElement {
  const host = element("div", "pplx-chat-live");
  let view: Shown | undefined;
  const show = async () => {
    const model = await foundModel(manager, id);
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
