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
  type Start,
  startOf,
} from "./lines";

type Open =
  | Exclude<Start, { kind: "line" | "list" | "paragraph" }>
  /** `pipes`: it has a line that could head a table; `table`: it may well be one. */
  | { kind: "paragraph"; pipes: boolean; table: boolean }
  /** `blank`: the last line was. */
  | { kind: "list"; offset: number; blank: boolean }
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

  /** Takes the next piece of the text; returns the blocks that it closes. */
  append(text: string): string[] {
    const closed: string[] = [];
    this.tail += text;
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
      return { open: { ...start, blank: false }, cutBefore };
    case "paragraph":
      return { open: { ...start, pipes: line.includes("|"), table: false }, cutBefore };
    default:
      return { open: start, cutBefore };
  }
}

function readInList(open: Open & { kind: "list" }, line: string): Step {
  if (indentOf(line) >= open.offset) return { open: { ...open, blank: false } };
  const start = startOf(line);
  if (start.kind === "list") return begin(start, line, false);
  // An unindented line goes on with the item's paragraph, unless a blank line has ended that.
  const lazy = start.kind === "indented" || (start.kind === "paragraph" && !open.blank);
  return lazy ? { open: { ...open, blank: false } } : begin(start, line);
}

function readInQuote(open: Open, line: string): Step {
  const start = startOf(line);
  const lazy = start.kind === "paragraph" || start.kind === "indented";
  return lazy || start.kind === "quote" ? { open } : begin(start, line);
}

function readInParagraph(open: Open & { kind: "paragraph" }, line: string): Step {
  const table = open.table || (open.pipes && isDelimiterRow(line));
  const goesOn: Step = { open: { ...open, pipes: open.pipes || line.includes("|"), table } };
  if (isUnderline(line)) return table ? goesOn : { open: NOTHING, cutAfter: true };
  const start = startOf(line);
  switch (start.kind) {
    case "paragraph":
    case "indented":
      return goesOn;
    case "list":
      if (interruptsParagraph(line)) return begin(start, line);
      // Any item ends a table, and only some end a paragraph: which of them this is, is not known.
      return table ? begin(start, line, false) : goesOn;
    default:
      return begin(start, line);
  }
}
