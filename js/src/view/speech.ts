import type { Store } from "../answer";
import type { AnswerState } from "../protocol";
import { element, setText } from "./element";
import type { Part } from "./part";
import { count } from "./words";

/** Tells a screen reader the turns that an answer takes; never its tokens. */
export function speech(store: Store): Part {
  const node = element("div", "pplx-spoken");
  node.setAttribute("aria-live", "polite");
  // What is over when the view is made is not news.
  let said = turn(store.state);
  return {
    node,
    needs: ["status", "sources", "error"],
    update() {
      const now = turn(store.state);
      if (now !== said) setText(node, now);
      said = now;
    },
  };
}

function turn({ status, sources, error, citations }: AnswerState): string {
  switch (status) {
    case "queued":
    case "connecting":
      return "";
    case "searching":
      return sources.length > 0 ? `${count(sources.length, "source")} found` : "Searching started";
    case "streaming":
      return "Answer begins";
    case "complete":
      return `Answer finished, ${count(citations.length, "source")} cited`;
    case "incomplete":
      return "Answer incomplete";
    case "stopped":
      return "Answer stopped";
    case "failed":
      return `Answer failed: ${error?.what ?? ""}`;
  }
}
