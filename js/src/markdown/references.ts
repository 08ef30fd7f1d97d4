/** What a text looks for among the link definitions in vain. */
import type { Definitions } from "./inline";

// CommonMark allows no longer one, and a text may hold very many brackets.
const LONGEST_LABEL = 999;

/** The same definitions, but it notes the labels that the parser asks for and does not find. */
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
