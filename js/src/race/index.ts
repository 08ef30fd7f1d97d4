/** Two clocks: the same answer, blocking and streamed. A separate bundle, sent with each race. */

import type { RenderProps } from "../host";
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
    element("p", "pplx-race-question", String(model.get("question"))),
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
  };
  model.on("change:lanes", update);
  const timer = setInterval(() => {
    for (const { view } of views) view.tick();
  }, TICK_MS);
  update();
  return () => {
    clearInterval(timer);
    model.off("change:lanes", update);
  };
}

function laneView(name: string) {
  const clock = element("div", "pplx-race-clock");
  const said = element("div", "pplx-race-note");
  const text = element("div", "");
  // The newest words are at the bottom, however long the text is.
  const node = element(
    "section",
    "pplx-race-lane",
    element("div", "pplx-race-name", name),
    clock,
    said,
    element("div", "pplx-race-text", text),
  );
  said.role = "status";
  let now: Lane | undefined;
  let came = 0;
  const tick = () => {
    if (!now) return;
    const since = over(now) || now.status === "queued" ? 0 : (performance.now() - came) / 1000;
    setText(clock, seconds(now.elapsed + since));
  };
  return {
    node,
    tick,
    update(next: Lane) {
      now = next;
      came = performance.now();
      setText(said, note(next));
      said.classList.toggle("pplx-race-failed", next.status === "failed");
      setText(text, next.text);
      tick();
    },
  };
}

export default { render };
