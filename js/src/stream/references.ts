/** The link definitions of a text, and what was looked for among them in vain. */
import type { Definitions } from "./inline";

// CommonMark allows no longer one, and a text may hold very many brackets.
const LONGEST_LABEL = 999;

export interface Watched {
  /** The definitions, for the parser. */
  definitions: Definitions;
  /** Labels that were looked for and are not defined; one may be later in the text. */
  missed: Set<string>;
  /** Labels that have been defined since. */
  added: Set<string>;
}

/** The same definitions, but it shows what the parser asks for and what it adds. */
export function watch(known: Definitions): Watched {
  const missed = new Set<string>();
  const added = new Set<string>();
  const definitions = new Proxy(known, {
    get(target, label) {
      const found = Reflect.get(target, label);
      if (!found && typeof label === "string" && label.length <= LONGEST_LABEL) missed.add(label);
      return found;
    },
    set(target, label, definition) {
      missed.delete(String(label));
      added.add(String(label));
      return Reflect.set(target, label, definition);
    },
  });
  return { definitions, missed, added };
}
