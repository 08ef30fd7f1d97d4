/** To the clipboard, as text and where it is given as HTML beside it. */

/** Tells whether it is there now; `near` has the focus afterwards. */
export async function copy(text: string, html: string, near: HTMLElement): Promise<boolean> {
  try {
    if (!html) await navigator.clipboard.writeText(text);
    else await navigator.clipboard.write([both(text, html)]);
    return true;
  } catch {
    // No clipboard on a plain http host, or not allowed.
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
