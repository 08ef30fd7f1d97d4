/**
 * Citations in a copied selection: `[1][2]`, as in the other forms of an answer, and not digits that
 * join the sentence. The browser copies the nodes as they are, so they have brackets for a moment.
 * A browser marks only the digits of a selected run, and the style sheet the rest of it.
 */
import { schedule } from "../frame";

const RUN = "sup:not(.pplx-note-ref)";
const SELECTED = "pplx-selected";

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

/** Marks selected citations, and puts them into brackets when the browser copies them, also after the kernel is gone. */
export function bracketCopies(): void {
  if (listening) return;
  listening = true;
  document.addEventListener("copy", () => {
    // The browser copies after this event.
    setTimeout(bracketed(selectedRuns(true)));
  });
  let marked: Element[] = [];
  const mark = () => {
    for (const run of marked) {
      run.classList.remove(SELECTED);
      if (!run.className) run.removeAttribute("class");
    }
    marked = selectedRuns(false);
    for (const run of marked) run.classList.add(SELECTED);
  };
  const { signal } = new AbortController();
  document.addEventListener("selectionchange", () => schedule(mark, signal));
}

/** `partly`: also those of which only a part is selected. */
function selectedRuns(partly: boolean): Element[] {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return [];
  const texts = [...document.querySelectorAll(".pplx-text")];
  return texts
    .filter((text) => selection.containsNode(text, true))
    .flatMap((text) => [...runsIn(text)])
    .filter((run) => selection.containsNode(run, partly));
}
