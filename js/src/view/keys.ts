/**
 * JupyterLab handles keys before the page does: Enter on a button would open the cell for editing, and
 * `m` would make Markdown of the cell. It ignores keys on an element with this attribute, so the focused
 * control has the attribute for the keys that are its own: all without Ctrl, Alt or Command, and in a
 * text box those that edit. The others are shortcuts of JupyterLab, which stay alive.
 */
const ATTRIBUTE = "data-lm-suppress-shortcuts";

const EDITING = /^(?:[acvxyz]|Enter|Backspace|Delete|Home|End|Arrow(?:Up|Down|Left|Right))$/i;

/** Whether a key pressed in the answer is not meant for the notebook. */
function isOurs(event: KeyboardEvent, inBox: boolean): boolean {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  // Some keyboards type "@" with Ctrl and Alt.
  if (event.getModifierState("AltGraph")) return true;
  if (ctrlKey || metaKey) return inBox && !altKey && EDITING.test(key);
  if (altKey) return false;
  return inBox || !(shiftKey && key === "Enter");
}

export function keepKeys(root: HTMLElement, signal: AbortSignal): void {
  const given = (target: EventTarget | null): Element | null =>
    target instanceof Element && root.contains(target) ? target : null;
  // On the window, because JupyterLab listens on the document.
  addEventListener(
    "keydown",
    (event) => {
      const control = given(event.target);
      if (!control) return;
      // Escape leads back to the notebook from an answer that only holds the focus.
      const leaves = control === root && event.key === "Escape";
      const ours = !leaves && isOurs(event, control.matches("textarea, input"));
      control.toggleAttribute(ATTRIBUTE, ours);
    },
    { signal, capture: true },
  );
  // Remove the attribute: a settled answer may be saved at any moment.
  const leave = ({ target }: Event) => given(target)?.removeAttribute(ATTRIBUTE);
  root.addEventListener("focusout", leave, { signal });
  signal.addEventListener("abort", () => {
    for (const node of [root, ...root.querySelectorAll(`[${ATTRIBUTE}]`)]) {
      node.removeAttribute(ATTRIBUTE);
    }
  });
}

/** Gives the focus to an answer whose focused control goes. Tab leads on from there. */
export function focusOn(root: HTMLElement | null): void {
  if (!root) return;
  root.tabIndex = -1;
  root.addEventListener("blur", () => root.removeAttribute("tabindex"), { once: true });
  root.focus({ preventScroll: true });
}
