/**
 * A text box for a question, with its button and a line for the reason of a refusal. Enter sends, and
 * Shift+Enter breaks the line. The box below an answer, the box of a chat and the editor of an earlier
 * question are all this one.
 */
import { say } from "../words";
import { button } from "./buttons";
import { element, setText } from "./element";

export interface Composed {
  /** The accessible name. */
  name: string;
  hint: string;
  /** The words on the button. */
  action: string;
  /** Sends the question, without spaces around it. */
  ask(question: string): void;
  /** Called for each change by the user. */
  typed?(): void;
  /** Whether something besides text can be sent. */
  filled?(): boolean;
  /** Called for other keys than Enter. Returns whether the key had an effect. */
  press?(key: string): boolean;
}

export interface Composer {
  node: HTMLElement;
  box: HTMLTextAreaElement;
  send: HTMLButtonElement;
  /** The line of words, which a screen reader reads out if it has the role of a status. */
  told: HTMLElement;
  /** Whether the question is on its way to the kernel. */
  asking: boolean;
  update(words: string): void;
}

export function composer(options: Composed, signal: AbortSignal): Composer {
  const { name, hint, action, ask, typed, filled, press } = options;
  const box = element("textarea", "pplx-follow-box");
  box.rows = 1;
  box.placeholder = hint;
  box.setAttribute("aria-label", name);
  const send = button(action, () => submit(), signal);
  const told = element("div", "pplx-follow-told");
  const node = element("div", "pplx-follow", box, send, told);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", name);
  const made: Composer = {
    node,
    box,
    send,
    told,
    asking: false,
    update(words) {
      box.readOnly = made.asking;
      ready();
      setText(told, words);
    },
  };
  const isEmpty = () => box.value.trim() === "" && !filled?.();
  const ready = () => {
    send.disabled = made.asking || isEmpty();
  };
  const submit = () => {
    if (made.asking || isEmpty()) return;
    made.asking = true;
    ask(box.value.trim());
  };

  box.addEventListener(
    "input",
    () => {
      typed?.();
      ready();
    },
    { signal },
  );
  // Keys pressed here must not trigger notebook shortcuts. For shortcuts that the notebook handles
  // first, `keepKeys` prevents it.
  node.addEventListener(
    "keydown",
    (event) => {
      event.stopPropagation();
      if (event.target !== box || event.isComposing) return;
      if (event.shiftKey) return;
      if (event.key === "Enter") submit();
      else if (!press?.(event.key)) return;
      event.preventDefault();
    },
    { signal },
  );
  return made;
}

/** Returns the words for the reason why a question was not sent. */
export function refusal(lines: Record<string, string> | undefined): string {
  const { what = "", try_this = "" } = lines ?? {};
  return lines ? say("follow.refused", { why: `${what} ${try_this}` }) : "";
}
