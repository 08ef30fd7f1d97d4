/** Copies the answer as Markdown with its references, as plain text, or as rich text. */

import { finished } from "../document/finished";
import type { AnswerState } from "../protocol";
import { isFinal, type Store } from "../store";
import { say } from "../words";
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
  // For screen readers, which do not read out the new name of a button.
  const spoken = element("span", "pplx-spoken");
  spoken.setAttribute("role", "status");
  const tell = (words: string) => {
    label.textContent = words || say("copy.button");
    spoken.textContent = words;
    clearTimeout(timer);
    if (words) timer = setTimeout(tell, SAID_MS, "");
  };

  const copyAs = async (form: Form, near: HTMLElement) => {
    const output = await finished(store, signal);
    const asIs = asItCame(store.state);
    const plain = output?.plain ?? asIs;
    const root = whole.closest(".pplx");
    const html = form === "rich" && root ? richText(root) : "";
    const text = form === "markdown" ? (output?.markdown ?? asIs) : plain;
    tell(say((await copy(text, html, near)) ? "copy.done" : "copy.failed"));
  };

  const node = button("", () => copyAs("markdown", node), signal);
  // Both labels share one element, so that nothing moves when they change.
  const label = element("span", "pplx-copy-label", say("copy.button"));
  node.append(label);
  node.title = say("copy.tip");
  const menu = menuButton(
    say("copy.menu"),
    [
      { name: say("copy.markdown"), act: () => copyAs("markdown", menu) },
      { name: say("copy.plain"), act: () => copyAs("plain", menu) },
      { name: say("copy.rich"), act: () => copyAs("rich", menu) },
    ],
    signal,
  );
  // Browsers allow copying only shortly after a click, so fetch the text before it.
  const prepare = () => finished(store, signal);
  for (const each of [node, menu]) {
    each.addEventListener("pointerenter", prepare, { signal });
    each.addEventListener("focus", prepare, { signal });
  }
  signal.addEventListener("abort", () => clearTimeout(timer));

  const whole = element("span", "pplx-copy", node, menu, spoken);
  return {
    node: whole,
    needs: ["status", "begun"],
    update() {
      const { status, text } = store.state;
      whole.hidden = !isFinal(status) || !text;
    },
  };
}

/** Fallback if the kernel does not answer: the text with its markers, and their sources. */
export function asItCame({ text, sources, citations }: AnswerState): string {
  const byId = new Map(sources.map((source) => [source.id, source]));
  const references = citations.flatMap(({ id }) => {
    const source = byId.get(id);
    return source ? [`[${id}] ${[titleOf(source), source.url].filter(Boolean).join(" — ")}`] : [];
  });
  return [text.trimEnd(), references.join("\n")].filter(Boolean).join("\n\n");
}
