/**
 * The inline text of a leaf, shown as it grows. Text that can no longer change is settled sentence
 * by sentence and not parsed again. Only the rest is parsed again and patched in place.
 */
import type { Token } from "markdown-it";
import { isBlock, patch } from "./dom";
import type { Dresser } from "./dresser";
import type { Footnotes } from "./footnotes";
import { presentable } from "./half";
import { parse } from "./inline";
import type { Late, Waiting } from "./late";
import { watch } from "./references";
import { type Cite, type Item, toTree } from "./tree";

/**
 * Length of the rest, parsed with every frame, above which a part of it is settled. The last `KEPT`
 * characters never are.
 */
const LONG = 400;
const KEPT = 120;
/**
 * If something stays open, a rest of this length is settled anyway. The leaf is then parsed again
 * at its end.
 */
const TOO_LONG = 2000;
/** A longer leaf is not parsed again. Real texts are shorter. */
const TOO_LONG_TO_READ_AGAIN = 50_000;
/** The browser lays out a paragraph as a whole, so a longer one continues in further boxes. */
const BOX = 3000;
/** The end of a sentence or a line, if plain text follows. */
const CUT = /\n(?=[^\s[])|[.!?:;,)] (?=[^\s[])/g;
/** A mark that later text may close. `_` within a word and a mark between spaces cannot be closed. */
const OPEN =
  /`|\$|\]\(|<su|[【［][^】］]*$|(?<!\s)[*~]|[*~](?!\s)|(?<![\p{L}\p{N}]|\s)_|_(?![\p{L}\p{N}]|\s)/u;

export interface Home {
  /** The node that contains the text, perhaps among other children. */
  readonly node: Node;
  /** The child after which the text begins; null if the text begins the node. */
  readonly before: ChildNode | null;
}

/** Everything that a text can refer to. */
export interface Known {
  cite: Cite;
  late: Late;
  notes: Footnotes;
  dresser: Dresser | null;
}

export class Prose implements Waiting {
  readonly ids = new Set<number>();
  readonly labels = new Set<string>();
  readonly #home: (empty: boolean) => Home | null;
  readonly #cite: Cite;
  readonly #late: Late;
  readonly #notes: Footnotes;
  readonly #dresser: Dresser | null;
  /** Labels of the footnotes mentioned in the settled text. */
  #mentions: string[] = [];
  /** The whole text, once it is complete. */
  #text = "";
  /** Length of the settled text, which is shown up to and including `#before`. `#rest` follows. */
  #settled = 0;
  #rest = "";
  #box: Node | null = null;
  #before: ChildNode | null = null;
  #inBox = 0;
  #tryAt = LONG;
  #unsure = false;

  /** `home` returns the place of the text, or null while there is nothing to show. */
  constructor(home: (empty: boolean) => Home | null, { cite, late, notes, dresser }: Known) {
    this.#dresser = dresser;
    this.#home = home;
    this.#cite = cite;
    this.#late = late;
    this.#notes = notes;
  }

  /** Adds the next piece of the text. */
  add(piece: string): void {
    const begins = this.#settled === 0 && this.#rest === "";
    this.#rest = begins ? piece.trimStart() : this.#rest + piece;
  }

  /** Shows the unfinished text: the pieces added so far, or `text` as a whole. */
  type(text?: string): void {
    if (text !== undefined) this.#rest = text.trimStart().slice(this.#settled);
    while (this.#rest.length > this.#tryAt && this.#settle());
    const tokens = this.#tokens(presentable(this.#rest), new Set());
    this.#show(this.#tree(tokens, new Set(), [...this.#mentions]), true);
  }

  /** Shows the complete text. */
  finish(text: string): void {
    this.#text = text.trim();
    const unsure = this.#unsure && text.length < TOO_LONG_TO_READ_AGAIN;
    if (unsure || this.#outdated()) this.#startOver();
    this.#show(this.#read(this.#text.slice(this.#settled)), false);
    this.#rest = "";
    this.#notes.mention(this.#mentions, this);
    if (this.ids.size > 0 || this.labels.size > 0) this.#late.await(this);
  }

  /** Parses the open text again if a marker or label in the settled part has become known. */
  resolve(text: string): void {
    if (!this.#outdated()) return;
    this.#startOver();
    this.#rest = text.trimStart();
  }

  /** Removes the text, which turned out to be something else. */
  remove(): void {
    this.#startOver();
    this.#show([], true);
  }

  readAgain(): boolean {
    this.#startOver();
    this.#show(this.#read(this.#text), false);
    return this.ids.size > 0 || this.labels.size > 0;
  }

  #outdated(): boolean {
    const { definitions } = this.#late;
    return (
      [...this.ids].some((id) => this.#cite(id)) ||
      [...this.labels].some((label) => definitions[label])
    );
  }

  #startOver(): void {
    this.#settled = 0;
    this.#box = null;
    this.#inBox = 0;
    this.#tryAt = LONG;
    this.#unsure = false;
    this.#mentions = [];
    this.ids.clear();
    this.labels.clear();
  }

  #read(text: string): Item[] {
    return this.#tree(this.#tokens(text, this.labels), this.ids, this.#mentions);
  }

  #tokens(text: string, labels: Set<string>): Token[] {
    const { definitions, missed } = watch(this.#late.definitions);
    const tokens = parse(text, definitions);
    for (const label of missed) labels.add(label);
    return tokens;
  }

  #tree(tokens: readonly Token[], ids: Set<number>, mentions: string[]): Item[] {
    const cite = (id: number) => {
      const item = this.#cite(id);
      if (!item) ids.add(id);
      return item;
    };
    return toTree(tokens, cite, (label) => this.#notes.letter(label, mentions));
  }

  #show(items: readonly Item[], typing: boolean): void {
    const home = this.#home(typing && items.length === 0);
    if (!home) return;
    if (!this.#box) ({ node: this.#box, before: this.#before } = home);
    const end = this.#box === home.node ? endOf(home, this.#before) : null;
    patch(this.#box, items, this.#before, end, (node) => this.#dresser?.formula(node));
  }

  /** Settles the beginning of the rest, if no following text can change it. */
  #settle(): boolean {
    const { length } = this.#rest;
    const cut = lastCut(this.#rest.slice(0, length - KEPT + 1));
    const end = cut || length - KEPT;
    const labels = new Set<string>();
    const tokens = this.#tokens(this.#rest.slice(0, end), labels);
    const certain = cut > 0 && !leavesOpen(tokens);
    if (!certain && length < TOO_LONG) {
      this.#tryAt = length + KEPT;
      return false;
    }
    this.#unsure ||= !certain;
    this.#tryAt = LONG;
    for (const label of labels) this.labels.add(label);
    this.#show(this.#tree(tokens, this.ids, this.#mentions), true);
    this.#rest = this.#rest.slice(end);
    this.#settled += end;
    this.#inBox += end;
    this.#before = this.#box?.lastChild ?? null;
    if (this.#inBox > BOX && this.#box) this.#openBox();
    return true;
  }

  #openBox(): void {
    const home = this.#home(false);
    if (!home) return;
    const box = document.createElement("span");
    box.className = "pplx-next";
    home.node.appendChild(box);
    this.#box = box;
    this.#before = null;
    this.#inBox = 0;
  }
}

/** Returns the node after the text. In a list item, that is the next block. */
function endOf({ node }: Home, before: ChildNode | null): ChildNode | null {
  if (!(node instanceof HTMLLIElement)) return null;
  let end = before ? before.nextSibling : node.firstChild;
  while (end && !isBlock(end)) end = end.nextSibling;
  return end;
}

function lastCut(text: string): number {
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(CUT)) end = index + mark.length;
  return end;
}

function leavesOpen(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (const { type, content, markup } of tokens) {
    if (type === "text_special" && (markup === "\\(" || markup === "\\[")) return true;
    if (type !== "text") continue;
    if (OPEN.test(content)) return true;
    for (const char of content) {
      if (char === "[") depth += 1;
      else if (char === "]") depth = Math.max(0, depth - 1);
    }
  }
  return depth > 0;
}
