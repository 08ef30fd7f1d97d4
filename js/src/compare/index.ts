/**
 * Answers to one question in columns, with a table of their metrics. A separate bundle, sent with each
 * comparison. The widget manager creates the views of the answers, whose code the main bundle has.
 */

import { foundModel } from "../document/models";
import type { Manager, RenderProps } from "../host";
import { adopt } from "../style/adopt";
import { element, setText } from "../view/element";
import { keepKeys } from "../view/keys";
import { say } from "../words";
import css from "./compare.css";
import { cells, isOver, names } from "./metrics";

function render({ model, el }: RenderProps): () => void {
  const done = new AbortController();
  const list = (name: string) => [model.get(name) ?? []].flat() as unknown[];
  const question = String(model.get("question"));
  const ways = list("ways").map(String);
  const table = metricsTable(ways);
  const columns = ways.map((name) => column(name));
  const stop = element("button", "", say("compare.stop"));
  stop.type = "button";
  stop.addEventListener("click", () => model.send({ type: "stop" }));
  const root = element(
    "div",
    "pplx-compare",
    element("h2", "pplx-compare-question", question),
    scroller("pplx-compare-table", say("compare.metrics"), table.node),
    stop,
    scroller("pplx-compare-columns", say("compare.columns"), ...columns),
  );
  root.role = "group";
  root.ariaLabel = say("compare.label", { question });
  el.append(root);
  adopt(root, [css]);
  keepKeys(root, done.signal);

  const update = () => {
    const metrics = list("metrics");
    table.update(metrics);
    stop.hidden = ways.every((_, i) => isOver(metrics[i]));
  };
  model.on("change:metrics", update);
  done.signal.addEventListener("abort", () => model.off("change:metrics", update));
  update();
  const ids = list("answers").map(String);
  columns.forEach((place, i) => {
    show(model.widget_manager, ids[i], place, done.signal);
  });
  return () => {
    done.abort();
    root.remove();
  };
}

/** Shows an answer in a column until `signal`. */
async function show(
  manager: Manager | undefined,
  id: string | undefined,
  place: HTMLElement,
  signal: AbortSignal,
): Promise<void> {
  const answer = manager?.create_view && id ? await foundModel(manager, id) : null;
  const view = answer && !signal.aborted ? await manager?.create_view?.(answer) : null;
  if (!view) {
    if (!signal.aborted) place.append(element("p", "", say("compare.elsewhere")));
    return;
  }
  place.append(view.el);
  const remove = () => view.remove();
  if (signal.aborted) remove();
  else signal.addEventListener("abort", remove);
}

function column(name: string): HTMLElement {
  const node = element("section", "pplx-compare-column", element("h3", "pplx-compare-name", name));
  node.ariaLabel = name;
  return node;
}

/** A box that is scrolled sideways, also with the keyboard. */
function scroller(className: string, label: string, ...children: Node[]): HTMLElement {
  const node = element("div", className, ...children);
  node.role = "region";
  node.ariaLabel = label;
  node.tabIndex = 0;
  return node;
}

function metricsTable(ways: readonly string[]) {
  const heading = (name: string, scope: string) => {
    const cell = element("th", "", name);
    cell.scope = scope;
    return cell;
  };
  const rows = names().map(() => ways.map(() => element("td", "")));
  const head = element("tr", "", element("td", ""), ...ways.map((name) => heading(name, "col")));
  const body = names().map((name, i) =>
    element("tr", "", heading(name, "row"), ...(rows[i] ?? [])),
  );
  const node = element("table", "", element("thead", "", head), element("tbody", "", ...body));
  return {
    node,
    update(metrics: readonly unknown[]) {
      ways.forEach((_, at) => {
        cells(metrics[at]).forEach((text, i) => {
          const cell = rows[i]?.[at];
          if (cell) setText(cell, text);
        });
      });
    },
  };
}

export default { render };
