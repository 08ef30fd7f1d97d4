/**
 * The state of one answer in the page. It starts from the synced traits and is kept current by
 * numbered patches. If a patch is missing, the store asks the kernel for the whole state.
 */

import { arrived, type Chunks, chunk } from "./chunks/loader";
import type { Manager, Model } from "./host";
import type {
  AnswerState,
  ChunkName,
  ChunkSent,
  Citation,
  Failure,
  Offer,
  Patch,
  Refused,
  Request,
  Settled,
  Source,
  Status,
} from "./protocol";
import { PHASES, say } from "./words";

export const isFinal = (status: Status): status is keyof typeof PHASES =>
  Object.hasOwn(PHASES, status);

/** The synced traits. The `satisfies` clause makes the compiler check that none is missing. */
const FIELDS = Object.keys({
  seq: 0,
  question: 0,
  context: 0,
  text: 0,
  status: 0,
  reason: 0,
  sources: 0,
  citations: 0,
  images: 0,
  evidence: 0,
  checked: 0,
  steps: 0,
  usage: 0,
  timing: 0,
  error: 0,
  notes: 0,
  place: 0,
  structured: 0,
  model: 0,
  asked: 0,
  kept: 0,
  elapsed: 0,
  stop_waits: 0,
  settled: 0,
  earlier: 0,
  further: 0,
  widget_id: 0,
  within: 0,
} satisfies Record<keyof AnswerState, 0>) as (keyof AnswerState)[];

/**
 * The last ones exist only in the page; see `Store`. "shown" is a question of the kernel. "begun" is
 * whether there is text: few parts show more of it, and it grows with every frame.
 */
export type Field =
  | keyof AnswerState
  | "begun"
  | "requested"
  | "finished"
  | "gone"
  | "refused"
  | "offer"
  | "shown"
  | "unsaved";

/** A kernel that reads messages replies in a few ms. */
const BUSY_MS = 1000;

export interface Change {
  fields: ReadonlySet<Field>;
  /**
   * Text to append to the text shown so far; null if the text must be rendered again from the
   * start.
   */
  added: string | null;
}

/** Returns the state after a patch. The patch must be the next one. */
export function fold(state: AnswerState, patch: Patch): AnswerState {
  const { type: _, at: __, text, sources, citations, images, steps, ...values } = patch;
  return {
    ...state,
    ...values,
    text: text ? state.text + text : state.text,
    sources: sources ? mergeSources(state.sources, sources) : state.sources,
    citations: citations ? merge(state.citations, citations) : state.citations,
    images: images ? [...state.images, ...images] : state.images,
    steps: steps ? [...state.steps.slice(0, steps.from), ...steps.items] : state.steps,
  };
}

function mergeSources(old: Source[], changed: Source[]): Source[] {
  // A Map keeps the position of an id that it already has.
  const byId = new Map([...old, ...changed].map((source) => [source.id, source]));
  return [...byId.values()];
}

function merge(old: Citation[], changed: Citation[]): Citation[] {
  const byNumber = new Map([...old, ...changed].map((citation) => [citation.number, citation]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

export class Store {
  state: AnswerState;
  /** The last button pressed that the kernel has not answered yet. */
  requested: "stop" | "retry" | null = null;
  /** The finished output, if the kernel has sent it. */
  finished: Settled | null = null;
  /** Whether the host has kept the live view, in spite of the finished output. */
  unsaved = false;
  /** Why the follow-up question was not sent. */
  refused: Failure | null = null;
  /** What a model that compares would cost; null before the kernel was asked. */
  offer: Offer | null = null;
  /** The last request for a check that the kernel has not answered yet. */
  checking: "check" | "price" | "judge" | null = null;
  /** When the findings arrived that the user has asked for, as `performance.now()`. */
  checkedAt = Number.NEGATIVE_INFINITY;
  /**
   * The follow-up question that the user is typing. It outlives the view that contains the text
   * box.
   */
  draft = "";
  /** Whether the kernel is gone. */
  gone = false;
  /** When the question was asked, as `performance.now()` of the page. */
  startedAt = 0;
  /** When the last message came from the kernel, by the same clock. */
  heardAt = performance.now();
  /** When the last patch came, which the page had not asked for. */
  pushedAt = 0;
  /** When the kernel was asked; 0 after its reply. */
  askedAt = 0;

  readonly #model: Model;
  readonly #listeners = new Set<(change: Change) => void>();
  /** Aborted when no more requests can be sent. */
  readonly #over = new AbortController();
  /** The `seq` of the state when the button was pressed. */
  #clickedOn = 0;
  /** Whether patches were missed. No patch is applied until the kernel has sent the whole state. */
  #broken = false;
  /** The number of the newest patch received, applied or not. It tells a second gap from the first. */
  #heard: number;

  constructor(model: Model, signal: AbortSignal) {
    this.#model = model;
    this.state = this.#read();
    this.#heard = this.state.seq;
    this.#setClock();
    const receive = (message: unknown) => this.receive(message);
    // A host may set the traits of one update one by one: read them after all of them are set.
    const reload = () => queueMicrotask(() => this.#reload());
    // These traits come after the whole state and have no number, so no order is checked.
    const settled = () => this.#settled();
    const heard: [string, (message: unknown) => void][] = [
      ["msg:custom", receive],
      ["change:seq", reload],
      ["change:settled", settled],
      ["change:further", settled],
      ["change:stop_waits", settled],
    ];
    for (const [event, listener] of heard) model.on(event, listener);
    signal.addEventListener("abort", () => {
      this.#over.abort();
      for (const [event, listener] of heard) model.off(event, listener);
    });
  }

  get manager(): Manager | undefined {
    return this.#model.widget_manager;
  }

  /** Whether the host can show the answer to a follow-up question below this one. */
  get canAsk(): boolean {
    return typeof this.manager?.create_view === "function";
  }

  subscribe(listener: (change: Change) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
  }

  receive(message: unknown): void {
    if (this.gone) return;
    const { type } = (message ?? {}) as { type?: unknown };
    if (type === "patch") this.apply(message as Patch);
    if (type === "echo") this.#send({ type });
    if (type === "synced") this.askedAt = 0;
    if (type === "shown") this.#emit({ fields: new Set([type]), added: "" });
    if (type === "refused") {
      this.refused = (message as Refused).error;
      this.#emit({ fields: new Set(["refused"]), added: "" });
    }
    if (type === "offer") {
      this.offer = message as Offer;
      this.checking = null;
      this.#emit({ fields: new Set(["offer"]), added: "" });
    }
    if (type === "settled" && (message as Settled).data) {
      this.finished = message as Settled;
      this.#emit({ fields: new Set(["finished"]), added: "" });
    }
    if (type === "chunk") {
      const { name, code } = message as ChunkSent;
      arrived(name, code);
    }
  }

  apply(patch: Patch): void {
    const { state } = this;
    if (patch.seq <= state.seq) return;
    const fits = patch.seq === state.seq + 1 && patch.at === state.text.length;
    if (this.#broken || !fits) {
      const furtherGap = !this.#broken || patch.seq > this.#heard + 1;
      this.#broken = true;
      this.#heard = Math.max(this.#heard, patch.seq);
      if (furtherGap) this.sync();
      return;
    }
    this.#heard = patch.seq;
    this.heardAt = this.pushedAt = performance.now();
    this.state = fold(state, patch);
    // The message with the smallest delay gives the best estimate. The time in the queue is none.
    const started = performance.now() - patch.elapsed * 1000;
    this.startedAt = state.status === "queued" ? started : Math.min(this.startedAt, started);
    this.#tell(state, patch.text ?? "");
  }

  /** Notes whether the notebook lacks the finished answer. */
  lack(unsaved: boolean): void {
    if (unsaved === this.unsaved) return;
    this.unsaved = unsaved;
    this.#emit({ fields: new Set(["unsaved"]), added: "" });
  }

  /** Whether the kernel reads no messages now, because a cell runs. */
  get busy(): boolean {
    return this.askedAt > 0 && performance.now() - this.askedAt > BUSY_MS;
  }

  /** Tells the kernel whether the page shows the answer, and how. */
  tell(type: "shown" | "hidden" | "live"): void {
    this.#send({ type });
  }

  /** `locale`: the page's language, told when the model opens. */
  sync(locale?: string): void {
    this.askedAt ||= performance.now();
    this.#send({ type: "sync", seq: this.state.seq, ...(locale && { locale }) });
  }

  /** Asks for whatever may have been missed. */
  poll(): void {
    const { seq, settled } = this.state;
    this.askedAt ||= performance.now();
    this.#send({ type: "sync", seq, settled });
  }

  stop(): void {
    this.#request("stop");
  }

  retry(): void {
    this.#request("retry");
  }

  /** Asks a follow-up question. The reply is a change of `further` or of `refused`. */
  ask(question: string): void {
    this.refused = null;
    this.#send({ type: "ask", question });
  }

  /** Asks for a check. The reply is a change of `checked` or of `offer`. */
  check(type: "check" | "price" | "judge"): void {
    if (this.checking) return;
    this.checking = type;
    this.#send({ type });
    this.#emit({ fields: new Set(["offer"]), added: "" });
  }

  /** Asks for the finished output. The reply is a change of `finished`. */
  settle(): void {
    this.#send({ type: "settle" });
  }

  /** Loads a chunk of the page's code. The promise may stay pending for ever. */
  chunk<Name extends ChunkName>(name: Name): Promise<Chunks[Name]> {
    return chunk(name, () => this.#send({ type: "chunk", name }), this.#over.signal);
  }

  /** Marks the kernel as gone. An answer that is still running becomes stopped. */
  lose(): void {
    const before = this.state;
    this.gone = true;
    this.#over.abort();
    if (!isFinal(before.status)) {
      const elapsed = (performance.now() - this.startedAt) / 1000;
      this.state = { ...before, status: "stopped", reason: say("reason.kernel_gone"), elapsed };
    }
    this.requested = null;
    this.#emit({ fields: new Set([...this.#changed(before), "requested", "gone"]), added: "" });
  }

  #request(type: "stop" | "retry"): void {
    if (this.requested === type) return;
    this.requested = type;
    this.#clickedOn = this.state.seq;
    this.#send({ type });
    this.#emit({ fields: new Set(["requested"]), added: "" });
  }

  #send(request: Request): void {
    if (!this.gone) this.#model.send(request);
  }

  #read(): AnswerState {
    return Object.fromEntries(
      FIELDS.map((name) => [name, this.#model.get(name)]),
    ) as unknown as AnswerState;
  }

  /** Takes over the whole state that the kernel has sent, unless patches have brought newer changes. */
  #reload(): void {
    const whole = this.#read();
    if (this.gone || (whole.seq <= this.state.seq && !this.#broken)) return;
    const before = this.state;
    // A reply to `poll` goes on where the text is.
    const goesOn = !this.#broken && whole.text.startsWith(before.text);
    this.state = whole;
    this.#broken = false;
    this.#heard = whole.seq;
    this.heardAt = performance.now();
    this.#setClock();
    const same = goesOn || whole.text === before.text;
    this.#tell(before, same ? whole.text.slice(before.text.length) : null);
  }

  #settled(): void {
    if (this.gone) return;
    const before = this.state;
    const { settled, earlier, further, stop_waits } = this.#read();
    this.state = { ...before, settled, earlier, further, stop_waits };
    // The last patch may be lost, and no later one would tell.
    if (before.settled !== settled) this.sync();
    this.#emit({ fields: new Set(["settled", ...this.#changed(before)]), added: "" });
  }

  #setClock(): void {
    this.startedAt = performance.now() - this.state.elapsed * 1000;
  }

  #tell(before: AnswerState, added: string | null): void {
    const fields = new Set<Field>(this.#changed(before));
    if (!isFinal(this.state.status)) this.finished = null;
    if (fields.has("checked")) {
      if (this.checking) this.checkedAt = performance.now();
      this.checking = this.offer = null;
    }
    if (this.#answered()) {
      this.requested = null;
      fields.add("requested");
    }
    if (fields.has("status") && isFinal(this.state.status)) this.#keep();
    this.#emit({ fields, added });
  }

  /** Puts the finished state into the model, which a host may save; nothing is sent. */
  #keep(): void {
    for (const name of FIELDS) this.#model.set(name, this.state[name]);
  }

  #changed(before: AnswerState): Field[] {
    const changed: Field[] = FIELDS.filter((name) => before[name] !== this.state[name]);
    return !before.text === !this.state.text ? changed : [...changed, "begun"];
  }

  #answered(): boolean {
    if (this.requested === "stop") return isFinal(this.state.status);
    // After the end, a higher number can only belong to a new run of the question.
    return this.requested === "retry" && this.state.seq > this.#clickedOn;
  }

  #emit(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
