/** The part above the rows: progress, figures, actions, the filter and the search. */

import { button } from "../view/buttons";
import { element, setText } from "../view/element";
import { say, type Word } from "../words";
import { about, whole } from "./numbers";
import { type Action, STATES, type State, type Totals } from "./protocol";
import { STATE_WORDS } from "./row";
import type { Store } from "./store";

const STATUS = {
  running: "batch.running",
  paused: "batch.paused",
  stopped: "batch.stopped",
  complete: "batch.complete",
} as const satisfies Record<Totals["status"], Word>;

const ACTIONS = {
  pause: "batch.pause",
  resume: "batch.resume",
  stop: "button.stop",
  retry: "batch.retry",
} as const satisfies Record<Action, Word>;

/** The user types; the kernel searches all rows. */
const TYPING_MS = 200;

/** Screen readers are told each tenth. */
const TOLD = 10;

export interface Header {
  readonly nodes: HTMLElement[];
  update(): void;
}

export function header(store: Store, signal: AbortSignal): Header {
  const rows = Number(store.model.get("rows"));
  const fill = element("div", "pplx-b-fill");
  const failed = element("div", "pplx-b-fill pplx-b-fill-failed");
  const bar = element("div", "pplx-b-bar", fill, failed);
  bar.role = "progressbar";
  bar.ariaValueMin = "0";
  bar.ariaValueMax = String(rows);
  const status = element("b", "pplx-b-status");
  const figures = element("span", "pplx-b-figures");
  const told = element("div", "pplx-b-told");
  told.role = "status";
  const note = element("div", "pplx-b-note");
  note.role = "status";
  const actions = new Map(
    (Object.keys(ACTIONS) as Action[]).map((action) => [
      action,
      button(say(ACTIONS[action]), () => store.act(action), signal),
    ]),
  );
  const line = element(
    "div",
    "pplx-b-line",
    element("div", "pplx-b-said", status, " ", figures),
    element("div", "pplx-b-actions", ...actions.values()),
  );

  const chips = new Map<State | "", HTMLButtonElement>();
  for (const state of ["", ...STATES] as const) {
    const chip = button("", () => store.seek({ filter: state }), signal);
    chip.classList.add("pplx-b-chip");
    if (state) chip.dataset.state = state;
    chips.set(state, chip);
  }
  const filter = element("div", "pplx-b-chips", ...chips.values());
  filter.role = "group";
  filter.ariaLabel = say("batch.filter");
  const box = element("input", "pplx-b-search");
  box.type = "search";
  box.placeholder = say("batch.search");
  box.ariaLabel = say("batch.search");
  box.value = store.query.search;
  let typed: ReturnType<typeof setTimeout> | undefined;
  box.addEventListener(
    "input",
    () => {
      clearTimeout(typed);
      typed = setTimeout(() => store.seek({ search: box.value }), TYPING_MS);
    },
    { signal },
  );
  // Keys pressed here must not trigger shortcuts of the notebook.
  box.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  signal.addEventListener("abort", () => clearTimeout(typed));

  let tenth = "";
  const update = () => {
    const { totals } = store;
    const { counts } = totals;
    const waiting = (counts.waiting ?? 0) + (counts.running ?? 0);
    const done = rows - waiting;
    const lost = counts.failed ?? 0;
    fill.style.width = percent((done - lost) / rows);
    failed.style.width = percent(lost / rows);
    bar.ariaValueNow = String(done);
    const progress = say("batch.done", { n: whole(done), all: whole(rows) });
    bar.ariaLabel = progress;
    setText(status, say(STATUS[totals.status]));
    status.dataset.status = totals.status;
    setText(figures, [progress, ...figuresOf(totals)].join(" · "));

    for (const [action, node] of actions) {
      const hidden = store.gone || !totals.can.includes(action);
      // The focus goes to another action, not to the top of the page.
      const held = hidden && node === node.ownerDocument.activeElement;
      node.hidden = hidden;
      if (held) [...actions.values()].find((each) => !each.hidden)?.focus();
      node.ariaDisabled = store.asked === action ? "true" : null;
    }
    for (const [state, chip] of chips) {
      const n = state ? (counts[state] ?? 0) : rows;
      const pressed = store.query.filter === state;
      setText(chip, `${say(state ? STATE_WORDS[state] : "batch.all")} ${whole(n)}`);
      chip.ariaPressed = String(pressed);
      chip.hidden = n === 0 && !pressed;
    }
    setText(note, store.gone ? say("batch.gone") : store.busy ? say("batch.busy") : "");
    note.hidden = note.textContent === "";

    const reached = `${totals.status} ${Math.floor((TOLD * done) / rows)}`;
    if (reached !== tenth) {
      tenth = reached;
      setText(told, `${say(STATUS[totals.status])}: ${progress}`);
    }
  };

  return { nodes: [bar, line, note, element("div", "pplx-b-line", filter, box), told], update };
}

function figuresOf({ status, rate, left, spent, projected }: Totals): string[] {
  const going = status === "running";
  return [
    going && rate ? say("batch.rate", { n: whole(Math.round(rate)) }) : "",
    going && left !== null ? say("batch.left", { time: about(left) }) : "",
    spent ? say("batch.spent", { amount: spent }) : "",
    going && projected ? say("batch.projected", { amount: projected }) : "",
  ].filter(Boolean);
}

const percent = (part: number): string => `${(100 * part).toFixed(2)}%`;
