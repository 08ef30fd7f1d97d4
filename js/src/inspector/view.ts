/** The inspector's view: the time line, the events, and what each of them brought. */
import { schedule } from "../frame";
import { element, setText } from "../view/element";
import { dark, light } from "./light";
import { Player } from "./player";
import type { Frame, Run } from "./run";
import { adoptStyle } from "./style";
import { TimeLine } from "./timeline";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 10];
const FOCUSABLE = "button, input, select, pre, summary";
/** Of the text around the piece that an event brought, in characters on each side. */
const AROUND = 500;
/** Deep nesting makes a hundred megabytes of ten kilobytes: most of them are spaces. */
const LONGEST_PARSED = 500_000;

/** Makes a view, until `signal`. */
export function view(run: Run, signal: AbortSignal): HTMLElement {
  const player = new Player(run, signal);
  const line = new TimeLine(run, (seconds) => player.go(run.lastAt(seconds)));
  const slider = named(element("input", "pplx-i-slider"), "Event");
  slider.type = "range";
  slider.min = "0";
  const list = named(element("select", "pplx-i-list"), "Events");
  list.size = 11;
  const raw = named(element("pre", "pplx-i-raw"), "Raw text of the event");
  const parsed = named(element("pre", "pplx-i-parsed"), "Parsed form of the event");
  for (const box of [raw, parsed]) box.tabIndex = 0;
  const text = element("p", "pplx-i-text");
  const said = element("output", "pplx-i-said");
  const play = button("", () => player.toggle());
  const show = button("Show in the answer", () => showInAnswer(true));
  const kind = element("span", "");
  const facts = element("div", "pplx-i-facts");

  const speed = named(element("select", ""), "Speed");
  for (const each of SPEEDS)
    speed.add(new Option(`${each}×`, String(each), each === 1, each === 1));
  speed.addEventListener("change", () => player.setSpeed(Number(speed.value)));
  slider.addEventListener("input", () => player.go(Number(slider.value)));
  list.addEventListener("change", () => player.go(list.selectedIndex));

  const root = element(
    "section",
    "pplx-i",
    element("h3", "pplx-i-title", run.head.question),
    element(
      "div",
      "pplx-i-bar",
      button("Step back", () => player.step(-1)),
      play,
      button("Step", () => player.step(1)),
      speed,
      slider,
      said,
    ),
    line.node,
    element("div", "pplx-i-panes", pane("Events", list), pane(kind, raw), pane("Parsed", parsed)),
    element("div", "pplx-i-brought", show, text),
    facts,
  );
  root.setAttribute("aria-label", `Inspector of the answer to: ${run.head.question}`);

  const brought = () => run.frames[player.at];
  const showInAnswer = (scroll: boolean) => {
    const start = run.starts[player.at] ?? 0;
    const end = start + (brought()?.text.length ?? 0);
    const range = end > start ? light(run.head.question, run.text, start, end) : null;
    if (end === start) dark();
    if (scroll) range?.startContainer.parentElement?.scrollIntoView({ block: "center" });
  };

  const scrollToMark = () => {
    const mark = text.querySelector<HTMLElement>("mark, .pplx-i-none");
    if (mark) text.scrollTop = mark.offsetTop - text.clientHeight / 2;
  };
  // What is not laid out yet has no place to scroll to: a view is made before it is in the page.
  const sizes = new ResizeObserver(scrollToMark);
  sizes.observe(text);

  let shown = -2;
  const showEvent = () => {
    const frame = brought();
    list.selectedIndex = player.at;
    slider.value = String(player.at);
    line.at(player.time);
    setText(play, player.label);
    if (player.at === shown) return;
    shown = player.at;
    const where = frame
      ? `Event ${player.at + 1} of ${run.frames.length}, after ${frame.at.toFixed(3)} s: ${frame.kind}`
      : "Before the first event";
    slider.setAttribute("aria-valuetext", where);
    setText(said, where);
    setText(kind, frame?.received === false ? "Payload" : "As received");
    raw.replaceChildren(frame ? withEnds(frame) : "");
    parsed.replaceChildren(frame ? parsedForm(frame) : "");
    show.disabled = !frame?.text;
    text.replaceChildren(...textAround(run, player.at));
    scrollToMark();
    if (!player.playing) showInAnswer(false);
  };

  const update = () => {
    for (const frame of run.frames.slice(list.options.length)) list.add(new Option(titleOf(frame)));
    slider.max = String(Math.max(0, run.frames.length - 1));
    line.update();
    facts.replaceChildren(...factsOf(run, facts));
    // Else the notebook eats the keys that are pressed in here; for some of its shortcuts the mark has
    // to be on the very element that has the focus.
    for (const node of [root, ...root.querySelectorAll<HTMLElement>(FOCUSABLE)]) {
      node.dataset.lmSuppressShortcuts = "true";
    }
    shown = -2;
    showEvent();
  };

  adoptStyle(document);
  run.follow(() => schedule(update, signal), signal);
  player.follow(() => schedule(showEvent, signal));
  update();
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    dark();
  });
  return root;
}

function button(label: string, act: () => void): HTMLButtonElement {
  const node = element("button", "", label);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

function named<N extends HTMLElement>(node: N, name: string): N {
  node.setAttribute("aria-label", name);
  return node;
}

function pane(title: Node | string, content: HTMLElement): HTMLElement {
  return element("div", "pplx-i-pane", element("div", "pplx-i-name", title), content);
}

function titleOf({ at, kind, size }: Frame): string {
  return `${at.toFixed(3).padStart(7)} s  ${kind.replace(/^response\./, "")}  ${size} B`;
}

/** Line ends are a part of the format, and may be of three kinds. */
function withEnds({ raw, cut }: Frame): Node {
  const text = raw.replaceAll("\r", "←").replaceAll("\n", "↵\n");
  return element("span", "", cut ? `${text} … (the rest is in the recording)` : text);
}

function parsedForm({ raw, cut }: Frame): Node {
  const lines = raw.split(/\r\n|\r|\n/);
  const data = lines.filter((each) => each.startsWith("data:")).map((each) => each.slice(5));
  const json = data.length > 0 ? data.join("\n") : raw;
  let text: string;
  try {
    text = cut ? "" : JSON.stringify(JSON.parse(json), null, 2);
    if (text === "" || text.length > LONGEST_PARSED) text = "too long to be shown";
  } catch {
    text = "not JSON";
  }
  return element("span", "", text);
}

/** The text so far around the piece that an event brought, which is marked. */
function textAround(run: Run, at: number): (Node | string)[] {
  const frame = run.frames[at];
  const start = run.starts[at] ?? run.text.length;
  const before = [start > AROUND ? "…" : "", run.text.slice(Math.max(0, start - AROUND), start)];
  if (!frame?.text) {
    return [...before, element("span", "pplx-i-none", frame ? "▏brings no text" : "")];
  }
  const end = start + frame.text.length;
  return [
    ...before,
    element("mark", "", frame.text),
    element("span", "pplx-i-later", run.text.slice(end, end + AROUND)),
  ];
}

function factsOf({ head }: Run, before: HTMLElement): HTMLElement[] {
  const open = [...before.querySelectorAll("details")].map((each) => each.open);
  const body = element("pre", "", head.body);
  return [
    fold("Figures", open[0] ?? true, table(head.figures)),
    fold("Request", open[1] ?? false, table(Object.entries(head.request)), body),
    fold(
      head.status === null ? "Response" : `Response: HTTP ${head.status}`,
      open[2] ?? false,
      table(Object.entries(head.response)),
    ),
    ...head.notes.map(([at, said]) => element("p", "", `After ${at.toFixed(2)} s: ${said}`)),
  ];
}

function fold(title: string, open: boolean, ...content: HTMLElement[]): HTMLElement {
  const node = element("details", "", element("summary", "", title), ...content);
  node.open = open;
  return node;
}

function table(rows: [string, string][]): HTMLElement {
  if (rows.length === 0) return element("p", "pplx-i-none", "not known");
  return element(
    "table",
    "",
    ...rows.map(([name, value]) => {
      const cell = element("th", "", name);
      cell.scope = "row";
      return element("tr", "", cell, element("td", "", value));
    }),
  );
}
