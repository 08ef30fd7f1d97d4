/** The page's data about a run: its frames as received, and facts about the whole run. */
import type { Model } from "../host";

export interface Frame {
  /** Seconds since the question was asked. */
  at: number;
  kind: string;
  /** The frame as received; without bytes, its payload as JSON. */
  raw: string;
  /** Whether `raw` has the bytes of the frame. */
  received: boolean;
  /** Whether `raw` is truncated. */
  cut: boolean;
  /** The piece of the answer's text that it brought. */
  text: string;
  /** Reads of the connection since the previous frame: time and number of bytes. */
  reads: [number, number][];
  /** In bytes. */
  size: number;
}

export interface Head {
  /** Key of the node that represents the run in the notebook. */
  key: string;
  question: string;
  over: boolean;
  elapsed: number;
  status: number | null;
  request: Record<string, string>;
  body: string;
  response: Record<string, string>;
  moments: [string, number][];
  figures: [string, string][];
  /** Events that did not come from the service, with their times. */
  notes: [number, string][];
}

interface Rows {
  type: "rows";
  from: number;
  rows: Frame[];
  head: Head;
}

export class Run {
  readonly frames: Frame[] = [];
  /** Offset of each frame's text in the answer's text. */
  readonly starts: number[] = [];
  head: Head;
  text = "";
  readonly #model: Model;
  readonly #hear = new Set<() => void>();

  constructor(model: Model, signal: AbortSignal) {
    this.#model = model;
    this.head = model.get("head") as Head;
    this.#add(model.get("rows") as Frame[]);
    const receive = (message: unknown) => this.#receive(message as Rows);
    model.on("msg:custom", receive);
    signal.addEventListener("abort", () => model.off("msg:custom", receive));
    // The state may be out of date.
    if (!this.head.over) this.#sync();
  }

  follow(hear: () => void, signal: AbortSignal): void {
    this.#hear.add(hear);
    signal.addEventListener("abort", () => this.#hear.delete(hear));
  }

  /** Returns the index of the last frame received by that time; -1 before the first. */
  lastAt(seconds: number): number {
    let low = 0;
    let high = this.frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.frames[middle]?.at ?? 0) <= seconds) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Length of the timeline in seconds. */
  get duration(): number {
    const named = this.head.moments.map(([, at]) => at);
    return Math.max(0.001, this.frames.at(-1)?.at ?? 0, ...named);
  }

  #receive(message: Rows): void {
    if (message?.type !== "rows") return;
    if (message.from > this.frames.length) {
      this.#sync();
      return;
    }
    this.head = message.head;
    this.#add(message.rows.slice(this.frames.length - message.from));
    for (const hear of this.#hear) hear();
  }

  #add(frames: Frame[]): void {
    for (const frame of frames) {
      this.starts.push(this.text.length);
      this.frames.push(frame);
      this.text += frame.text;
    }
  }

  #sync(): void {
    this.#model.send({ type: "sync", from: this.frames.length });
  }
}
