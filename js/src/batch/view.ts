/** The live table in one place of the page. */

import { schedule } from "../frame";
import type { Model } from "../host";
import { adopt } from "../style/adopt";
import { element } from "../view/element";
import { keepKeys } from "../view/keys";
import { say } from "../words";
import css from "./batch.css";
import documentCss from "./document.css";
import { Grid, type Place } from "./grid";
import { header } from "./header";
import { whole } from "./numbers";
import { Panel } from "./panel";
import type { Query } from "./protocol";
import { Store } from "./store";

/** What the user did in a table; kept while the document replaces the live table. */
export interface Memory {
  query: Query;
  place: Place;
  /** Whether the table had the focus when it was removed. */
  focused: boolean;
}

export interface View {
  readonly node: HTMLElement;
  /** Says that the kernel is gone. */
  lose(): void;
  readonly over: boolean;
}

/** Shows the table in `host` until `signal`; `changed` is called after each message of the kernel. */
export function mount(
  model: Model,
  memory: Memory,
  host: HTMLElement,
  changed: () => void,
  signal: AbortSignal,
): View {
  const update = () => {
    top.update();
    grid.update();
    changed();
  };
  const draw = () => schedule(update, signal);
  const { place } = memory;
  const toggle = (row: number) => {
    const closes = place.open === row;
    place.open = closes ? null : row;
    if (closes) panel.close();
    else panel.open(row);
    draw();
    if (closes) grid.focus();
    else panel.node.scrollIntoView({ block: "nearest" });
  };
  const store = new Store(model, memory.query, draw, (message) => panel.opened(message), signal);
  const top = header(store, signal);
  const grid = new Grid(store, place, toggle, draw, signal);
  const panel = new Panel(store, () => place.open !== null && toggle(place.open), signal);
  const root = element("div", "pplx-batch pplx-b", ...top.nodes, grid.node, panel.node);
  root.role = "group";
  root.ariaLabel = say("batch.label", { n: whole(Number(model.get("rows"))) });
  keepKeys(root, signal);
  root.addEventListener(
    "focusin",
    () => {
      memory.focused = true;
    },
    { signal },
  );
  root.addEventListener(
    "focusout",
    ({ relatedTarget }) =>
      // The event is also fired for a node that is being removed; it is disconnected a moment later.
      queueMicrotask(() => {
        if (root.isConnected && !root.contains(relatedTarget as Node | null))
          memory.focused = false;
      }),
    { signal },
  );

  host.replaceChildren(root);
  adopt(root, [documentCss, css]);
  top.update();
  grid.restore();
  if (place.open !== null) panel.open(place.open);
  if (memory.focused && document.activeElement === document.body) grid.focus();
  signal.addEventListener("abort", () => root.remove());
  return {
    node: root,
    lose: () => store.lose(),
    get over() {
      return store.over;
    },
  };
}
