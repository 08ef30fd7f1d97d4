import type { AnswerState } from "../protocol";
import { isFinal, type Store } from "../store";
import { count, day, PHASES, say, TOKENS } from "../words";
import { element, setText } from "./element";
import type { Part } from "./part";
import { money, seconds } from "./words";

/** The last line, shown when the answer is finished. */
export function footer(store: Store): Part {
  const node = element("div", "pplx-last");
  return {
    node,
    needs: [
      "status",
      "reason",
      "sources",
      "citations",
      "usage",
      "timing",
      "model",
      "asked",
      "kept",
    ],
    update() {
      const { status } = store.state;
      node.hidden = !isFinal(status);
      setText(node, isFinal(status) ? lastLine(store.state) : "");
      node.title = isFinal(status) ? figures(store.state) : "";
    },
  };
}

/** `dated`: with the day of the question, which a file shows. */
export function lastLine(state: AnswerState, dated = false): string {
  const { usage, asked, kept } = state;
  return [
    ending(state),
    cited(state),
    !kept && usage?.cost != null && money(usage.cost, usage.currency),
    state.model?.split("/").at(-1),
    kept && say("last.kept", { date: day(kept) }),
    kept && say("money.dollars", { amount: 0 }),
    !kept && dated && asked && say("last.asked", { date: day(asked) }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The other figures, for the title of the last line: tokens, times, the whole name of the model. */
export function figures({ usage, timing, model, asked }: AnswerState): string {
  return [
    usage &&
      say("last.usage", {
        output: count(usage.output_tokens, TOKENS),
        input: count(usage.input_tokens, TOKENS),
      }),
    timing.first_token !== null && say("last.first_token", { time: seconds(timing.first_token) }),
    timing.tokens_per_second !== null &&
      say("last.rate", { n: Math.round(timing.tokens_per_second) }),
    model,
    asked && say("last.asked", { date: day(asked) }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * Returns how an unfinished answer ended, so that it never looks finished. A failed answer has its
 * card just above instead.
 */
function ending({ status, reason }: AnswerState): string | null {
  if (status !== "stopped" && status !== "incomplete") return null;
  const phase = say(PHASES[status]);
  return reason ? say("phase.because", { phase, reason }) : phase;
}

function cited({ sources, citations }: AnswerState): string | null {
  if (sources.length === 0) return null;
  const found = sources.length;
  return citations.length === 0
    ? count(found, ["sources.uncited.one", "sources.uncited.other"])
    : count(found, ["sources.cited.one", "sources.cited.other"], { cited: citations.length });
}
