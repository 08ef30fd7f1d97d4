/**
 * A text box below a finished answer for a follow-up question in the same conversation. The kernel
 * sends the question, and its answer appears below. Then that answer has the text box.
 */
import { isFinal, type Store } from "../store";
import { say } from "../words";
import { button } from "./buttons";
import { element, setText } from "./element";
import type { Part } from "./part";

export function followUp(store: Store, signal: AbortSignal): Part {
  const name = say("follow.label");
  const box = element("textarea", "pplx-follow-box");
  box.rows = 1;
  box.placeholder = say("follow.hint");
  box.setAttribute("aria-label", name);
  const send = button(say("follow.send"), () => ask(), signal);
  const told = element("div", "pplx-follow-told");
  if (store.canAsk) told.setAttribute("role", "status");
  const node = element("div", "pplx-follow", box, send, told);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", name);
  let asking = false;

  const ask = () => {
    const question = box.value.trim();
    if (asking || !question) return;
    asking = true;
    store.ask(question);
    update();
  };

  const update = () => {
    const { status, text, further } = store.state;
    if (store.refused || (further?.length ?? 0) > 0) asking = false;
    const wanted = isFinal(status) && text !== "" && !store.gone;
    node.hidden = !wanted || (further?.length ?? 0) > 0;
    box.hidden = send.hidden = !store.canAsk;
    if (box.value !== store.draft) box.value = store.draft;
    box.readOnly = asking;
    send.disabled = asking || box.value.trim() === "";
    const { what = "", try_this = "" } = store.refused?.lines ?? {};
    const refused = store.refused ? say("follow.refused", { why: `${what} ${try_this}` }) : "";
    // If the host creates no view (marimo), another answer needs a cell.
    setText(told, store.canAsk ? refused : say("follow.elsewhere"));
  };

  box.addEventListener(
    "input",
    () => {
      store.draft = box.value;
      send.disabled = box.value.trim() === "";
    },
    { signal },
  );
  // Keys pressed here must not trigger notebook shortcuts. For shortcuts that the notebook handles
  // first, `keepKeys` prevents it.
  node.addEventListener(
    "keydown",
    (event) => {
      event.stopPropagation();
      if (event.target !== box || event.key !== "Enter" || event.isComposing) return;
      if (event.shiftKey) return;
      event.preventDefault();
      ask();
    },
    { signal },
  );

  return { node, needs: ["status", "text", "further", "refused", "gone", "requested"], update };
}
