/**
 * Tells whether a node may belong to the notebook of a widget manager. A copy of a notebook, open
 * in the same page with its own kernel, has the same keys, and actions in the copy must not change
 * the original. The only way from a node to its notebook is the tab that labels its panel:
 * JupyterLab writes the file's name on the tab and its path into the tooltip. If the notebooks
 * cannot be told apart, the answer is yes.
 */

export function mayBeIn(manager: unknown, node: Element): boolean {
  const { context } = (manager ?? {}) as { context?: { path?: unknown } };
  const panel = node.closest(".jp-NotebookPanel");
  const tab = document.getElementById(panel?.getAttribute("aria-labelledby") ?? "");
  if (!tab || typeof context?.path !== "string") return true;
  // For a file on another drive, the path begins with the drive's name.
  const path = context.path.replace(/^[^/]*:/, "");
  const label = tab.querySelector(".lm-TabBar-tabLabel")?.textContent;
  if (label && label !== path.split("/").at(-1)) return false;
  // The path is at the end of one line of the tooltip, after a label in the user's language.
  return !tab.title || tab.title.split("\n").some((line) => line.endsWith(path));
}
