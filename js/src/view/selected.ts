/**
 * Citations in a copied selection: `[1][2]`, as in the other forms of an answer, and not digits that
 * join the sentence. The browser copies the nodes as they are, so they have brackets for a moment.
 */

const RUN = "sup:not(.pplx-note-ref)";

/** Puts the numbers of the runs in `nodes` into brackets. Returns what undoes it. */
export function bracketed(runs: Iterable<Element>): () => void {
  const undone: (() => void)[] = [];
  for (const run of runs) {
    if (!run.firstElementChild) continue;
    for (const child of run.childNodes) {
      const text = child instanceof Text ? child : child.firstChild;
      if (!(text instanceof Text)) continue;
      const { data } = text;
      if (text === child) text.deleteData(0, data.length);
      else {
        text.insertData(0, "[");
        text.appendData("]");
      }
      undone.push(() => {
        if (text === child) text.insertData(0, data);
        else {
          text.deleteData(text.length - 1, 1);
          text.deleteData(0, 1);
        }
      });
    }
  }
  return () => {
    for (const undo of undone) undo();
  };
}

export const runsIn = (root: ParentNode): NodeListOf<Element> => root.querySelectorAll(RUN);

let listening = false;

/** Puts citations into brackets when the browser copies them, also after the kernel is gone. */
export function bracketCopies(): void {
  if (listening) return;
  listening = true;
  document.addEventListener("copy", () => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed) return;
    const texts = [...document.querySelectorAll(".pplx-text")];
    const selected = texts.filter((text) => selection.containsNode(text, true));
    const runs = selected.flatMap((text) => [...runsIn(text)]);
    const undo = bracketed(runs.filter((run) => selection.containsNode(run, true)));
    // The browser copies after this event.
    setTimeout(undo);
  });
}
