/** The blocks of a growing text. The open ones form a path from the document to one leaf. */
import type { Definition } from "./definitions";

export type Block = Container | Leaf;
export type Container = Document | Quote | List | Item | Note;
export type Leaf = Paragraph | Heading | Code | Rule | Table | Row;

interface Part {
  readonly parent: Container;
  /** Number of containers around it. */
  readonly depth: number;
  /** Number of its last line that is not blank. */
  end: number;
}

interface Holder extends Part {
  /** The last block begun in it. */
  last: Block | null;
}

export interface Document {
  readonly kind: "document";
  readonly depth: 0;
  last: Block | null;
}

export interface Quote extends Holder {
  readonly kind: "quote";
}

export interface List extends Holder {
  readonly kind: "list";
  /** `-`, `+`, `*`, `.` or `)`. A different mark begins another list. */
  readonly mark: string;
  /** The number of its first item; null for bullets. */
  readonly first: number | null;
  /** Whether there are blank lines between its blocks, so that its texts become paragraphs. */
  loose: boolean;
}

export interface Item extends Holder {
  readonly kind: "item";
  readonly parent: List;
  /** Lines indented by this many columns belong to it. */
  readonly offset: number;
}

/** A footnote. */
export interface Note extends Holder {
  readonly kind: "note";
  readonly label: string;
}

export interface Paragraph extends Part {
  readonly kind: "paragraph";
  text: string;
  /** The task mark it began with, `[ ] ` or `[x] `; "" if it is not a task. */
  task: string;
  /** Whether it may begin with link definitions. */
  defines: boolean;
  /** `heads`: its last line could be the head of a table. `rowLike`: it also looks like one. */
  heads: boolean;
  rowLike: boolean;
}

export interface Heading extends Part {
  readonly kind: "heading";
  readonly level: number;
  /** With its closing marks; see `withoutClosingMarks`. */
  text: string;
}

export interface Code extends Part {
  readonly kind: "code";
  /** The opening mark and its indentation; null for indented code. */
  readonly fence: { readonly mark: string; readonly indent: number } | null;
  readonly info: string;
  /** Text not shown yet. */
  fresh: string;
  /** Blank lines at the end of indented code. They belong to it only if more code follows. */
  blanks: string;
  begun: boolean;
}

export interface Rule extends Part {
  readonly kind: "rule";
}

export interface Table extends Part {
  readonly kind: "table";
  readonly head: readonly string[];
  readonly aligned: readonly Alignment[];
  /** Number of cells missing from its rows so far. */
  lacking: number;
}

export interface Row extends Part {
  readonly kind: "row";
  readonly table: Table;
  text: string;
}

export type Alignment = "" | "left" | "center" | "right";

/** Receives the blocks. They begin in the order of the text. */
export interface Page {
  begin(block: Exclude<Block, Document>): void;
  /** An open leaf has more text; `piece` is its end. */
  grow(leaf: TextLeaf, piece: string): void;
  /** The block is complete. */
  end(block: Exclude<Block, Document>): void;
  /** The open paragraph turns out to be a heading. */
  become(paragraph: Paragraph, heading: Heading): void;
  drop(paragraph: Paragraph): void;
  /** A list turns out to have blank lines between its blocks. */
  loosen(list: List): void;
  define(label: string, definition: Definition): void;
}

export type TextLeaf = Paragraph | Heading | Code | Row;

export const endOf = (block: Block): number => (block.kind === "document" ? 0 : block.end);

const isLeaf = (block: Block): block is Leaf => !("last" in block);

/** Returns the block itself, or the block that a leaf is in. */
export const holderOf = (block: Block): Container => (isLeaf(block) ? block.parent : block);

export const outOfList = (holder: Container): Container =>
  holder.kind === "list" ? holder.parent : holder;
