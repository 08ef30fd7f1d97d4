/**
 * Asks the kernel for news if none arrive. Some hosts drop what a thread sends, or whatever belongs
 * to no running request, and a lost connection drops everything; but the reply to a request passes.
 */
import { isFinal, type Store } from "./store";

const TICK_MS = 250;
/** A healthy answer may pause for so long. */
const QUIET_MS = 1000;
const SLOWEST_MS = 5000;
/** Between two requests if only replies arrive. Each has the whole text. */
const PAUSE_MS = 300;
const LETTERS_A_MS = 20;
/** A request without a reply is lost, or a cell keeps the kernel busy. */
const LOST_MS = 10_000;
/** How often to ask for the document after the end; some hosts have none. */
const AFTER_END = 6;

/** Whether only replies arrive; for all answers of the page. */
let only = false;

export function poll(store: Store, signal: AbortSignal): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let pause = QUIET_MS;
  let left = AFTER_END;
  /** The last request, and the number of the state at that time. */
  let asked = performance.now();
  let seq = store.state.seq;
  let waiting = false;

  const ask = () => {
    asked = performance.now();
    seq = store.state.seq;
    waiting = true;
    store.poll();
  };
  const look = () => {
    const { state, pushedAt } = store;
    const over = isFinal(state.status);
    left = over ? left : AFTER_END;
    if (over && (state.settled || left === 0)) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const now = performance.now();
    if (store.askedAt && now - asked < LOST_MS) return;
    if (pushedAt > asked) only = false;
    if (waiting && !store.askedAt) {
      waiting = false;
      const news = state.seq !== seq;
      only ||= news && pushedAt < asked;
      pause = news ? QUIET_MS : Math.min(2 * pause, SLOWEST_MS);
    }
    const wait = only ? PAUSE_MS + state.text.length / LETTERS_A_MS : pause;
    if (now - Math.max(store.heardAt, asked) < wait) return;
    if (over) left -= 1;
    ask();
  };
  const begin = () => {
    if (!isFinal(store.state.status) || !store.state.settled) timer ??= setInterval(look, TICK_MS);
  };
  store.subscribe(({ fields }) => {
    if (fields.has("status")) begin();
    // The reply tells a slow end from a kernel that is busy.
    if (fields.has("requested") && store.requested === "stop" && !store.askedAt) ask();
  }, signal);
  begin();
  signal.addEventListener("abort", () => clearInterval(timer));
}
