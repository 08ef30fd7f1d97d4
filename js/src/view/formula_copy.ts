/** Makes copied text contain the sources of its formulas, each of them whole. */
import { writtenOf } from "../markdown/dom";

export function formulaCopies(root: HTMLElement, signal: AbortSignal): void {
  root.addEventListener(
    "copy",
    (event) => {
      const selection = getSelection();
      const formulas = [...root.querySelectorAll(".pplx-math")].filter(
        (node) => writtenOf(node) && node.firstElementChild && selection?.containsNode(node, true),
      );
      if (!selection || selection.isCollapsed || !event.clipboardData || formulas.length === 0)
        return;
      const { plain, html } = withSources(selection, formulas);
      event.clipboardData.setData("text/plain", plain);
      event.clipboardData.setData("text/html", html);
      event.preventDefault();
    },
    { signal },
  );
}

/** Lets the browser turn the selection into text while the sources are temporarily in the page. */
function withSources(
  selection: Selection,
  formulas: readonly Element[],
): { plain: string; html: string } {
  const range = selection.getRangeAt(0);
  for (const node of formulas) {
    if (node.contains(range.startContainer)) range.setStartBefore(node);
    if (node.contains(range.endContainer)) range.setEndAfter(node);
  }
  const shown = formulas.map((node) => [...node.childNodes]);
  for (const node of formulas) node.replaceChildren(writtenOf(node) ?? "");
  const into = document.createElement("div");
  into.append(range.cloneContents());
  const text = { plain: selection.toString(), html: into.innerHTML };
  for (const [i, node] of formulas.entries()) node.replaceChildren(...(shown[i] ?? []));
  return text;
}
