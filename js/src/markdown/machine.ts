/**
 * Finds the block structure of a growing Markdown text: CommonMark with GFM's tables, and raw HTML
 * as text. Each line is read once. The kind of a line is decided as soon as no following text can
 * change it; from then on its text goes to the open leaf as it arrives. Nothing is guessed, and
 * nothing reported to the page is taken back, with one exception: a paragraph may turn out to be a
 * heading, the head of a table or link definitions.
 */
import { normalizeReference } from "markdown-it/lib/common/utils.mjs";
import { DEEPEST, NOTE_INDENT } from "../tables";
import {
  type Block,
  type Code,
  type Container,
  type Document,
  endOf,
  type Heading,
  holderOf,
  type Item,
  type List,
  type Note,
  outOfList,
  type Page,
  type Paragraph,
  type Quote,
  type Row,
  type Rule,
  type Table,
  type TextLeaf,
} from "./block";
import { isDefinitions, takeDefinitions } from "./definitions";
import { Line } from "./line";
import {
  closesFence,
  decides,
  fenceOf,
  headingLevel,
  isDecided,
  isRule,
  itemMark,
  noteMark,
  skipItemMark,
  taskMark,
  underlineLevel,
} from "./starts";
import { alignments, cellsOf } from "./table";

/** A short row is filled up with empty cells. The table ends after this many in all. */
const MAX_LACKING = 0x10000;
/** A longer text of one line is given to its leaf in pieces of this length. */
const PIECE = 2048;
/** A title may follow the address of a definition on the next line. */
const TITLE = /^["'(]/;

export class Machine {
  readonly #page: Page;
  readonly #document: Document = { kind: "document", depth: 0, last: null };
  /** The innermost open block. */
  #tip: Block = this.#document;
  #number = 0;
  /** The beginning of a line whose kind is still undecided. */
  #held = "";
  #decided = false;
  /** The leaf that receives the rest of the current line, whose beginning has been read. */
  #typed: TextLeaf | null = null;
  #begun = false;
  #afterReturn = false;
  /** Text after the line that is being read. */
  #following = "";
  /** The rest of a long line, and whether its end has been read. */
  #left = "";
  #lineEnded = false;
  #textEnded = false;

  constructor(page: Page) {
    this.#page = page;
  }

  feed(text: string): void {
    this.#following += this.#withPlainLineEnds(text);
    this.pay();
  }

  /** Whether text is left to read: a long line ended the last call. */
  get owes(): boolean {
    return this.#left !== "" || this.#following !== "";
  }

  /** Reads on: a piece of a long line, or the lines up to the next long one. */
  pay(): void {
    if (this.#left) this.#append(this.#nextPiece());
    if (this.#left) return;
    if (this.#lineEnded) this.#endLine();
    const text = this.#following;
    let start = 0;
    let end = text.indexOf("\n");
    for (; end >= 0 && !this.#left; end = text.indexOf("\n", start)) {
      this.#take(text.slice(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#following = this.#left ? text.slice(start) : "";
    if (this.#left) return;
    if (start < text.length) this.#take(text.slice(start));
    if (this.#held && isDecided(this.#held, this.#decided)) {
      this.#begun = true;
      this.#read(this.#held, false);
      this.#held = "";
    }
    if (this.#textEnded) this.#closeTo(this.#document);
  }

  /** No more text will come. A long last line is still read in pieces. */
  end(): void {
    while (this.owes) this.pay();
    // White space after the last line end does not count as a line.
    if (/[^ \t]/.test(this.#held) || this.#begun) this.#endLine();
    this.#textEnded = true;
    if (!this.#left) this.#closeTo(this.#document);
  }

  /** Line ends have three forms, and a `\r\n` may arrive in two pieces. */
  #withPlainLineEnds(text: string): string {
    const rest = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text) this.#afterReturn = text.endsWith("\r");
    return rest.replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd");
  }

  #take(piece: string): void {
    if (this.#begun) {
      this.#append(piece);
    } else {
      this.#decided ||= decides(piece);
      this.#held += piece;
    }
  }

  #append(piece: string): void {
    if (!this.#typed || !piece) return;
    const leaf = this.#typed;
    if (leaf.kind === "code") leaf.fresh += piece;
    else leaf.text += piece;
    this.#page.grow(leaf, piece);
  }

  #endLine(): void {
    if (!this.#begun) this.#read(this.#held, true);
    this.#begun = true;
    this.#lineEnded = this.#left !== "";
    if (this.#lineEnded) return;
    const leaf = this.#typed;
    this.#typed = null;
    this.#held = "";
    this.#decided = false;
    this.#begun = false;
    if (leaf?.kind === "row") this.#endRow(leaf);
    else if (leaf?.kind === "heading") this.#close(leaf);
  }

  /** Returns the beginning of the text of a leaf, and leaves the rest for `pay`. */
  #firstPiece(text: string): string {
    this.#left = text;
    return this.#nextPiece();
  }

  #nextPiece(): string {
    const piece = this.#left.slice(0, PIECE);
    this.#left = this.#left.slice(PIECE);
    return piece;
  }

  // ---- one line: the blocks it continues, the blocks it begins, and its text ----

  #read(text: string, whole: boolean): void {
    this.#number += 1;
    const line = new Line(text);
    let matched = this.#matched(line);
    if (!matched) return;
    matched = this.#withoutDefinitions(matched, line);
    for (;;) {
      if (matched.kind === "code") {
        this.#readCode(matched, line);
        return;
      }
      const begun = this.#begin(matched, line, whole);
      if (begun === "nothing") break;
      if (begun === "all") return;
      matched = begun;
    }
    this.#readText(matched, line);
  }

  /** Returns the innermost open block that the line continues; null if the line has closed a fence. */
  #matched(line: Line): Block | null {
    let matched: Block = this.#document;
    for (const block of this.#open()) {
      if (block.kind === "code" && this.#closesCode(block, line)) return null;
      if (!this.#goesOn(block, line)) break;
      matched = block;
    }
    return matched;
  }

  #open(): Exclude<Block, Document>[] {
    const open: Exclude<Block, Document>[] = [];
    for (let block = this.#tip; block.kind !== "document"; block = block.parent) open.push(block);
    return open.reverse();
  }

  #closesCode(code: Code, line: Line): boolean {
    if (!code.fence || line.deep || !closesFence(line.content, code.fence.mark)) return false;
    code.end = this.#number;
    this.#close(code);
    return true;
  }

  #goesOn(block: Exclude<Block, Document>, line: Line): boolean {
    switch (block.kind) {
      case "list":
        return true;
      case "note":
        if (!line.blank && !line.deep) return false;
        line.skipColumns(NOTE_INDENT);
        return true;
      case "quote":
        if (line.deep || line.text[line.start] !== ">") return false;
        line.skipMark(1);
        line.skipColumns(1);
        block.end = this.#number;
        return true;
      case "item":
        if (line.blank) {
          if (block.last) line.skipColumns(block.offset);
          return block.last !== null;
        }
        if (line.indent < block.offset) return false;
        line.skipColumns(block.offset);
        return true;
      case "code":
        return this.#codeGoesOn(block, line);
      case "paragraph":
      case "table":
        return !line.blank;
      default:
        return false;
    }
  }

  #codeGoesOn({ fence }: Code, line: Line): boolean {
    if (!fence && !line.deep && !line.blank) return false;
    line.skipColumns(fence ? fence.indent : 4);
    return true;
  }

  /** Closes a paragraph of complete definitions: the next line does not continue it. */
  #withoutDefinitions(matched: Block, line: Line): Block {
    const tip = this.#tip;
    if (tip.kind !== "paragraph" || !tip.defines || line.blank) return matched;
    if (TITLE.test(line.content) || !isDefinitions(tip.text)) return matched;
    this.#close(tip);
    return matched === tip ? tip.parent : matched;
  }

  /** Begins the next block in the line. `all` means that the rest of the line has been read too. */
  #begin(matched: Block, line: Line, whole: boolean): Container | Code | "nothing" | "all" {
    if (line.blank) return "nothing";
    if (line.deep) {
      if (this.#tip.kind === "paragraph") return "nothing";
      line.skipColumns(4);
      this.#prepare(matched);
      return this.#beginCode(null, "");
    }
    const content = line.content;
    const holder = holderOf(matched);
    if (content.startsWith(">") && holder.depth + 1 < DEEPEST) {
      line.skipMark(1);
      line.skipColumns(1);
      this.#prepare(matched);
      return this.#add<Quote>({ kind: "quote", ...this.#part(), last: null });
    }
    const note = this.#mayBeNote(matched) ? noteMark(content) : null;
    if (note) {
      line.skipMark(note.length);
      line.skipColumns(line.indent);
      this.#prepare(matched);
      const label = normalizeReference(note.label);
      return this.#add<Note>({ kind: "note", ...this.#part(), last: null, label });
    }
    const heading = headingLevel(content);
    if (heading) {
      line.skipMark(heading.length);
      this.#prepare(matched);
      const { level } = heading;
      const text = this.#firstPiece(line.rest);
      this.#type(this.#add<Heading>({ kind: "heading", ...this.#part(), level, text }));
      return "all";
    }
    const fence = fenceOf(content);
    if (fence) {
      this.#prepare(matched);
      this.#beginCode({ mark: fence.mark, indent: line.indent }, fence.info);
      return "all";
    }
    if (whole && matched.kind === "paragraph" && this.#ends(matched, content)) return "all";
    if (isRule(content)) {
      this.#prepare(matched);
      this.#close(this.#add<Rule>({ kind: "rule", ...this.#part() }));
      return "all";
    }
    return this.#beginItem(matched, line, content);
  }

  /** Footnotes do not begin in a quote or a list, or on a line that continues a paragraph in a list. */
  #mayBeNote(matched: Block): boolean {
    if (outOfList(holderOf(matched)).kind !== "document") return false;
    if (this.#tip.kind !== "paragraph") return true;
    return !this.#open().some((block) => block.kind === "list");
  }

  #beginItem(matched: Block, line: Line, content: string): Item | "nothing" {
    const mark = itemMark(content);
    if (!mark) return "nothing";
    if (matched.kind === "paragraph" && (mark.empty || (mark.number ?? 1) !== 1)) return "nothing";
    const holder = holderOf(matched);
    const { mark: kind, number } = mark;
    const same = holder.kind === "list" && holder.mark === kind;
    if (!same && outOfList(holder).depth + 2 >= DEEPEST) return "nothing";
    const offset = skipItemMark(line, mark);
    if (same) {
      this.#closeTo(holder);
    } else {
      this.#prepare(matched);
      const list = {
        kind: "list",
        ...this.#part(),
        last: null,
        mark: kind,
        first: number,
      } as const;
      this.#add<List>({ ...list, loose: false });
    }
    const part = { ...this.#part(), parent: this.#tip as List };
    return this.#add<Item>({ kind: "item", ...part, last: null, offset });
  }

  /** Ends a paragraph if the line makes it a heading, or makes its last line the head of a table. */
  #ends(paragraph: Paragraph, content: string): boolean {
    if (paragraph.heads && this.#becomesTable(paragraph, content)) return true;
    const level = underlineLevel(content);
    // An underline that is not a rule may also be the address of a definition.
    const defines = paragraph.defines && isDefinitions(`${paragraph.text}\n${content}`);
    if (!level || (defines && !isRule(content))) return false;
    const text = paragraph.task + this.#takeDefinitions(paragraph);
    const { parent, depth } = paragraph;
    const heading: Heading = { kind: "heading", parent, depth, end: this.#number, level, text };
    this.#page.become(paragraph, heading);
    parent.last = heading;
    this.#tip = heading;
    this.#close(heading);
    return true;
  }

  #becomesTable(paragraph: Paragraph, content: string): boolean {
    const start = paragraph.text.lastIndexOf("\n") + 1;
    const headText = (start === 0 ? paragraph.task : "") + paragraph.text.slice(start);
    if (!headText.includes("|")) return false;
    const aligned = alignments(content);
    if (!aligned) return false;
    const head = cellsOf(headText);
    if (head.length === 0 || head.length !== aligned.length) return false;
    paragraph.text = paragraph.text.slice(0, Math.max(0, start - 1));
    this.#close(paragraph);
    this.#add<Table>({ kind: "table", ...this.#part(), head, aligned, lacking: 0 }, true);
    return true;
  }

  #readCode(code: Code, line: Line): void {
    if (line.blank && !code.fence) {
      code.blanks += `\n${line.rest}`;
      return;
    }
    const text = this.#firstPiece(line.rest);
    code.fresh += `${code.blanks}${code.begun ? "\n" : ""}${text}`;
    code.blanks = "";
    code.begun = true;
    if (!line.blank) code.end = this.#number;
    this.#type(code);
    this.#page.grow(code, text);
  }

  #readText(matched: Block, line: Line): void {
    const tip = this.#tip;
    if (line.blank) {
      this.#closeTo(this.#isOver(matched) ? matched.parent : matched);
    } else if (tip.kind === "paragraph") {
      // Also if the line lacks the marks of the paragraph's containers (a lazy line).
      const more = `\n${this.#firstPiece(line.content)}`;
      tip.text += more;
      tip.end = this.#number;
      tip.heads = tip === matched && !line.deep;
      tip.rowLike = tip.heads && line.content.startsWith("|");
      this.#type(tip);
      this.#page.grow(tip, more);
    } else if (matched.kind === "table" && this.#takesRow(matched, line)) {
      matched.end = this.#number;
      const { parent, depth } = matched;
      const text = this.#firstPiece(line.content);
      const row: Row = { kind: "row", parent, depth, end: 0, table: matched, text };
      this.#page.begin(row);
      this.#type(row);
    } else {
      this.#prepare(matched);
      const first = this.#tip.kind === "item" && this.#tip.last === null;
      const task = first ? taskMark(line.content) : "";
      const text = this.#firstPiece(line.content.slice(task.length));
      const looks = { heads: true, rowLike: line.content.startsWith("|") };
      const defines = text.startsWith("[") && !task;
      const paragraph = { kind: "paragraph", ...this.#part(), text, task, defines } as const;
      this.#type(this.#add<Paragraph>({ ...paragraph, ...looks }));
    }
  }

  /** Tells whether a list is over: two blank lines after an empty item end it. */
  #isOver(block: Block): block is List {
    if (block.kind !== "list" || block.last?.kind !== "item") return false;
    return block.last.last === null && block.last.end + 1 < this.#number;
  }

  #takesRow(table: Table, line: Line): boolean {
    return table.lacking <= MAX_LACKING && line.content.trim() !== "";
  }

  #type(leaf: TextLeaf): void {
    this.#typed = leaf;
  }

  #endRow(row: Row): void {
    row.table.lacking += Math.max(0, row.table.head.length - cellsOf(row.text).length);
    this.#page.end(row);
  }

  // ---- the open blocks ----

  #part() {
    const parent = this.#tip as Container;
    return { parent, depth: parent.depth + 1, end: this.#number };
  }

  /** Closes the blocks that the line does not continue, and the leaf or list that a new block ends. */
  #prepare(matched: Block): void {
    this.#closeTo(outOfList(holderOf(matched)));
  }

  #beginCode(fence: Code["fence"], info: string): Code {
    const text = { fresh: "", blanks: "", begun: false };
    return this.#add<Code>({ kind: "code", ...this.#part(), fence, info, ...text });
  }

  #add<T extends Exclude<Block, Document>>(block: T, fromLineAbove = false): T {
    const { parent } = block;
    const line = fromLineAbove ? this.#number - 1 : this.#number;
    const list = parent.kind === "item" ? parent.parent : parent;
    if (list.kind === "list" && !list.loose && parent.last && endOf(parent.last) + 1 < line) {
      list.loose = true;
      this.#page.loosen(list);
    }
    parent.last = block;
    this.#tip = block;
    this.#page.begin(block);
    return block;
  }

  #closeTo(block: Block): void {
    while (this.#tip !== block && this.#tip.kind !== "document") this.#close(this.#tip);
  }

  #close(block: Exclude<Block, Document>): void {
    const { parent } = block;
    this.#tip = parent;
    if (parent.kind !== "document") parent.end = Math.max(parent.end, block.end);
    if (block.kind === "paragraph") {
      block.text = this.#takeDefinitions(block);
      if (block.text === "") {
        this.#page.drop(block);
        return;
      }
    }
    this.#page.end(block);
  }

  #takeDefinitions(paragraph: Paragraph): string {
    if (!paragraph.defines) return paragraph.text;
    return takeDefinitions(paragraph.text, (label, definition) =>
      this.#page.define(label, definition),
    );
  }
}
