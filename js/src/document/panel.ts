/**
 * Whether a node may stand in the notebook of a widget manager. A copy of a notebook, open in the same
 * page with a kernel of its own, has the same keys; what is done there must not change the original.
 * The page has no way from a node to its notebook but the tab that names the panel: JupyterLab writes
 * the file's name on it, and its path into the tip. What cannot be told apart for sure is let through.
 */

export function mayBeIn(manager: unknown, node: Element): boolean {
  const { context } = (manager ?? {}) as { context?: { path?: unknown } };
  const panel = node.closest(".jp-NotebookPanel");
  const tab = document.getElementById(panel?.getAttribute("aria-labelledby") ?? "");
  if (!tab || typeof context?.path !== "string") return true;
  // Of a file on another drive the name of the drive comes first.
  const path = context.path.replace(/^[^/]*:/, "");
  const label = tab.querySelector(".lm-TabBar-tabLabel")?.textContent;
  if (label && label !== path.split("/").at(-1)) return false;
  // A line of several; what comes before the path is in the reader's language.
  return !tab.title || tab.title.split("\n").some((line) => line.endsWith(path));
}
