/** Copies to the clipboard, as text and, if given, as HTML. */

/** Returns whether the copy succeeded. `near` gets the focus afterwards. */
export async function copy(text: string, html: string, near: HTMLElement): Promise<boolean> {
  try {
    if (!html) await navigator.clipboard.writeText(text);
    else await navigator.clipboard.write([both(text, html)]);
    return true;
  } catch {
    // There is no clipboard over plain http, or access is not allowed.
    return copyBySelection(text, html, near);
  }
}

function both(text: string, html: string): ClipboardItem {
  const blob = (type: string, content: string) => ({ [type]: new Blob([content], { type }) });
  return new ClipboardItem({ ...blob("text/plain", text), ...blob("text/html", html) });
}

function copyBySelection(text: string, html: string, near: HTMLElement): boolean {
  const selection = getSelection();
  const ranges = Array.from({ length: selection?.rangeCount ?? 0 }, (_, i) =>
    selection?.getRangeAt(i),
  );
  const area = document.createElement("textarea");
  area.className = "pplx-spoken";
  area.value = text;
  near.after(area);
  area.select();
  area.addEventListener("copy", (event) => {
    if (!html) return;
    event.clipboardData?.setData("text/plain", text);
    event.clipboardData?.setData("text/html", html);
    event.preventDefault();
  });
  const copied = document.execCommand("copy");
  area.remove();
  selection?.removeAllRanges();
  for (const range of ranges) if (range) selection?.addRange(range);
  near.focus({ preventScroll: true });
  return copied;
}
