/** The controls of a turn: walk between its versions, edit its question, ask again, withdraw it. */
import { NO_MATH } from "../tables";
import { button } from "../view/buttons";
import { composer } from "../view/composer";
import { element, setText } from "../view/element";
import { menuButton } from "../view/menu";
import { announce } from "../view/speech";
import { say } from "../words";
import { EFFORTS } from "./settings";
import type { State, Turn } from "./state";

export interface Tools {
  /** The element before the answer. */
  node: HTMLElement;
  update(turn: Turn, place: number, over: boolean): void;
}

export function tools(state: State, first: Turn, signal: AbortSignal): Tools {
  let turn = first;
  const walk = (step: number) => {
    const { versions, number } = turn;
    const at = versions.indexOf(number) + step;
    const to = versions[at];
    if (to === undefined) return;
    state.walk = { to, step };
    state.ask({ type: "choose", turn: to });
    announce(say("chat.version", { n: at + 1, all: versions.length }));
  };
  const back = button("‹", () => walk(-1), signal);
  const on = button("›", () => walk(1), signal);
  const which = element("span", "pplx-chat-which");
  const walker = element("span", "pplx-chat-walk", back, which, on);
  const waits = element("span", "pplx-chat-queued", say("chat.queued"));
  const edit = button(say("chat.edit"), () => open(), signal);
  const withdraw = button(
    say("chat.withdraw"),
    () => state.ask({ type: "withdraw", turn: turn.number }),
    signal,
  );
  const again = menuButton(
    say("chat.again"),
    EFFORTS.map((effort) => ({
      name: say("chat.again.effort", { effort }),
      act: () => state.ask({ type: "regenerate", turn: turn.number, effort }),
    })),
    signal,
  );
  again.textContent = say("chat.again");
  const row = element("div", "pplx-chat-tools", walker, waits, edit, withdraw, again);
  row.setAttribute("role", "group");
  const node = element("div", `pplx pplx-chat-head ${NO_MATH}`, row);

  let done: AbortController | null = null;
  const close = () => {
    done?.abort();
    done = null;
    edit.hidden = false;
    edit.focus({ preventScroll: true });
  };
  const open = () => {
    const over = new AbortController();
    done = over;
    signal.addEventListener("abort", () => over.abort(), { signal: over.signal });
    const made = composer(
      {
        name: say("chat.edit.label"),
        hint: "",
        action: say("follow.send"),
        ask: (question) => state.ask({ type: "edit", turn: turn.number, question }),
        press(key) {
          if (key !== "Escape") return false;
          close();
          return true;
        },
      },
      over.signal,
    );
    const cancel = button(say("chat.cancel"), close, over.signal);
    made.send.after(cancel);
    made.box.value = turn.question;
    made.update("");
    node.append(made.node);
    edit.hidden = true;
    made.box.focus({ preventScroll: true });
    state.subscribe((event) => {
      if (event === "taken" && made.asking) close();
      if (event !== "refused") return;
      made.asking = false;
      made.update("");
    }, over.signal);
    over.signal.addEventListener("abort", () => made.node.remove());
  };

  return {
    node,
    update(now, place, over) {
      turn = now;
      const { versions, number, queued } = turn;
      const at = versions.indexOf(number);
      row.setAttribute("aria-label", say("chat.turn", { n: place }));
      node.hidden = state.gone;
      walker.hidden = versions.length < 2;
      back.disabled = at === 0;
      on.disabled = at === versions.length - 1;
      back.setAttribute("aria-label", say("chat.back"));
      on.setAttribute("aria-label", say("chat.on"));
      setText(which, `${at + 1}/${versions.length}`);
      which.setAttribute("aria-label", say("chat.version", { n: at + 1, all: versions.length }));
      which.setAttribute("role", "img");
      waits.hidden = withdraw.hidden = !queued;
      again.hidden = !over;
      node.classList.toggle("pplx-chat-several", versions.length > 1 || queued);
      if (state.walk?.to !== number) return;
      // The focus was on the same button of the other version.
      const [wanted, other] = state.walk.step < 0 ? [back, on] : [on, back];
      (wanted.disabled ? other : wanted).focus({ preventScroll: true });
      state.walk = null;
    },
  };
}
