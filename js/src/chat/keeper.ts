/**
 * Finds the documents of a chat in the page and makes a room of each. If the kernel cannot replace an
 * output, because the page was reloaded or the kernel is gone, the page does.
 */
import { isShown, type Output, replaceOutputs } from "../document/output";
import { mayBeIn } from "../document/panel";
import { watch } from "../document/watch";
import { element } from "../view/element";
import { Room } from "./room";
import type { State } from "./state";

/** How long the kernel has to replace an output itself. */
const LATE_MS = 1500;
/** How long a room waits for the document that replaces it. */
const HELD_MS = 2000;
/** How long an undo may take to bring a deleted cell back. */
const UNDO_MS = 10_000;

export class Keeper {
  readonly #state: State;
  readonly #signal: AbortSignal;
  readonly #rooms = new Map<Room, AbortController>();
  #late: ReturnType<typeof setTimeout> | undefined;
  #missed: ReturnType<typeof setTimeout> | undefined;
  #lost: ReturnType<typeof setTimeout> | undefined;
  #keys = "";

  constructor(state: State, signal: AbortSignal) {
    this.#state = state;
    this.#signal = signal;
    watch(this, signal);
    state.subscribe((event) => {
      if (event === "traits") this.#changed();
      if (event === "shown") this.#tell();
      if (event === "document") this.#replace();
      if (event === "gone") setTimeout(() => this.#leaveDocument());
    }, signal);
    signal.addEventListener("abort", () => {
      for (const timer of [this.#late, this.#missed, this.#lost]) clearTimeout(timer);
      for (const done of this.#rooms.values()) done.abort();
    });
  }

  get keys(): string[] {
    return [this.#state.key, this.#state.id].filter(Boolean);
  }

  /** Shows the chat in an element of the host. Returns the function for the end of that element. */
  show(el: HTMLElement): () => void {
    const root = element("div", "pplx-chat");
    el.replaceChildren(root);
    const room = this.#room(root);
    // The host removes the view before it shows the document, into which the room moves.
    return () => setTimeout(() => room.root.isConnected || this.#close(room), HELD_MS);
  }

  found(node: HTMLElement): void {
    if (this.#signal.aborted || !mayBeIn(this.#state.manager, node)) return;
    clearTimeout(this.#missed);
    this.#missed = undefined;
    for (const room of this.#rooms.keys()) if (room.root === node) return;
    let root = node;
    if (node.classList.contains("pplx-arriving")) {
      root = element("div", "pplx-chat");
      node.replaceWith(root);
    }
    const before = [...this.#rooms.keys()].find((room) => room.becomes(root));
    if (before) before.enter(root);
    else this.#room(root);
  }

  lost(): void {
    if ([...this.#rooms.keys()].every((room) => room.root.isConnected)) return;
    this.#lost ??= setTimeout(() => {
      this.#lost = undefined;
      for (const room of [...this.#rooms.keys()]) if (!room.root.isConnected) this.#close(room);
    }, HELD_MS);
    this.#missed ??= setTimeout(() => {
      this.#missed = undefined;
      if (!this.#isShown()) this.#tell();
    }, UNDO_MS);
  }

  /** In another language. */
  renew(): void {
    for (const [room, done] of [...this.#rooms]) {
      done.abort();
      this.#rooms.delete(room);
      if (room.root.isConnected) this.#room(room.root);
    }
  }

  #room(root: HTMLElement): Room {
    const done = new AbortController();
    const room = new Room(this.#state, root, done.signal);
    this.#rooms.set(room, done);
    return room;
  }

  #close(room: Room): void {
    this.#rooms.get(room)?.abort();
    this.#rooms.delete(room);
  }

  #changed(): void {
    const keys = this.#state.turns.map(({ key }) => key).join();
    if (keys === this.#keys) return;
    this.#keys = keys;
    for (const room of this.#rooms.keys()) if (room.lacks) room.hold();
    clearTimeout(this.#late);
    this.#late = setTimeout(() => {
      if ([...this.#rooms.keys()].some((room) => room.lacks)) this.#state.send({ type: "settle" });
    }, LATE_MS);
  }

  #replace(): void {
    const { manager, id, document: made } = this.#state;
    if (!made || ![...this.#rooms.keys()].some((room) => room.lacks)) return;
    for (const room of this.#rooms.keys()) room.hold();
    replaceOutputs(manager, id, new Set([made.key]), () => made);
  }

  /** Adds the turns under way to the document, because no kernel can do it. */
  #leaveDocument(): void {
    const rooms = [...this.#rooms.keys()];
    const room = rooms.find((each) => each.root.isConnected) ?? rooms[0];
    const turns = room?.live.map(documentOf).join("") ?? "";
    if (!turns) return;
    const { manager, id, key } = this.#state;
    for (const each of rooms) each.hold();
    replaceOutputs(manager, id, new Set([key]), (old) => withTurns(old, turns));
  }

  #isShown(): boolean {
    if ([...this.#rooms.keys()].some((room) => room.root.isConnected)) return true;
    return isShown(this.#state.manager, this.#state.id, new Set([this.#state.key]));
  }

  #tell(): void {
    this.#state.send({ type: this.#isShown() ? "shown" : "hidden" });
  }
}

/** Returns the HTML of an answer's live view, which its own code writes; see `document/keeper.ts`. */
function documentOf(turn: HTMLElement): string {
  const detail = { html: "" };
  turn.querySelector("article.pplx")?.dispatchEvent(new CustomEvent("pplx-document", { detail }));
  return detail.html && `<div class="pplx-turn">${detail.html}</div>`;
}

function withTurns({ data, metadata }: Partial<Output>, turns: string): Output {
  const html = [data?.["text/html"] ?? ""].flat().join("");
  const isDocument = /^<div class="pplx-chat [\s\S]*<\/div>$/.test(html);
  const whole = isDocument
    ? `${html.slice(0, -"</div>".length)}${turns}</div>`
    : `<div class="pplx-chat">${turns}</div>`;
  const others = Object.entries(data ?? {}).filter(([type]) => type.startsWith("text/"));
  return { data: { ...Object.fromEntries(others), "text/html": whole }, metadata: metadata ?? {} };
}
