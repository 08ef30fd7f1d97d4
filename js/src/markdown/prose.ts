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
/** The end of a word. What looks like a definition would be one only at the beginning of a line. */
const WORD = /\S (?=[^\s[]|\[(?![^\]]{0,30}\]:))/g;
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

/** A part of a text that is parsed alone and refers to something that may come later. */
interface Piece extends Waiting {
  readonly text: string;
  /** Whether the text ends with it. */
  readonly isEnd: boolean;
  readonly ids: Set<number>;
  readonly labels: Set<string>;
  /** The nodes that show it. */
  first: ChildNode;
  last: ChildNode;
}

export class Prose {
  readonly #home: (empty: boolean) => Home | null;
  readonly #cite: Cite;
  readonly #late: Late;
  readonly #notes: Footnotes;
  readonly #dresser: Dresser | null;
  readonly #pieces = new Set<Piece>();
  /** Labels of the footnotes mentioned in the settled text. */
  #mentions: string[] = [];
  /** The whole text, once it is complete. */
  #text: string | null = null;
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
    if (this.#unsure && text.length < TOO_LONG_TO_READ_AGAIN) this.#startOver();
    this.#finish(this.#text);
    this.#rest = "";
  }

  /** Marks settled pieces as due if a marker in them has become known. */
  resolve(): void {
    for (const piece of this.#pieces) {
      if (this.#isOutdated(piece)) this.#late.again(piece);
    }
  }

  /** Removes the text, which turned out to be something else. */
  remove(): void {
    this.#startOver();
    this.#show([], true);
  }

  #finish(text: string): void {
    const rest = text.slice(this.#settled);
    const labels = new Set<string>();
    this.#keep(rest, this.#tokens(rest, labels), labels, false);
    for (const piece of this.#pieces) {
      this.#notes.mention(this.#mentions, piece);
      if (this.#isOutdated(piece)) this.#late.again(piece);
      else this.#late.await(piece);
    }
  }

  #isOutdated({ ids, labels }: Piece): boolean {
    const { definitions } = this.#late;
    return [...ids].some((id) => this.#cite(id)) || [...labels].some((each) => definitions[each]);
  }

  #startOver(): void {
    this.#settled = 0;
    this.#box = null;
    this.#inBox = 0;
    this.#tryAt = LONG;
    this.#unsure = false;
    this.#mentions = [];
    this.#pieces.clear();
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

  /** Shows the items after the settled text. Returns the first and the last of their nodes. */
  #show(items: readonly Item[], typing: boolean): [ChildNode | null, ChildNode | null] {
    const home = this.#home(typing && items.length === 0);
    if (!home) return [null, null];
    if (!this.#box) ({ node: this.#box, before: this.#before } = home);
    const end = this.#box === home.node ? endOf(home, this.#before) : null;
    return this.#patch(this.#box, items, this.#before, end);
  }

  #patch(
    parent: Node,
    items: readonly Item[],
    before: ChildNode | null,
    end: ChildNode | null,
  ): [ChildNode | null, ChildNode | null] {
    patch(parent, items, before, end, (node) => this.#dresser?.formula(node));
    const first = before ? before.nextSibling : parent.firstChild;
    return first === end ? [null, null] : [first, end ? end.previousSibling : parent.lastChild];
  }

  /** Shows a piece that will not grow, and keeps it if it may have to be read again. */
  #keep(text: string, tokens: readonly Token[], labels: Set<string>, typing: boolean): void {
    const ids = new Set<number>();
    const items = this.#tree(tokens, ids, this.#mentions);
    const [first, last] = this.#show(items, typing);
    const waits = ids.size > 0 || labels.size > 0 || tokens.some(({ type }) => type === "note");
    if (!first || !last || !waits) return;
    const readAgain = () => this.#readAgain(piece);
    const piece: Piece = { text, isEnd: !typing, ids, labels, first, last, readAgain };
    this.#pieces.add(piece);
  }

  /** Reads a piece again. Returns whether it still waits for something. */
  #readAgain(piece: Piece): boolean {
    const { text, isEnd, ids, labels } = piece;
    const parent = piece.first.parentNode;
    if (!parent || !this.#pieces.has(piece)) return false;
    labels.clear();
    const tokens = this.#tokens(text, labels);
    if (!isEnd && leavesOpen(tokens)) {
      // A new link may contain the mark that closed an emphasis.
      if (this.#text === null) this.#unsure = true;
      else if (this.#text.length < TOO_LONG_TO_READ_AGAIN) {
        this.#startOver();
        this.#finish(this.#text);
        return false;
      }
    }
    ids.clear();
    const items = this.#tree(tokens, ids, this.#mentions);
    const [before, end, wasLast] = [
      piece.first.previousSibling,
      piece.last.nextSibling,
      piece.last === this.#before,
    ];
    const [first, last] = this.#patch(parent, items, before, end);
    if (wasLast) this.#before = last ?? before;
    if (!first || !last) return false;
    [piece.first, piece.last] = [first, last];
    return ids.size > 0 || labels.size > 0;
  }

  /** Settles the beginning of the rest, if no following text can change it. */
  #settle(): boolean {
    const { length } = this.#rest;
    const limit = this.#rest.slice(0, length - KEPT + 1);
    const cut = lastCut(limit, CUT) || lastCut(limit, WORD);
    const end = cut || length - KEPT;
    const text = this.#rest.slice(0, end);
    const labels = new Set<string>();
    const tokens = this.#tokens(text, labels);
    const certain = cut > 0 && !leavesOpen(tokens);
    if (!certain && length < TOO_LONG) {
      this.#tryAt = length + KEPT;
      return false;
    }
    this.#unsure ||= !certain;
    this.#tryAt = LONG;
    this.#keep(text, tokens, labels, true);
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

function lastCut(text: string, pattern: RegExp): number {
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(pattern)) end = index + mark.length;
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
