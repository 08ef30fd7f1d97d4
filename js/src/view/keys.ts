/**
 * JupyterLab handles keys before the page does: Enter on a button would open the cell for editing.
 * It ignores keys on an element with this attribute, so the focused control gets the attribute for
 * the keys that it needs. Other keys stay the notebook's, as in any output.
 */
const ATTRIBUTE = "data-lm-suppress-shortcuts";

const OURS = new Set([
  "Enter",
  " ",
  "Escape",
  "Home",
  "End",
  "ArrowUp",
  "ArrowDown",
  "ArrowLeft",
  "ArrowRight",
]);

export function keepKeys(root: HTMLElement, signal: AbortSignal): void {
  const given = (target: EventTarget | null): Element | null =>
    target instanceof Element && target !== root && root.contains(target) ? target : null;
  // On the window, because JupyterLab listens on the document.
  addEventListener(
    "keydown",
    (event) => {
      const control = given(event.target);
      if (!control) return;
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
      const plain = OURS.has(key) && !(ctrlKey || metaKey || altKey || shiftKey);
      control.toggleAttribute(ATTRIBUTE, plain || control.matches("textarea"));
    },
    { signal, capture: true },
  );
  // Remove the attribute: a settled answer may be saved at any moment.
  const leave = ({ target }: Event) => given(target)?.removeAttribute(ATTRIBUTE);
  root.addEventListener("focusout", leave, { signal });
  signal.addEventListener("abort", () => {
    for (const node of root.querySelectorAll(`[${ATTRIBUTE}]`)) node.removeAttribute(ATTRIBUTE);
  });
}
