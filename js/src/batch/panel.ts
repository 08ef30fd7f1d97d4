/** The answer of the open row, below the table: an ordinary view that the widget manager creates. */

import { foundModel } from "../document/models";
import type { Manager, Shown } from "../host";
import { button } from "../view/buttons";
import { element, setText } from "../view/element";
import { say } from "../words";
import { whole } from "./numbers";
import type { Opened } from "./protocol";
import { BUSY_MS, type Store } from "./store";

export class Panel {
  readonly node: HTMLElement;
  readonly #store: Store;
  readonly #title: HTMLElement;
  readonly #told: HTMLElement;
  readonly #body: HTMLElement;
  #row: number | null = null;
  #view: Shown | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;

  /** `close` is called when the user wants the panel to go. */
  constructor(store: Store, close: () => void, signal: AbortSignal) {
    this.#store = store;
    this.#title = element("b", "");
    this.#told = element("div", "pplx-b-note");
    this.#told.role = "status";
    this.#body = element("div", "pplx-b-answer");
    const shut = button(say("batch.close"), close, signal);
    this.node = element(
      "section",
      "pplx-b-panel",
      element("div", "pplx-b-line", this.#title, shut),
      this.#told,
      this.#body,
    );
    this.node.hidden = true;
    this.node.tabIndex = -1;
    this.node.addEventListener(
      "keydown",
      (event) => {
        // Something in the answer may have closed instead, such as a card.
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      },
      { signal },
    );
    signal.addEventListener("abort", () => this.close());
  }

  open(row: number): void {
    this.close();
    this.#row = row;
    const name = say("batch.row", { n: whole(row + 1) });
    setText(this.#title, name);
    this.node.ariaLabel = name;
    this.node.hidden = false;
    if (!this.#manager) {
      const code = String(this.#store.model.get("name")).replace("{n}", String(row));
      this.#tell(say("batch.elsewhere", { code }));
      return;
    }
    this.#tell(say("batch.opening"));
    this.#late = setTimeout(() => this.#tell(say("batch.busy")), BUSY_MS);
    this.#store.open(row);
  }

  close(): void {
    clearTimeout(this.#late);
    this.#view?.remove();
    this.#view = undefined;
    this.#body.replaceChildren();
    this.node.hidden = true;
    if (this.#row !== null && this.#manager) this.#store.close(this.#row);
    this.#row = null;
  }

  async opened(message: Opened): Promise<void> {
    if (message.row !== this.#row) return;
    clearTimeout(this.#late);
    if (message.type === "refused") {
      this.#tell(say("batch.refused", { why: message.why }));
      return;
    }
    const manager = this.#manager;
    const model = manager && (await foundModel(manager, message.model));
    const view =
      model && message.row === this.#row ? await manager.create_view?.(model) : undefined;
    if (!view) return;
    if (message.row !== this.#row || this.#view) {
      view.remove();
      return;
    }
    this.#view = view;
    this.#tell("");
    this.#body.replaceChildren(view.el);
  }

  get #manager(): Manager | undefined {
    const manager = this.#store.model.widget_manager;
    return manager?.create_view ? manager : undefined;
  }

  #tell(text: string): void {
    setText(this.#told, text);
    this.#told.hidden = text === "";
  }
}
