import type { AnswerState } from "../protocol";
import { isFinal, type Store } from "../store";
import { ASKED, BECAUSE, CITED, count, day, fill, NONE_CITED, PHASES } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";
import { money, seconds } from "./words";

/** The last line, shown when the answer is finished. */
export function footer(store: Store): Part {
  const node = element("div", "pplx-last");
  return {
    node,
    needs: ["status", "reason", "sources", "citations", "usage", "timing", "model", "asked"],
    update() {
      const { status } = store.state;
      node.hidden = !isFinal(status);
      setText(node, isFinal(status) ? lastLine(store.state) : "");
      node.title = isFinal(status) ? usageWords(store.state) : "";
    },
  };
}

export function lastLine(state: AnswerState): string {
  const { usage, timing } = state;
  return [
    ending(state),
    cited(state),
    usage && count(usage.output_tokens, "token"),
    usage?.cost != null && money(usage.cost, usage.currency),
    timing.first_token !== null && `first token ${seconds(timing.first_token)}`,
    timing.tokens_per_second !== null && `${Math.round(timing.tokens_per_second)} tokens/s`,
    state.model,
    state.asked && fill(ASKED, { date: day(state.asked) }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Explains the token count of the last line. */
export function usageWords({ usage }: AnswerState): string {
  if (!usage) return "";
  const { input_tokens, output_tokens } = usage;
  return `${count(output_tokens, "token")} written by the model, ${count(input_tokens, "token")} read`;
}

/**
 * Returns how an unfinished answer ended, so that it never looks finished. A failed answer has its
 * card just above instead.
 */
function ending({ status, reason }: AnswerState): string | null {
  if (status !== "stopped" && status !== "incomplete") return null;
  const phase = PHASES[status];
  return reason ? fill(BECAUSE, { phase, reason }) : phase;
}

function cited({ sources, citations }: AnswerState): string | null {
  if (sources.length === 0) return null;
  const found = sources.length;
  if (citations.length === 0) return fill(NONE_CITED, { found: count(found, "source") });
  return fill(CITED, { cited: count(citations.length, "source"), found });
}
