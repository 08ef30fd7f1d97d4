/** The options of later questions, set in place: effort, recency and domains. */
import { element } from "../view/element";
import { say } from "../words";
import type { State } from "./state";

export const EFFORTS = ["fast", "low", "medium", "high", "xhigh"] as const;
const RECENCY = {
  hour: "chat.recency.hour",
  day: "chat.recency.day",
  week: "chat.recency.week",
  month: "chat.recency.month",
  year: "chat.recency.year",
} as const;

export interface Settings {
  node: HTMLElement;
  update(): void;
}

export function settings(state: State, signal: AbortSignal): Settings {
  const effort = select(say("chat.effort"), [
    ["", say("chat.effort.default")],
    ...EFFORTS.map((each): [string, string] => [each, each]),
  ]);
  const recency = select(say("chat.recency"), [
    ["", say("chat.recency.any")],
    ...Object.entries(RECENCY).map(([each, word]): [string, string] => [each, say(word)]),
  ]);
  const domains = element("input", "pplx-chat-domains");
  domains.placeholder = "europa.eu, -example.org";
  domains.spellcheck = false;
  const node = element(
    "div",
    "pplx-chat-settings",
    ...[effort, recency].map((each) => each.label),
    element("label", "", element("span", "", say("chat.domains")), domains),
  );
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", say("chat.settings"));
  effort.node.addEventListener(
    "change",
    () => state.ask({ type: "options", effort: effort.node.value }),
    { signal },
  );
  recency.node.addEventListener(
    "change",
    () => state.ask({ type: "options", recency: recency.node.value }),
    { signal },
  );
  domains.addEventListener(
    "change",
    () => {
      const sites = domains.value.split(/[\s,;]+/).filter(Boolean);
      state.ask({ type: "options", domains: sites });
    },
    { signal },
  );
  // Shortcuts of the notebook are not meant; `keepKeys` knows text boxes only.
  node.addEventListener("keydown", (event) => event.stopPropagation(), { signal });

  return {
    node,
    update() {
      const { options } = state;
      if (!options) return;
      choose(effort.node, options.effort ?? "", options.effort ?? options.model ?? "");
      choose(recency.node, options.recency ?? "", "");
      // Not while the user writes.
      if (domains !== domains.ownerDocument.activeElement)
        domains.value = options.domains.join(", ");
    },
  };
}

function select(name: string, choices: [string, string][]) {
  const node = element("select", "");
  for (const [value, words] of choices) {
    const option = element("option", "", words);
    option.value = value;
    node.append(option);
  }
  return { node, label: element("label", "", element("span", "", name), node) };
}

/** Shows a value, also one that is not among the choices, such as an effort with a version. */
function choose(node: HTMLSelectElement, value: string, name: string): void {
  if (value && ![...node.options].some((each) => each.value === value)) {
    const option = element("option", "", name);
    option.value = value;
    node.append(option);
  }
  const [first] = node.options;
  if (first && !value && name) first.textContent = name;
  if (node.value !== value) node.value = value;
}
