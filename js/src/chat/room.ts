/**
 * One display of a chat: its turns, and the box for the next question. The finished turns are those of
 * the document in the notebook; the others are live views beneath. When the host replaces the document
 * by a newer one, the room moves into it, with all that the user has typed.
 */
import { keyClass } from "../document/watch";
import { adopt } from "../style/adopt";
import { adoptStyle } from "../style/sheet";
import { NO_MATH } from "../tables";
import { composer, refusal } from "../view/composer";
import { element, setText } from "../view/element";
import { keepKeys } from "../view/keys";
import { money } from "../view/words";
import { count, say, TOKENS } from "../words";
import css from "./chat.css";
import { files } from "./files";
import { recall } from "./recall";
import { settings } from "./settings";
import type { State, Turn } from "./state";
import { type Tools, tools } from "./tools";
import { liveView } from "./views";

const ALIVE = "pplx-chat-alive";

/** How long the host may leave the output empty. */
const HELD_MS = 2000;

interface Section {
  node: HTMLElement;
  tools: Tools;
  /** Set while the section has a live view of ours. */
  live: AbortController | null;
  done: AbortController;
}

export class Room {
  root: HTMLElement;
  readonly #state: State;
  readonly #signal: AbortSignal;
  readonly #sections = new Map<number, Section>();
  readonly #bottom: HTMLElement;
  readonly #update: () => void;
  #inside = new AbortController();
  #area: HTMLElement | null = null;
  #release: ReturnType<typeof setTimeout> | undefined;
  #focused: HTMLElement | null = null;

  constructor(state: State, root: HTMLElement, signal: AbortSignal) {
    this.#state = state;
    this.#signal = signal;
    this.root = root;
    const { node, update } = this.#box();
    this.#bottom = node;
    this.#update = update;
    this.enter(root);
    state.subscribe(() => this.update(), signal);
    signal.addEventListener("abort", () => this.#leave());
  }

  /** Whether a new document may take the place of this room's. */
  becomes(node: Element): boolean {
    return !this.root.isConnected && (!this.#area || this.#area.contains(node));
  }

  /** Moves into another document. */
  enter(root: HTMLElement): void {
    this.#inside.abort();
    this.#inside = new AbortController();
    const { signal } = this.#inside;
    this.root = root;
    root.classList.add(ALIVE);
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", say("chat.label"));
    keepKeys(root, signal);
    root.addEventListener("focusin", ({ target }) => this.#focus(target as HTMLElement), {
      signal,
    });
    // This event also fires for a node that is being removed. It is disconnected a moment later.
    root.addEventListener(
      "focusout",
      () =>
        queueMicrotask(() => {
          if (root.isConnected && !root.contains(document.activeElement)) this.#focused = null;
        }),
      { signal },
    );
    root.append(this.#bottom);
    this.update();
    adoptStyle(root);
    adopt(root, [css]);
    const held = this.#focused;
    if (held && root.contains(held) && document.activeElement === document.body)
      held.focus({ preventScroll: true });
    this.release();
  }

  update(): void {
    const { turns } = this.#state;
    const numbers = new Set(turns.map(({ number }) => number));
    for (const [number, section] of this.#sections) {
      if (!numbers.has(number)) this.#drop(number, section);
    }
    // The documents of turns that are not on the chosen branch.
    const keys = new Set(turns.map(({ key }) => key).filter(Boolean));
    for (const node of this.#documents()) {
      if (![...keys].some((key) => shows(node, key))) node.remove();
    }
    turns.forEach((turn, i) => {
      this.#show(turn, i);
    });
    this.#update();
  }

  /** The turn whose document should be in the page by now, and is not. */
  get lacks(): boolean {
    return this.#state.turns.some(({ key, number }) => key && this.#sections.get(number)?.live);
  }

  /** The live views, in the order of the turns. */
  get live(): HTMLElement[] {
    return this.#state.turns.flatMap(({ number }) => {
      const section = this.#sections.get(number);
      return section?.live ? [section.node] : [];
    });
  }

  /** Holds the height of the output, which the host empties for a moment. */
  hold(): void {
    if (!this.root.isConnected) return;
    this.#area = this.root.closest<HTMLElement>(".jp-OutputArea") ?? this.root.parentElement;
    if (this.#area) this.#area.style.minHeight = getComputedStyle(this.#area).height;
    clearTimeout(this.#release);
    this.#release = setTimeout(() => this.release(), HELD_MS);
  }

  release(): void {
    clearTimeout(this.#release);
    if (this.#area) this.#area.style.minHeight = "";
  }

  #documents(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(":scope > .pplx-turn")];
  }

  #show(turn: Turn, i: number): void {
    const made = this.#sections.get(turn.number) ?? this.#section(turn);
    const ready = this.#documents().find((node) => turn.key !== "" && shows(node, turn.key));
    if (ready && ready !== made.node) {
      made.live?.abort();
      made.live = null;
      if (made.node.parentNode === this.root) made.node.remove();
      made.node = ready;
    }
    // A retry shows itself in the place of its document.
    const { manager } = this.#state;
    if (!ready && !made.live && !made.node.querySelector("article.pplx") && manager?.create_view) {
      const live = new AbortController();
      made.live = live;
      made.done.signal.addEventListener("abort", () => live.abort());
      made.node = element("div", "pplx-turn", liveView(manager, turn.model, live.signal));
    }
    const before = this.#documents()[i];
    if (before !== made.node) this.root.insertBefore(made.node, before ?? this.#bottom);
    if (made.node.firstElementChild !== made.tools.node) made.node.prepend(made.tools.node);
    made.node.classList.toggle("pplx-turn-queued", turn.queued);
    made.tools.update(turn, i + 1, turn.key !== "");
  }

  #section(turn: Turn): Section {
    const done = new AbortController();
    const section = {
      node: element("div", "pplx-turn"),
      tools: tools(this.#state, turn, done.signal),
      live: null,
      done,
    };
    this.#sections.set(turn.number, section);
    return section;
  }

  #drop(number: number, section: Section): void {
    this.#sections.delete(number);
    section.done.abort();
    section.tools.node.remove();
    section.node.remove();
  }

  #focus(target: HTMLElement): void {
    // An answer keeps the focus within itself.
    this.#focused = target.closest(".pplx-chat-head, .pplx-chat-bottom") ? target : null;
  }

  /** Leaves the document as it is in the notebook. */
  #leave(): void {
    this.#inside.abort();
    this.release();
    for (const section of this.#sections.values()) {
      section.done.abort();
      section.tools.node.remove();
    }
    this.#sections.clear();
    this.#bottom.remove();
    this.root.classList.remove(ALIVE);
    this.root.removeAttribute("role");
    this.root.removeAttribute("aria-label");
  }

  #box() {
    const state = this.#state;
    const signal = this.#signal;
    const made = composer(
      {
        name: say("chat.box"),
        hint: say("chat.hint"),
        action: say("follow.send"),
        ask(question) {
          state.ask({ type: "ask", question, files: attached.numbers() });
          update();
        },
        filled: () => attached.numbers().length > 0,
        press: (key) => press(key),
      },
      signal,
    );
    const press = recall(
      made.box,
      () => state.turns.map(({ question }) => question),
      (question) => {
        made.box.value = question;
        made.update(said);
      },
    );
    made.told.setAttribute("role", "status");
    const node = element("div", `pplx pplx-chat-bottom ${NO_MATH}`);
    let said = "";
    const attached = files(
      state,
      node,
      made.box,
      () => made.update(said),
      (words) => made.update(words),
      signal,
    );
    const chosen = settings(state, signal);
    const cost = element("div", "pplx-chat-cost");
    const gone = element("p", "pplx-chat-gone");
    made.box.before(attached.opener);
    node.append(
      attached.node,
      made.node,
      element("div", "pplx-chat-last", chosen.node, cost),
      gone,
    );
    const update = () => {
      const { manager, refused } = state;
      const can = typeof manager?.create_view === "function" && !state.gone;
      made.node.hidden = chosen.node.hidden = !can;
      gone.hidden = can;
      setText(gone, say(state.gone ? "chat.gone" : "chat.elsewhere"));
      made.box.placeholder = say(state.turns.length > 0 ? "follow.hint" : "chat.hint");
      said = refusal(refused?.lines);
      made.update(said);
      chosen.update();
      setText(cost, costOf(state));
    };
    state.subscribe((event) => {
      if (event === "refused") made.asking = false;
      if (event !== "taken" || !made.asking) return;
      made.asking = false;
      made.box.value = "";
      attached.clear();
      this.#documents().at(-1)?.scrollIntoView({ block: "nearest" });
    }, signal);
    return { node, update };
  }
}

function costOf({ cost }: State): string {
  if (!cost?.tokens && !cost?.unknown && !cost?.budget) return "";
  const amount = money(cost.cost, "USD");
  return [
    cost.budget === null
      ? amount
      : say("chat.cost.of", { cost: amount, budget: money(cost.budget, "USD") }),
    cost.unknown > 0 && say("chat.cost.unknown", { n: cost.unknown }),
    count(cost.tokens, TOKENS),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Whether a part of the document is the answer with a key. */
function shows(node: Element, key: string): boolean {
  return node.getElementsByClassName(keyClass(key)).length > 0;
}
