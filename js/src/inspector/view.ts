/** The inspector's view: the timeline, the events, and the text that each of them brought. */
import { schedule } from "../frame";
import { element, setText } from "../view/element";
import { keepKeys } from "../view/keys";
import { decimal } from "../view/words";
import { say } from "../words";
import { mark } from "./icon";
import { dark, light } from "./light";
import { Player } from "./player";
import type { Frame, Run } from "./run";
import { adoptStyle } from "./style";
import { TimeLine } from "./timeline";

const NEXT = {
  pause: "inspector.pause",
  play: "inspector.play",
  again: "inspector.again",
} as const;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 10];
/** Characters of text shown on each side of the piece that an event brought. */
const AROUND = 500;
/** Deep nesting can turn ten kilobytes of JSON into a hundred megabytes, mostly spaces. */
const LONGEST_PARSED = 500_000;

/** Creates a view that lasts until `signal`. */
export function view(run: Run, signal: AbortSignal): HTMLElement {
  const player = new Player(run, signal);
  const line = new TimeLine(run, (seconds) => player.go(run.lastAt(seconds)));
  const slider = named(element("input", "pplx-i-slider"), say("inspector.event"));
  slider.type = "range";
  slider.min = "0";
  const list = named(element("select", "pplx-i-list"), say("inspector.events"));
  list.size = 11;
  const raw = named(element("pre", "pplx-i-raw"), say("inspector.raw"));
  const parsed = named(element("pre", "pplx-i-parsed"), say("inspector.parsed"));
  for (const box of [raw, parsed]) box.tabIndex = 0;
  const text = element("p", "pplx-i-text");
  const said = element("output", "pplx-i-said");
  const back = button("", () => player.step(-1));
  mark(back, "back", say("inspector.back"));
  const play = button("", () => player.toggle());
  const step = button("", () => player.step(1));
  mark(step, "step", say("inspector.step"));
  const show = button(say("inspector.show"), () => showInAnswer(true));
  const kind = element("span", "");
  const facts = element("div", "pplx-i-facts");

  const speed = named(element("select", ""), say("inspector.speed"));
  for (const each of SPEEDS)
    speed.add(new Option(`${each}×`, String(each), each === 1, each === 1));
  speed.addEventListener("change", () => player.setSpeed(Number(speed.value)));
  slider.addEventListener("input", () => player.go(Number(slider.value)));
  list.addEventListener("change", () => player.go(list.selectedIndex));

  const root = element(
    "section",
    "pplx-i",
    element("h3", "pplx-i-title", run.head.question),
    element("div", "pplx-i-bar", back, play, step, speed, slider, said),
    line.node,
    element(
      "div",
      "pplx-i-panes",
      pane(say("inspector.events"), list),
      pane(kind, raw),
      pane(say("inspector.pane"), parsed),
    ),
    element("div", "pplx-i-brought", show, text),
    facts,
  );
  root.setAttribute("aria-label", say("inspector.label", { question: run.head.question }));

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
  // Scroll once the text is laid out: the view is created before it is in the page.
  const sizes = new ResizeObserver(scrollToMark);
  sizes.observe(text);

  // Not `scrollIntoView`, which would scroll the notebook as well.
  const keepUp = () => {
    const row = list.scrollHeight / (list.length || 1);
    const top = player.at * row;
    if (top < list.scrollTop || top + row > list.scrollTop + list.clientHeight) {
      list.scrollTop = top + row - list.clientHeight;
    }
  };

  let shown = -2;
  const showEvent = () => {
    const frame = brought();
    const moved = list.selectedIndex !== player.at;
    list.selectedIndex = player.at;
    slider.value = String(player.at);
    line.at(player.time);
    mark(play, player.next, say(NEXT[player.next]));
    if (moved) keepUp();
    if (player.at === shown) return;
    shown = player.at;
    const where = frame
      ? say("inspector.where", {
          n: player.at + 1,
          total: run.frames.length,
          time: decimal(frame.at, 3),
          kind: frame.kind,
        })
      : say("inspector.before");
    slider.setAttribute("aria-valuetext", where);
    setText(said, where);
    setText(kind, frame?.received === false ? "Payload" : "As received");
    raw.replaceChildren(frame ? withEnds(frame) : "");
    parsed.replaceChildren(frame ? parsedForm(frame) : "");
    show.disabled = !frame?.text;
    show.title = show.disabled ? say("inspector.no_text") : "";
    text.replaceChildren(...textAround(run, player.at));
    scrollToMark();
    if (!player.playing) showInAnswer(false);
  };

  const update = () => {
    for (const frame of run.frames.slice(list.options.length)) list.add(new Option(titleOf(frame)));
    slider.max = String(Math.max(0, run.frames.length - 1));
    line.update();
    facts.replaceChildren(...factsOf(run, facts));
    shown = -2;
    showEvent();
  };

  adoptStyle(document);
  keepKeys(root, signal);
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
  return `${decimal(at, 3).padStart(7)} s  ${kind.replace(/^response\./, "")}  ${size} B`;
}

/** Returns the raw text with visible line ends. They are part of the format and have three forms. */
function withEnds({ raw, cut }: Frame): Node {
  const text = raw.replaceAll("\r", "←").replaceAll("\n", "↵\n");
  return element("span", "", cut ? `${text} … ${say("inspector.rest")}` : text);
}

function parsedForm({ raw, cut }: Frame): Node {
  const lines = raw.split(/\r\n|\r|\n/);
  const data = lines.filter((each) => each.startsWith("data:")).map((each) => each.slice(5));
  const json = data.length > 0 ? data.join("\n") : raw;
  let text: string;
  try {
    text = cut ? "" : JSON.stringify(JSON.parse(json), null, 2);
    if (text === "" || text.length > LONGEST_PARSED) text = say("inspector.too_long");
  } catch {
    text = say("inspector.no_json");
  }
  return element("span", "", text);
}

/** Returns the text around the piece that an event brought, with the piece marked. */
function textAround(run: Run, at: number): (Node | string)[] {
  const frame = run.frames[at];
  const start = run.starts[at] ?? run.text.length;
  const before = [start > AROUND ? "…" : "", run.text.slice(Math.max(0, start - AROUND), start)];
  if (!frame?.text) {
    return [...before, element("span", "pplx-i-none", frame ? `▏${say("inspector.no_text")}` : "")];
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
    fold(say("inspector.figures"), open[0] ?? true, table(head.figures)),
    fold(say("inspector.request"), open[1] ?? false, table(Object.entries(head.request)), body),
    fold(
      head.status === null
        ? say("inspector.response")
        : say("inspector.response_status", { status: head.status }),
      open[2] ?? false,
      table(Object.entries(head.response)),
    ),
    ...head.notes.map(([at, said]) =>
      element("p", "", say("inspector.note", { time: decimal(at, 2), what: said })),
    ),
  ];
}

function fold(title: string, open: boolean, ...content: HTMLElement[]): HTMLElement {
  const node = element("details", "", element("summary", "", title), ...content);
  node.open = open;
  return node;
}

function table(rows: [string, string][]): HTMLElement {
  if (rows.length === 0) return element("p", "pplx-i-none", say("inspector.unknown"));
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
