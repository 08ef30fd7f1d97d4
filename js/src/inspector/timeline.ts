/**
 * The timeline: a tick per frame, a dot per read, a curve of the text's length, and the named
 * moments.
 */
import { element } from "../view/element";
import { decimal } from "../view/words";
import type { Run } from "./run";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HEIGHT = 100;
const BASE = 88;
/** Width of a label, as a fraction of the timeline. */
const LABEL = 0.17;
const LINES = 5;

function path(className: string): SVGPathElement {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("class", className);
  return node;
}

export class TimeLine {
  readonly node = element("div", "pplx-i-line");
  readonly #svg = document.createElementNS(SVG, "svg");
  readonly #others = path("pplx-i-others");
  readonly #texts = path("pplx-i-texts");
  readonly #reads = path("pplx-i-reads");
  readonly #curve = path("pplx-i-curve");
  readonly #head = path("pplx-i-head");
  readonly #labels = element("div", "pplx-i-labels");
  readonly #scale = element("div", "pplx-i-scale");
  readonly #run: Run;

  constructor(run: Run, chosen: (seconds: number) => void) {
    this.#run = run;
    // The list, the metrics and the slider give screen readers the same information.
    this.node.setAttribute("aria-hidden", "true");
    this.#svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.append(this.#curve, this.#others, this.#texts, this.#reads, this.#head);
    this.#svg.addEventListener("click", (event) => {
      const box = this.#svg.getBoundingClientRect();
      chosen(((event.clientX - box.left) / box.width) * run.duration);
    });
    this.node.append(this.#labels, this.#svg, this.#scale);
  }

  update(): void {
    const { frames, duration } = this.#run;
    const x = (at: number) => Math.round((at / duration) * WIDTH);
    const others = new Set<number>();
    const texts = new Set<number>();
    const reads = new Set<number>();
    const whole = Math.max(1, this.#run.text.length);
    let there = 0;
    let curve = `M0 ${BASE}`;
    let last = -1;
    for (const { at, text, reads: read } of frames) {
      const place = x(at);
      (text ? texts : others).add(place);
      for (const [when] of read) reads.add(x(when));
      there += text.length;
      if (text && place !== last) {
        curve += `L${place} ${(BASE - (there / whole) * (BASE - 6)).toFixed(1)}`;
        last = place;
      }
    }
    const ticks = (places: Set<number>, top: number) =>
      [...places].map((place) => `M${place} ${top}V${BASE}`).join("");
    this.#others.setAttribute("d", ticks(others, 40));
    this.#texts.setAttribute("d", ticks(texts, 58));
    this.#reads.setAttribute("d", [...reads].map((place) => `M${place} 95h.01`).join(""));
    this.#curve.setAttribute("d", last < 0 ? "" : `${curve}L${x(frames.at(-1)?.at ?? 0)} 6`);
    this.#name();
  }

  /** Shows the current position. */
  at(seconds: number): void {
    const place = ((seconds / this.#run.duration) * WIDTH).toFixed(1);
    this.#head.setAttribute("d", `M${place} 0V${HEIGHT}`);
  }

  #name(): void {
    const { duration, head } = this.#run;
    const taken = new Array<number>(LINES).fill(-1);
    const labels = head.moments.map(([name, at]) => {
      const place = at / duration;
      const turned = place > 1 - LABEL;
      const begins = turned ? place - LABEL : place;
      const free = taken.findIndex((until) => begins >= until);
      const line = free < 0 ? LINES - 1 : free;
      taken[line] = begins + LABEL;
      const label = element("span", turned ? "pplx-i-turned" : "", `${name} ${decimal(at, 2)}`);
      label.style.insetInlineStart = `${(place * 100).toFixed(2)}%`;
      label.style.setProperty("--line", String(line));
      return label;
    });
    this.#labels.style.setProperty("--lines", String(1 + taken.findLastIndex((t) => t >= 0)));
    this.#labels.replaceChildren(...labels);
    const ends = [0, 0.25, 0.5, 0.75, 1];
    this.#scale.replaceChildren(
      ...ends.map((part) => element("span", "", `${decimal(duration * part, 2)} s`)),
    );
  }
}
