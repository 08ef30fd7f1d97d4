/**
 * Cuts a growing Markdown text into its top-level blocks. A closed block stays as it is whatever
 * comes after it, and reads on its own as it reads in the document; so it is parsed once. The open
 * rest is parsed again as it grows. Where the rules leave it unsure, the block stays open.
 */
import {
  closesFence,
  indentOf,
  interruptsParagraph,
  isBlank,
  isDelimiterRow,
  isUnderline,
  leavesParagraph,
  mayDefine,
  type Start,
  startOf,
} from "./lines";

/**
 * `paragraph`: whether one is open at its end; `unsure`: a line that may go on with that, or be a
 * paragraph of its own, is now its end.
 */
interface Container {
  paragraph: ReturnType<typeof leavesParagraph>;
  unsure: boolean;
}

type Open =
  | Exclude<Start, { kind: "line" | "list" | "quote" | "paragraph" }>
  /**
   * `pipes`: it has a line that could head a table; `table`: it may well be one; `definition`: it may be
   * link definitions, which are no text for a heading.
   */
  | { kind: "paragraph"; pipes: boolean; table: boolean; definition: boolean }
  | ({ kind: "quote" } & Container)
  /** `blank`: the last line was. */
  | ({ kind: "list"; offset: number; blank: boolean } & Container)
  | { kind: "nothing" };

interface Step {
  open: Open;
  /** The line begins a block of its own. */
  cutBefore?: boolean;
  /** The line ends its block. */
  cutAfter?: boolean;
}

const NOTHING: Open = { kind: "nothing" };

export class Blocks {
  /** The open block: from its first line to the end of the text. */
  tail = "";
  #open: Open = NOTHING;
  /** Where in `tail` the first unread line starts, and up to where it has no line end. */
  #line = 0;
  #searched = 0;
  #afterReturn = false;

  /** Takes the next piece of the text; returns the blocks that it closes. */
  append(text: string): string[] {
    const closed: string[] = [];
    this.tail += this.#withPlainLineEnds(text);
    for (;;) {
      const end = this.tail.indexOf("\n", this.#searched);
      if (end < 0) break;
      const line = this.tail.slice(this.#line, end);
      const step = read(this.#open, line);
      this.#open = step.open;
      if (step.cutBefore) closed.push(this.#cut(this.#line));
      this.#line += line.length + 1;
      this.#searched = this.#line;
      if (step.cutAfter) closed.push(this.#cut(this.#line));
    }
    this.#searched = this.tail.length;
    return closed.filter((block) => !isBlank(block));
  }

  /** Line ends may be written in three ways, and one of them may come in two pieces. */
  #withPlainLineEnds(text: string): string {
    const rest = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text) this.#afterReturn = text.endsWith("\r");
    return rest.replace(/\r\n?/g, "\n");
  }

  #cut(at: number): string {
    const block = this.tail.slice(0, at);
    this.tail = this.tail.slice(at);
    this.#line -= at;
    this.#searched = this.#line;
    return block;
  }
}

function read(open: Open, line: string): Step {
  if (open.kind === "fence") {
    return closesFence(line, open.fence) ? { open: NOTHING, cutAfter: true } : { open };
  }
  if (isBlank(line)) return readBlank(open);
  switch (open.kind) {
    case "nothing":
      return begin(startOf(line), line, false);
    case "indented":
      return indentOf(line) >= 4 ? { open } : begin(startOf(line), line);
    case "list":
      return readInList(open, line);
    case "quote":
      return readInQuote(open, line);
    case "paragraph":
      return readInParagraph(open, line);
  }
}

function readBlank(open: Open): Step {
  switch (open.kind) {
    case "list":
      return { open: { ...open, blank: true } };
    case "paragraph":
    case "quote":
      return { open: NOTHING, cutAfter: true };
    default:
      return { open };
  }
}

function begin(start: Start, line: string, cutBefore = true): Step {
  switch (start.kind) {
    case "line":
      return { open: NOTHING, cutBefore, cutAfter: true };
    case "list":
      return { open: { ...start, blank: false, ...contained(line) }, cutBefore };
    case "quote":
      return { open: { ...start, ...contained(line) }, cutBefore };
    case "paragraph": {
      const [pipes, definition] = [line.includes("|"), mayDefine(line)];
      return { open: { kind: "paragraph", pipes, table: false, definition }, cutBefore };
    }
    default:
      return { open: start, cutBefore };
  }
}

const contained = (line: string): Container => ({
  paragraph: leavesParagraph(line),
  unsure: false,
});

/** It may be no list at all, but a paragraph with a line that looks like an item. */
const UNSURE: Container = { paragraph: "unsure", unsure: true };

function readInList(open: Open & { kind: "list" }, line: string): Step {
  if (indentOf(line) >= open.offset) {
    return { open: { ...open, blank: false, ...contained(line) } };
  }
  const start = startOf(line);
  if (start.kind === "list") {
    const unsure = open.unsure && !open.blank && !interruptsParagraph(line);
    return unsure ? { open: { ...open, ...start, ...UNSURE } } : begin(start, line, false);
  }
  if (start.kind === "indented") return { open: { ...open, blank: false } };
  return open.blank ? begin(start, line) : readWithoutMark(open, start, line);
}

function readInQuote(open: Open & { kind: "quote" }, line: string): Step {
  const start = startOf(line);
  if (start.kind === "quote") return { open: { ...open, ...contained(line) } };
  if (start.kind === "indented" && open.paragraph !== "no") return { open };
  return readWithoutMark(open, start, line);
}

/** A line that has not the mark of the list or the quote that is open. */
function readWithoutMark(open: Extract<Open, Container>, start: Start, line: string): Step {
  if (start.kind === "paragraph" && open.paragraph !== "no") {
    return { open: { ...open, unsure: open.unsure || open.paragraph === "unsure" } };
  }
  if (open.unsure) {
    // The underline of a heading, or a rule: over with its line either way.
    if (isUnderline(line)) return { open: NOTHING, cutAfter: true };
    if (start.kind === "list" && !interruptsParagraph(line)) return { open };
  }
  return begin(start, line);
}

function readInParagraph(open: Open & { kind: "paragraph" }, line: string): Step {
  const table = open.table || (open.pipes && isDelimiterRow(line));
  const goesOn: Step = { open: { ...open, pipes: open.pipes || line.includes("|"), table } };
  if (isUnderline(line)) {
    return table || open.definition ? goesOn : { open: NOTHING, cutAfter: true };
  }
  const start = startOf(line);
  switch (start.kind) {
    case "paragraph":
    case "indented":
      return goesOn;
    case "list":
      if (interruptsParagraph(line)) return begin(start, line);
      // Any item ends a table or definitions, and only some end a paragraph: what this is, is unsure.
      return table || open.definition ? { open: { ...start, blank: false, ...UNSURE } } : goesOn;
    default:
      return begin(start, line);
  }
}
