/** Records the labels without a link definition. */
import type { Definitions } from "./inline";

// CommonMark's limit. A text may contain very many brackets.
const LONGEST_LABEL = 999;

/** Wraps definitions, and collects the labels that the parser asks for in vain. */
export function watch(known: Definitions): { definitions: Definitions; missed: Set<string> } {
  const missed = new Set<string>();
  const definitions = new Proxy(known, {
    get(target, label) {
      const found = Reflect.get(target, label);
      if (!found && typeof label === "string" && label.length <= LONGEST_LABEL) missed.add(label);
      return found;
    },
  });
  return { definitions, missed };
}
