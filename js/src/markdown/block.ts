/** The blocks that are open: the last of each kind of content, from the document down to one leaf. */

export type Block = Container | Leaf;
export type Container = Document | Quote | List | Item | Note;
export type Leaf = Paragraph | Heading | Code | Rule | Table | Row;

interface Part {
  readonly parent: Container;
  /** Of containers around it. */
  readonly depth: number;
  /** The last line of it that is not blank. */
  end: number;
}

interface Holder extends Part {
  /** What was last begun in it. */
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
  /** `-`, `+`, `*`, `.` or `)`: another mark begins another list. */
  readonly mark: string;
  /** The number of its first item; null for bullets. */
  readonly first: number | null;
  /** Between its blocks are blank lines: its paragraphs are shown as such. */
  loose: boolean;
}

export interface Item extends Holder {
  readonly kind: "item";
  readonly parent: List;
  /** Lines indented by so much belong to it. */
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
  /** With which it began: `[ ] ` or `[x] `, if it is a task. */
  task: string;
  /** It may be (or begin with) link definitions. */
  defines: boolean;
  /** Its last line could head a table; and looks as if it did. */
  heads: boolean;
  rowLike: boolean;
}

export interface Heading extends Part {
  readonly kind: "heading";
  readonly level: number;
  /** The closing marks have been cut where the line is complete. */
  text: string;
}

export interface Code extends Part {
  readonly kind: "code";
  /** The marks that opened it and how far they were indented; null for code by indentation. */
  readonly fence: { readonly mark: string; readonly indent: number } | null;
  readonly info: string;
  /** Text that has not been shown yet. */
  fresh: string;
  /** Blank lines at the end of code by indentation, which belong to it if more comes. */
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
  /** Cells that its rows lacked so far. */
  lacking: number;
}

export interface Row extends Part {
  readonly kind: "row";
  readonly table: Table;
  text: string;
}

export type Alignment = "" | "left" | "center" | "right";
