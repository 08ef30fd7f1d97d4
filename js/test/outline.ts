import type { Block, Container, Document, Page } from "../src/markdown/block";
import { Machine } from "../src/markdown/machine";

interface Node {
  name: string;
  text: string;
  children: Node[];
}

/**
 * Builds an outline of the blocks that the machine reports: `ul(li(p"a"))`, or `ul+(…)` for a loose
 * list.
 */
export class Outline implements Page {
  readonly #root: Node = { name: "", text: "", children: [] };
  readonly #nodes = new Map<Block, Node>();
  readonly labels: string[] = [];

  begin(block: Exclude<Block, Document>): void {
    const node = { name: nameOf(block), text: "", children: [] };
    this.#nodes.set(block, node);
    const parent = block.kind === "row" ? block.table : block.parent;
    this.#childrenOf(parent).push(node);
    this.#write(block);
  }

  /** Updates the text of an open leaf. */
  grow(leaf: Block): void {
    this.#write(leaf);
  }

  end(block: Block): void {
    this.#write(block);
  }

  become(paragraph: Block, heading: Block & { parent: Container }): void {
    this.drop(paragraph as Block & { parent: Container });
    this.begin(heading as Exclude<Block, Document>);
  }

  drop(paragraph: Block & { parent: Container }): void {
    const siblings = this.#childrenOf(paragraph.parent);
    siblings.splice(siblings.indexOf(this.#nodes.get(paragraph) as Node), 1);
  }

  loosen(list: Block): void {
    (this.#nodes.get(list) as Node).name += "+";
  }

  define(label: string): void {
    this.labels.push(label);
  }

  toString(): string {
    return this.#root.children.map(shape).join(" ");
  }

  #childrenOf(parent: Block): Node[] {
    return (this.#nodes.get(parent) ?? this.#root).children;
  }

  #write(block: Block): void {
    const node = this.#nodes.get(block);
    if (!node) return;
    if (block.kind === "code") {
      node.text += block.fresh;
      block.fresh = "";
    } else if ("text" in block) {
      node.text = block.text;
    } else if (block.kind === "table") {
      node.text = block.head.join("|");
    }
  }
}

function nameOf(block: Exclude<Block, Document>): string {
  switch (block.kind) {
    case "list":
      return block.first === null ? "ul" : `ol${block.first}`;
    case "paragraph":
      return block.task ? "p☑" : "p";
    case "note":
      return `note:${block.label}`;
    case "heading":
      return `h${block.level}`;
    default:
      return {
        quote: "q",
        item: "li",
        code: "code",
        rule: "hr",
        table: "table",
        row: "tr",
      }[block.kind];
  }
}

function shape({ name, text, children }: Node): string {
  const inside = children.length > 0 ? `(${children.map(shape).join(" ")})` : "";
  return `${name}${text ? JSON.stringify(text) : ""}${inside}`;
}

/** Returns the outline of a text that arrives in pieces. `open`: the text is not complete. */
export function outline(pieces: Iterable<string>, open = false): string {
  const page = new Outline();
  const machine = new Machine(page);
  for (const piece of pieces) machine.feed(piece);
  if (!open) machine.end();
  return String(page);
}
