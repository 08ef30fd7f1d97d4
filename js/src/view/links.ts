/** Links keep the browser's own menu; the notebook would show the menu of the cell. */
export function linkMenus(root: HTMLElement, signal: AbortSignal): void {
  root.addEventListener(
    "contextmenu",
    (event) => {
      if (event.target instanceof Element && event.target.closest("a[href]")) {
        event.stopPropagation();
      }
    },
    { signal },
  );
}
