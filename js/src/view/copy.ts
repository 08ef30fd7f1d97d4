/** Copies the answer as Markdown with its references, as the notebook keeps it. */
import { isFinal, type Store } from "../answer";
import type { AnswerState } from "../protocol";
import { finished } from "../settled/finished";
import { button } from "./controls";
import { element } from "./element";
import type { Part } from "./part";
import { titleOf } from "./sources";

const SAID_MS = 2000;

export function copyButton(store: Store, signal: AbortSignal): Part {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // For ears: the new name of a button is not read out by itself.
  const spoken = element("span", "pplx-spoken");
  spoken.setAttribute("role", "status");
  const say = (words: string) => {
    node.textContent = words || "Copy";
    spoken.textContent = words;
    clearTimeout(timer);
    if (words) timer = setTimeout(say, SAID_MS, "");
  };
  const node = button(
    "Copy",
    async () => {
      const output = await finished(store, signal);
      const text = output?.markdown ?? asItCame(store.state);
      say((await copy(text, node)) ? "Copied" : "Not copied");
    },
    signal,
  );
  node.title = "Copy as Markdown";
  // A browser lets a page copy only soon after a click: better to have the text before it.
  const prepare = () => finished(store, signal);
  node.addEventListener("pointerenter", prepare, { signal });
  node.addEventListener("focus", prepare, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));

  const whole = element("span", "pplx-copy", node, spoken);
  return {
    node: whole,
    needs: ["status", "text"],
    update() {
      const { status, text } = store.state;
      whole.hidden = !isFinal(status) || !text;
    },
  };
}

/** Where the kernel does not answer: the text with its markers, and what they lead to. */
export function asItCame({ text, sources, citations }: AnswerState): string {
  const byId = new Map(sources.map((source) => [source.id, source]));
  const references = citations.flatMap(({ id }) => {
    const source = byId.get(id);
    return source ? [`[${id}] ${titleOf(source)} — ${source.url}`] : [];
  });
  return [text.trimEnd(), references.join("\n")].filter(Boolean).join("\n\n");
}

export async function copy(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard on a plain http host, or not allowed.
    return copyBySelection(text, near);
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const selection = getSelection();
  const ranges = Array.from({ length: selection?.rangeCount ?? 0 }, (_, i) =>
    selection?.getRangeAt(i),
  );
  const area = element("textarea", "pplx-spoken");
  area.value = text;
  near.after(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  selection?.removeAllRanges();
  for (const range of ranges) if (range) selection?.addRange(range);
  near.focus({ preventScroll: true });
  return copied;
}
