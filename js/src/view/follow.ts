/**
 * A text box below a finished answer for a follow-up question in the same conversation. The kernel
 * sends the question, and its answer appears below. Then that answer has the text box.
 */
import { isFinal, type Store } from "../store";
import { say } from "../words";
import { composer, refusal } from "./composer";
import type { Part } from "./part";

export function followUp(store: Store, signal: AbortSignal): Part {
  const made = composer(
    {
      name: say("follow.label"),
      hint: say("follow.hint"),
      action: say("follow.send"),
      ask(question) {
        store.ask(question);
        update();
      },
      typed() {
        store.draft = made.box.value;
      },
    },
    signal,
  );
  const { node, box, send, told } = made;
  if (store.canAsk) told.setAttribute("role", "status");

  const update = () => {
    const { status, text, further } = store.state;
    if (store.refused || (further?.length ?? 0) > 0) made.asking = false;
    const wanted = isFinal(status) && text !== "" && !store.gone;
    node.hidden = !wanted || (further?.length ?? 0) > 0;
    box.hidden = send.hidden = !store.canAsk;
    if (box.value !== store.draft) box.value = store.draft;
    // If the host creates no view (marimo), another answer needs a cell.
    made.update(store.canAsk ? refusal(store.refused?.lines) : say("follow.elsewhere"));
  };

  return { node, needs: ["status", "begun", "further", "refused", "gone", "requested"], update };
}
