/**
 * Builds the document of an answer in the page, if the kernel is gone and cannot build it.
 * Otherwise the answer on the screen would be lost, and the saved file would contain a live view,
 * which opens as an error message.
 *
 * The document has no text/markdown, because a Markdown renderer would fetch the images in the
 * text. It has no record, because only the kernel writes records.
 */
import type { Store } from "../store";
import { INLINE_STYLES, NO_MATH } from "../tables";
import { asItCame } from "../view/copy";
import { element } from "../view/element";
import { lastLine } from "../view/footer";
import { mount } from "../view/view";
import type { Output } from "./output";

/** Parts of the live view that have no function in a file or show durations. */
const LEFT_OUT =
  "button, .pplx-follow, [hidden], .pplx-controls, .pplx-phase-time, .pplx-step-time, .pplx-code-head";
const ATTRIBUTES = new Set([
  "class",
  "href",
  "rel",
  "target",
  "title",
  "start",
  "dir",
  "aria-label",
]);

export function documentOf(store: Store): Output {
  const { state } = store;
  const { question } = state;
  const last = lastLine(state, true);
  const plain = [question.trim(), asItCame(state), state.error?.lines.what, last]
    .filter(Boolean)
    .join("\n\n");
  return { data: { "text/html": htmlOf(store, last), "text/plain": plain }, metadata: {} };
}

function htmlOf(store: Store, last: string): string {
  // A separate view: the user has folded and selected things in the existing ones.
  const done = new AbortController();
  const live = mount(store, element("div", ""), done.signal, Number.POSITIVE_INFINITY);
  done.abort();
  for (const node of live.querySelectorAll(LEFT_OUT)) node.remove();
  for (const node of live.querySelectorAll("*")) {
    for (const name of node.getAttributeNames()) {
      const tip = name === "title" && !node.matches("a, sup > *");
      if (tip || !ATTRIBUTES.has(name)) node.removeAttribute(name);
    }
  }
  live.querySelector(".pplx-last")?.replaceChildren(last);
  const root = element(
    "div",
    `pplx pplx-${store.state.status} pplx-settled ${NO_MATH}`,
    ...live.childNodes,
  );
  for (const [name, style] of Object.entries(INLINE_STYLES)) {
    const on = name === "pplx" ? root : root.querySelector(`.${name}`);
    on?.setAttribute("style", style);
  }
  // A blank line would end the HTML block when the notebook is converted to Markdown.
  return root.outerHTML.replace(/\n(?=[ \t]*\n)/g, "&#10;");
}
