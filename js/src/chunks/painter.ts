/**
 * Colours a code element, a few lines at a time, with the same tags that documents use. The unread
 * rest is one text node at the end, which may still grow.
 *
 * The CSS Custom Highlight API would leave the text nodes alone. But Chromium checks all highlights
 * after every change of the page, so each token would pay for all the coloured code.
 */
import type { Piece, Reader } from "./reader";

const LINES_AT_ONCE = 16;
/** Time after which no further line is read: some lines are built to be slow. */
const ENOUGH_MS = 4;

type Point = [node: Node, offset: number];

export class Painter {
  readonly #code: HTMLElement;
  readonly #reader: Reader;
  /** The unread rest of the current box. */
  #rest: Text | null = null;
  /** How much of the rest is known to contain no line end. */
  #searched = 0;

  constructor(code: HTMLElement, reader: Reader) {
    this.#code = code;
    this.#reader = reader;
  }

  /** Tells whether a whole line can be read, or any text if the code is complete. */
  owes(closed: boolean): boolean {
    const rest = this.#toRead();
    if (closed) return rest.length > 0;
    // A line may be very long, and this runs with every piece that arrives.
    if (rest.data.indexOf("\n", this.#searched) >= 0) return true;
    this.#searched = rest.length;
    return false;
  }

  /** Colours a few lines. */
  pay(closed: boolean): void {
    const rest = this.#toRead();
    const { data } = rest;
    const pieces: Piece[] = [];
    let start = 0;
    const enough = performance.now() + ENOUGH_MS;
    for (let line = 0; line < LINES_AT_ONCE && start < data.length; line++) {
      if (line > 0 && performance.now() > enough) break;
      const end = data.indexOf("\n", start);
      if (end < 0 && !closed) break;
      pieces.push(...this.#reader.read(data.slice(start, end < 0 ? undefined : end)));
      if (end >= 0) pieces.push({ kind: "", text: "\n" });
      start = end < 0 ? data.length : end + 1;
    }
    const made = pieces.map(nodeOf);
    const selected = takeSelection(rest, start);
    rest.before(...made);
    rest.deleteData(0, start);
    this.#searched = 0;
    selected?.((offset) => pointIn(made, offset));
  }

  #toRead(): Text {
    const first = this.#code.firstChild;
    if (!this.#rest && !(first instanceof Text)) return new Text();
    this.#rest ??= first as Text;
    while (this.#rest.length === 0) {
      const box: Element | null = boxAfter(this.#rest, this.#code);
      if (!(box?.firstChild instanceof Text)) break;
      this.#rest.remove();
      this.#rest = box.firstChild;
      this.#searched = 0;
    }
    return this.#rest;
  }
}

/** Long code is split into boxes. */
function boxAfter(rest: Text, code: HTMLElement): Element | null {
  const home = rest.parentElement;
  return home === code ? rest.nextElementSibling : (home?.nextElementSibling ?? null);
}

function nodeOf({ kind, text }: Piece): Node {
  if (!kind) return new Text(text);
  const node = document.createElement(kind);
  node.append(text);
  return node;
}

/** The ends of the selection; undefined if it may have changed since they were read. */
let ends: [Point, Point] | null | undefined;
document.addEventListener("selectionchange", () => {
  ends = undefined;
});

/** Returns the ends of the selection. Reading them makes the browser lay out the page. */
function readEnds(): [Point, Point] | null {
  const selection = getSelection();
  if (!selection?.anchorNode || !selection.focusNode) return null;
  return [
    [selection.anchorNode, selection.anchorOffset],
    [selection.focusNode, selection.focusOffset],
  ];
}

/**
 * Notes the selection in the first `length` characters of a text. Returns a function that restores
 * it when they have been replaced; null if nothing is selected there.
 */
function takeSelection(
  text: Text,
  length: number,
): ((at: (offset: number) => Point) => void) | null {
  if (ends === undefined) ends = readEnds();
  if (!ends?.some(([node]) => node === text)) return null;
  const [anchor, focus] = ends;
  ends = undefined; // the text is about to change
  const moves = ([node, offset]: Point) => node === text && offset < length;
  if (!moves(anchor) && !moves(focus)) return null;
  return (at) => {
    const moved = (point: Point): Point => {
      if (moves(point)) return at(point[1]);
      return point[0] === text ? [text, point[1] - length] : point;
    };
    getSelection()?.setBaseAndExtent(...moved(anchor), ...moved(focus));
  };
}

function pointIn(nodes: readonly Node[], offset: number): Point {
  let left = offset;
  for (const node of nodes) {
    const text = node.firstChild ?? node;
    const length = (text as Text).length;
    if (left <= length) return [text, left];
    left -= length;
  }
  throw new RangeError("no such place");
}
