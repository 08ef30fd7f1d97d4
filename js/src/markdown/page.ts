/** Shows the blocks of a text as they begin, grow and end, with DOM nodes created one by one. */
import { HEADINGS, LIKE_MARKER, pattern, TASK_DONE, TASK_OPEN } from "../tables";
import type {
  Block,
  Container,
  Document,
  Heading,
  Item,
  List,
  Note,
  Page,
  Paragraph,
  Row,
  TextLeaf,
} from "./block";
import { type Definition, mayDefine, takeDefinitions } from "./definitions";
import { isBlock, make } from "./dom";
import type { Dresser } from "./dresser";
import { Footnotes } from "./footnotes";
import { Grid } from "./grid";
import { Groups } from "./groups";
import type { Late } from "./late";
import { Listing } from "./listing";
import { type Home, type Known, Prose } from "./prose";
import { withoutClosingMarks } from "./starts";
import type { Cite } from "./tree";

/** A longer list continues in further lists, each in its own group. */
const ITEMS_PER_LIST = 64;

/** Text that may still become a definition. It is not shown. */
const HALF_DEFINITION = pattern(
  `^\\[(?!${LIKE_MARKER}\\])[^\\]]*\\]:\\s*\\S*\\s*(?:["'(][^\\n]*)?$`,
);

interface ListNodes {
  /** The last of them grows. */
  parts: HTMLElement[];
  items: number;
}

export class DocumentPage implements Page {
  readonly #groups: Groups;
  readonly #notes: Footnotes;
  readonly #known: Known;
  readonly #nodes = new WeakMap<Block, HTMLElement>();
  readonly #lists = new WeakMap<List, ListNodes>();
  readonly #grids = new WeakMap<Block, Grid>();
  readonly #listings = new WeakMap<Block, Listing>();
  readonly #proses = new WeakMap<Block, Prose>();
  /** The leaf whose newest text is not shown yet. */
  #grown: TextLeaf | null = null;
  #open: TextLeaf | null = null;
  /** Items of loose lists whose texts are not paragraphs yet. The last is processed first. */
  readonly #tight: Element[] = [];

  constructor(root: HTMLElement, cite: Cite, late: Late, dresser: Dresser | null) {
    this.#groups = new Groups(root);
    this.#notes = new Footnotes(root);
    this.#known = { cite, late, notes: this.#notes, dresser };
  }

  /** Shows the text received since the last call. */
  show(): void {
    const leaf = this.#grown;
    this.#grown = null;
    switch (leaf?.kind) {
      case "paragraph":
        this.#showParagraph(leaf);
        break;
      case "heading":
        this.#proses.get(leaf)?.type(withoutClosingMarks(leaf.text));
        break;
      case "row":
        this.#grids.get(leaf.table)?.type(leaf);
        break;
      case "code":
        this.#showCode(leaf);
        break;
    }
  }

  get owes(): boolean {
    return this.#tight.length > 0;
  }

  pay(): void {
    for (const item of this.#tight.splice(-ITEMS_PER_LIST)) wrapTexts(item);
  }

  /** Called when no more text will come. */
  finish(): void {
    this.#notes.finish((reader) => this.#known.late.again(reader));
  }

  /** Called when markers may have found their sources. */
  resolve(): void {
    if (this.#open?.kind === "paragraph") this.#proses.get(this.#open)?.resolve();
    this.#grown = this.#open;
  }

  begin(block: Exclude<Block, Document>): void {
    if (block.parent.kind === "note" && block.kind !== "paragraph") this.#noteMark(block.parent);
    switch (block.kind) {
      case "quote":
        this.#place(block, make("blockquote"));
        break;
      case "note":
        this.#nodes.set(block, this.#notes.begin(block));
        break;
      case "list":
        this.#beginList(block);
        break;
      case "item":
        this.#beginItem(block);
        break;
      case "paragraph":
        this.#proses.set(block, this.#prose(this.#paragraphHome(block)));
        this.grow(block, block.text);
        break;
      case "heading":
        this.#beginHeading(block);
        this.grow(block);
        break;
      case "code": {
        const listing = new Listing(block.info);
        this.#listings.set(block, listing);
        this.#place(block, listing.node);
        this.#known.dresser?.code(listing);
        break;
      }
      case "rule":
        this.#place(block, make("hr"));
        break;
      case "table": {
        const grid = new Grid(block, (cell) => this.#proseIn(cell));
        this.#grids.set(block, grid);
        this.#place(block, grid.node);
        break;
      }
      case "row":
        this.#beginRow(block);
        this.grow(block);
        break;
    }
  }

  grow(leaf: TextLeaf, piece = ""): void {
    if (leaf.kind === "paragraph") this.#proses.get(leaf)?.add(piece);
    this.#grown = leaf;
    this.#open = leaf;
  }

  end(block: Exclude<Block, Document>): void {
    switch (block.kind) {
      case "paragraph":
        this.#endParagraph(block);
        break;
      case "note":
        this.#noteMark(block);
        break;
      case "heading":
        this.#proses.get(block)?.finish(withoutClosingMarks(block.text));
        break;
      case "row":
        this.#grids.get(block.table)?.finish(block);
        break;
      case "code":
        this.#endCode(block);
        break;
    }
    if (this.#grown === block) this.#grown = null;
    if (this.#open === block) this.#open = null;
  }

  become(paragraph: Paragraph, heading: Heading): void {
    this.#remove(paragraph);
    this.#beginHeading(heading);
  }

  drop(paragraph: Paragraph): void {
    this.#remove(paragraph);
  }

  loosen(list: List): void {
    const items = (this.#lists.get(list)?.parts ?? []).flatMap((part) => [...part.children]);
    // Only the last item may still grow. The others may be thousands, so they are converted later.
    const last = items.pop();
    if (last) wrapTexts(last);
    this.#tight.push(...items);
  }

  define(label: string, definition: Definition): void {
    this.#known.late.define(label, definition);
  }

  #place(block: Exclude<Block, Document>, node: HTMLElement): void {
    this.#nodes.set(block, node);
    this.#placeIn(block.parent, node);
  }

  #placeIn(parent: Container, node: HTMLElement): void {
    if (parent.kind === "document") this.#groups.place(node);
    else this.#nodes.get(parent)?.append(node);
  }

  #beginList(list: List): void {
    const node = make(list.first === null ? "ul" : "ol");
    if (list.first !== null && list.first !== 1) node.setAttribute("start", String(list.first));
    this.#lists.set(list, { parts: [node], items: 0 });
    this.#place(list, node);
  }

  #beginItem(item: Item): void {
    const list = item.parent;
    const nodes = this.#lists.get(list);
    if (!nodes) return;
    if (list.parent.kind === "document" && nodes.items % ITEMS_PER_LIST === 0 && nodes.items > 0) {
      const part = make(list.first === null ? "ul" : "ol", "pplx-next");
      if (list.first !== null) part.setAttribute("start", String(list.first + nodes.items));
      nodes.parts.at(-1)?.classList.add("pplx-cut");
      nodes.parts.push(part);
      this.#groups.placeNext(part);
    }
    nodes.items += 1;
    const node = make("li");
    this.#nodes.set(item, node);
    nodes.parts.at(-1)?.append(node);
  }

  #beginHeading(heading: Heading): void {
    const node = make((HEADINGS[heading.level - 1] ?? "h6") as "h6");
    this.#proses.set(heading, this.#proseIn(node));
    this.#place(heading, node);
  }

  #beginRow({ table }: Row): void {
    const grid = this.#grids.get(table);
    const next = grid?.begin(table.parent.kind === "document");
    if (next) this.#groups.placeNext(next);
  }

  #showCode(code: TextLeaf & { kind: "code" }): void {
    this.#listings.get(code)?.append(code.fresh);
    code.fresh = "";
  }

  #endCode(code: TextLeaf & { kind: "code" }): void {
    this.#showCode(code);
    const listing = this.#listings.get(code);
    if (listing) listing.closed = true;
  }

  // ---- paragraphs: in a tight list the text is directly in the item ----

  /**
   * Returns a function that tells where a paragraph's text belongs. The element is created only
   * when there is text to show, because the paragraph may still turn into something else.
   */
  #paragraphHome(paragraph: Paragraph): (empty: boolean) => Home | null {
    const { parent } = paragraph;
    const item = this.#nodes.get(parent);
    const mark = paragraph.task ? taskNodes(paragraph.task) : [];
    if (parent.kind === "note" && !item?.firstChild) {
      mark.push(this.#notes.mark(parent), document.createTextNode(" "));
    }
    if (parent.kind !== "item" || parent.parent.loose || !item) {
      return (empty) => {
        if (empty && !this.#nodes.has(paragraph)) return null;
        if (!this.#nodes.has(paragraph)) this.#place(paragraph, make("p", "", ...mark));
        return homeIn(this.#nodes.get(paragraph) as HTMLElement, mark.at(-1));
      };
    }
    item.append(...mark);
    const before = item.lastChild;
    return () => {
      // The list may have become loose.
      if (before && before.parentNode !== item) return homeIn(before.parentNode as Node, before);
      const first = before ? before.nextSibling : item.firstChild;
      return first instanceof HTMLParagraphElement ? homeIn(first) : { node: item, before };
    };
  }

  /** Adds the letter of a footnote that does not begin with a paragraph. */
  #noteMark(note: Note): void {
    const node = this.#nodes.get(note);
    if (!node?.firstChild) node?.append(make("p", "", this.#notes.mark(note)));
  }

  /** Shows a paragraph, except text that may still be a definition or the head of a table. */
  #showParagraph(paragraph: Paragraph): void {
    const prose = this.#proses.get(paragraph);
    if (paragraph.defines) {
      paragraph.defines = mayDefine(paragraph.text);
      prose?.type(withoutDefinitions(paragraph.text));
    } else if (!paragraph.rowLike) {
      prose?.type();
    }
  }

  #endParagraph(paragraph: Paragraph): void {
    this.#proses.get(paragraph)?.finish(paragraph.text);
    const item = this.#nodes.get(paragraph.parent);
    // Add an empty text, which becomes a paragraph if the list becomes loose.
    if (item instanceof HTMLLIElement && (!item.lastChild || isBlock(item.lastChild))) {
      if (!this.#nodes.has(paragraph)) item.append(document.createTextNode(""));
    }
  }

  #remove(paragraph: Paragraph): void {
    const item = this.#nodes.get(paragraph.parent);
    if (paragraph.task && item && !this.#nodes.has(paragraph)) item.replaceChildren();
    else this.#proses.get(paragraph)?.remove();
    this.#nodes.get(paragraph)?.remove();
    if (this.#grown === paragraph) this.#grown = null;
    if (this.#open === paragraph) this.#open = null;
  }

  #proseIn(node: HTMLElement): Prose {
    return this.#prose(() => homeIn(node));
  }

  #prose(home: (empty: boolean) => Home | null): Prose {
    return new Prose(home, this.#known);
  }
}

const homeIn = (node: Node, before: ChildNode | null = null): Home => ({ node, before });

/** The mark of a task is text, because sanitisers remove checkboxes. */
function taskNodes(mark: string): ChildNode[] {
  const box = document.createTextNode(mark.startsWith("[ ]") ? TASK_OPEN : TASK_DONE);
  return [make("span", "pplx-task", box), document.createTextNode(" ")];
}

function withoutDefinitions(text: string): string {
  const rest = takeDefinitions(text, () => {});
  return HALF_DEFINITION.test(rest) ? "" : rest;
}

/** Turns each text between the blocks of an item into a paragraph. */
function wrapTexts(item: Element): void {
  let paragraph: HTMLElement | null = null;
  for (const node of [...item.childNodes]) {
    if (isBlock(node)) {
      paragraph = null;
      continue;
    }
    if (!paragraph) {
      paragraph = make("p");
      node.before(paragraph);
    }
    paragraph.append(node);
  }
}
