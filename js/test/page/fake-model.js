// A widget model without a kernel: tests deliver traits and messages, and sent messages are kept.

export const EMPTY = {
  seq: 0,
  question: "",
  context: null,
  text: "",
  status: "queued",
  reason: null,
  sources: [],
  citations: [],
  images: [],
  steps: [],
  place: null,
  usage: null,
  timing: { first_event: null, first_token: null, finished: null, tokens_per_second: null },
  error: null,
  notes: [],
  structured: false,
  model: null,
  asked: null,
  elapsed: 0,
  stop_waits: false,
  settled: "",
  earlier: [],
  further: [],
  widget_id: "",
  within: "",
};

export class FakeModel {
  sent = [];
  #traits;
  #listeners = new Map();

  /** `holders`: the hidden models of the widget manager, by id. `context`: its notebook. */
  constructor(traits = {}, holders = null, context = undefined) {
    this.#traits = { ...EMPTY, ...traits };
    if (holders) {
      this.widget_manager = {
        context,
        // Looked up at each call: a holder may be registered late.
        get_model: async (id) => {
          if (!holders[id]) throw new Error(`no model ${id}`);
          return holders[id];
        },
      };
    }
  }

  get(name) {
    return this.#traits[name];
  }

  set(name, value) {
    if (this.#traits[name] === value) return;
    this.#traits[name] = value;
    this.#emit(`change:${name}`, value);
  }

  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  off(event, listener) {
    const kept = (this.#listeners.get(event) ?? []).filter((each) => each !== listener);
    this.#listeners.set(event, kept);
  }

  send(message) {
    this.sent.push(message);
  }

  /** Updates several traits at once, as the kernel does with its whole state. */
  update(traits) {
    Object.assign(this.#traits, traits);
    for (const name of Object.keys(traits)) this.#emit(`change:${name}`, traits[name]);
  }

  message(content) {
    this.#emit("msg:custom", content);
  }

  /** Simulates a restart of the kernel. */
  die() {
    this.#emit("comm_live_update");
  }

  /** The kernel closes the comm. */
  close() {
    this.#emit("comm:close");
  }

  #emit(event, value) {
    for (const listener of this.#listeners.get(event) ?? []) listener(value);
  }
}
