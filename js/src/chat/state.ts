/** The state of a chat in the page: the traits of its model, and the messages of the kernel. */

import type { Manager, Model } from "../host";
import type { Failure } from "../protocol";
import { locale, setWords, wantsWords } from "../words";

/** A turn of the chosen branch. */
export interface Turn {
  /** Its name in messages to the kernel. */
  number: number;
  /** The id of the answer's model. */
  model: string;
  /** The key of the answer's document; empty until it has ended. */
  key: string;
  question: string;
  /** Whether it waits for the answer before, so that it can be withdrawn. */
  queued: boolean;
  /** The numbers of the turns in its place on all branches. */
  versions: number[];
}

export interface Cost {
  cost: number;
  tokens: number;
  /** Answers of unknown cost. */
  unknown: number;
  budget: number | null;
}

/** The options of later questions. */
export interface Options {
  effort: string | null;
  model: string | null;
  recency: string | null;
  domains: string[];
}

/** The document of the chat, as the kernel writes it. */
export interface Document {
  key: string;
  data: Record<string, string>;
  metadata: object;
}

export type Request =
  | { type: "ask"; question: string; files: number[] }
  | { type: "edit"; turn: number; question: string }
  | { type: "regenerate"; turn: number; effort: string }
  | { type: "withdraw" | "choose"; turn: number }
  | ({ type: "options" } & Partial<Options>)
  | { type: "drop"; file: number }
  | { type: "piece"; file: number; name: string }
  | { type: "sync"; locale: string }
  | { type: "chunk"; name: "words" }
  | { type: "settle" | "shown" | "hidden" };

/** A change of the traits, a reply of the kernel, or its end. */
export type Event = "traits" | "taken" | "refused" | "gone" | "document" | "shown";

const TRAITS = ["shown", "others", "cost", "options", "settled"];

export class State {
  /** Whether the kernel is gone. */
  gone = false;
  /** The step to another version of a turn, until it is shown. */
  walk: { to: number; step: number } | null = null;
  /** Why the last request was refused; null after one that was not. */
  refused: Failure | null = null;
  /** The document, if the page has asked for it. */
  document: Document | null = null;
  readonly #model: Model;
  readonly #listeners = new Set<(event: Event) => void>();

  constructor(model: Model, signal: AbortSignal) {
    this.#model = model;
    const receive = (message: unknown) => this.#receive(message);
    const changed = () => this.#emit("traits");
    model.on("msg:custom", receive);
    for (const name of TRAITS) model.on(`change:${name}`, changed);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", receive);
      for (const name of TRAITS) model.off(`change:${name}`, changed);
    });
    this.send({ type: "sync", locale: locale() });
    if (wantsWords()) this.send({ type: "chunk", name: "words" });
  }

  get manager(): Manager | undefined {
    return this.#model.widget_manager;
  }

  get turns(): readonly Turn[] {
    return this.#get<Turn[]>("shown") ?? [];
  }

  get cost(): Cost | undefined {
    return this.#get("cost");
  }

  get options(): Options | undefined {
    return this.#get("options");
  }

  /** The key of the document in the notebook; empty before there is one. */
  get key(): string {
    return this.#get<string>("settled") ?? "";
  }

  get id(): string {
    return this.#get<string>("widget_id") ?? "";
  }

  subscribe(listener: (event: Event) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
  }

  send(request: Request, buffers?: ArrayBuffer[]): void {
    if (this.gone) return;
    if (buffers) this.#model.send(request, undefined, buffers);
    else this.#model.send(request);
  }

  /** Sends a request whose refusal is shown. */
  ask(request: Request): void {
    this.refused = null;
    this.send(request);
  }

  lose(): void {
    this.gone = true;
    this.#emit("gone");
  }

  #get<T>(name: string): T | undefined {
    return this.#model.get(name) as T | undefined;
  }

  #receive(message: unknown): void {
    const { type, ...rest } = (message ?? {}) as { type?: unknown };
    if (type === "refused") this.refused = (rest as { error: Failure }).error;
    if (type === "settled") this.document = rest as Document;
    if (type === "chunk") {
      const { code } = rest as { code?: unknown };
      const url = URL.createObjectURL(new Blob([String(code)], { type: "text/javascript" }));
      import(url).then(
        (module) => setWords(module.default),
        () => {},
      );
    }
    if (type === "settled") this.#emit("document");
    else if (type === "refused" || type === "taken" || type === "shown") this.#emit(type);
  }

  #emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
