/** Two clocks: the same answer, blocking and streamed. A separate bundle, sent with each race. */

import type { RenderProps } from "../host";
import { Renderer } from "../markdown/renderer";
import { adopt } from "../style/adopt";
import { element, setText } from "../view/element";
import { seconds } from "../view/words";
import { say } from "../words";
import { type Lane, lane, note, over } from "./lane";
import css from "./race.css";

const NAMES = { whole: "race.whole", streamed: "race.streamed" } as const;
const TICK_MS = 100;

function render({ model, el }: RenderProps): () => void {
  const views = (Object.keys(NAMES) as (keyof typeof NAMES)[]).map((way) => ({
    way,
    view: laneView(say(NAMES[way])),
  }));
  const stop = element("button", "", say("button.stop"));
  stop.type = "button";
  stop.addEventListener("click", () => model.send({ type: "stop" }));
  const root = element(
    "div",
    "pplx-race",
    element("h2", "pplx-race-question", String(model.get("question"))),
    element("div", "pplx-race-lanes", ...views.map(({ view }) => view.node)),
    stop,
  );
  root.role = "group";
  root.ariaLabel = say("race.label");
  el.append(root);
  adopt(root, [css]);

  const update = () => {
    const lanes = model.get("lanes") as Record<string, unknown> | undefined;
    const read = views.map(({ way, view }) => {
      const now = lane(lanes?.[way]);
      view.update(now);
      return now;
    });
    stop.hidden = read.every(over);
    tick();
  };
  model.on("change:lanes", update);
  const tick = () => {
    const longest = Math.max(...views.map(({ view }) => view.elapsed()), 0.001);
    for (const { view } of views) view.tick(longest);
  };
  const timer = setInterval(tick, TICK_MS);
  update();
  return () => {
    clearInterval(timer);
    model.off("change:lanes", update);
  };
}

function laneView(name: string) {
  const clock = element("div", "pplx-race-clock");
  const said = element("div", "pplx-race-note");
  const waited = element("i", "");
  const wrote = element("b", "");
  const text = element("div", "");
  // The newest words are at the bottom, however long the text is.
  const node = element(
    "section",
    "pplx-race-lane",
    element("div", "pplx-race-name", name),
    clock,
    said,
    element("div", "pplx-race-bar", waited, wrote),
    element("div", "pplx-race-text", text),
  );
  said.role = "status";
  let now: Lane | undefined;
  let came = 0;
  let shown = "";
  // The end of a text, which begins elsewhere each time.
  const show = (words: string) => {
    shown = words;
    text.replaceChildren();
    const renderer = new Renderer(text, () => null);
    renderer.append(words);
    for (renderer.end(); renderer.owes; ) renderer.pay();
  };
  const elapsed = () => {
    if (!now) return 0;
    const since = over(now) || now.status === "queued" ? 0 : (performance.now() - came) / 1000;
    return now.elapsed + since;
  };
  return {
    node,
    elapsed,
    /** `longest`: the seconds of a whole bar. */
    tick(longest: number) {
      const all = elapsed();
      const first = now?.first_token ?? all;
      setText(clock, seconds(all));
      waited.style.width = percent(first / longest);
      wrote.style.width = percent((all - first) / longest);
    },
    update(next: Lane) {
      now = next;
      came = performance.now();
      setText(said, note(next));
      said.classList.toggle("pplx-race-failed", next.status === "failed");
      if (next.text !== shown) show(next.text);
    },
  };
}

const percent = (part: number): string => `${(100 * part).toFixed(1)}%`;

export default { render };
