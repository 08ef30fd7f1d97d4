/** Copies the answer: as Markdown with its references, as plain text, or as rich text. */

import { finished } from "../document/finished";
import type { AnswerState } from "../protocol";
import { isFinal, type Store } from "../store";
import { button } from "./buttons";
import { copy } from "./clipboard";
import { element } from "./element";
import { menuButton } from "./menu";
import type { Part } from "./part";
import { richText } from "./rich";
import { titleOf } from "./sources";

const SAID_MS = 2000;

type Form = "markdown" | "plain" | "rich";

export function copyButton(store: Store, signal: AbortSignal): Part {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // For ears: the new name of a button is not read out by itself.
  const spoken = element("span", "pplx-spoken");
  spoken.setAttribute("role", "status");
  const say = (words: string) => {
    label.textContent = words || "Copy";
    spoken.textContent = words;
    clearTimeout(timer);
    if (words) timer = setTimeout(say, SAID_MS, "");
  };

  const copyAs = async (form: Form, near: HTMLElement) => {
    const output = await finished(store, signal);
    const asIs = asItCame(store.state);
    const plain = output?.plain ?? asIs;
    const root = whole.closest(".pplx");
    const html = form === "rich" && root ? richText(root) : "";
    const text = form === "markdown" ? (output?.markdown ?? asIs) : plain;
    say((await copy(text, html, near)) ? "Copied" : "Not copied");
  };

  const node = button("", () => copyAs("markdown", node), signal);
  // Both words in one place, so that nothing moves when one takes the other's.
  const label = element("span", "pplx-copy-label", "Copy");
  node.append(label);
  node.title = "Copy as Markdown with references";
  const menu = menuButton(
    "More formats",
    [
      { name: "Markdown with references", act: () => copyAs("markdown", menu) },
      { name: "Plain text", act: () => copyAs("plain", menu) },
      { name: "Rich text", act: () => copyAs("rich", menu) },
    ],
    signal,
  );
  // A browser lets a page copy only soon after a click: better to have the text before it.
  const prepare = () => finished(store, signal);
  for (const each of [node, menu]) {
    each.addEventListener("pointerenter", prepare, { signal });
    each.addEventListener("focus", prepare, { signal });
  }
  signal.addEventListener("abort", () => clearTimeout(timer));

  const whole = element("span", "pplx-copy", node, menu, spoken);
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
    return source ? [`[${id}] ${[titleOf(source), source.url].filter(Boolean).join(" — ")}`] : [];
  });
  return [text.trimEnd(), references.join("\n")].filter(Boolean).join("\n\n");
}
