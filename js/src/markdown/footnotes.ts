/**
 * The footnotes of a text, shown at its end. They have letters in order of first mention, since
 * numbers would look like citations. While the text grows, each mention is assumed to have a
 * footnote that will follow. Mirrors `pplx_widget/markdown/footnotes.py`.
 */
import type { Note } from "./block";
import { make } from "./dom";
import type { Waiting } from "./late";

interface Shown {
  note: Note;
  node: HTMLElement;
  letter: HTMLElement;
}

export class Footnotes {
  readonly #root: HTMLElement;
  /** Labels mentioned in complete texts, with their positions in the order. */
  #mentioned = new Map<string, number>();
  readonly #readers = new Set<Waiting>();
  readonly #shown = new Map<string, Shown>();
  #box: HTMLElement | null = null;
  #complete = false;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /**
   * Returns the letter of a footnote; null if there is no such footnote. `own` lists the labels
   * that the text itself mentions.
   */
  letter(label: string, own: string[]): string | null {
    if (this.#complete && !this.#shown.has(label)) return null;
    if (!own.includes(label)) own.push(label);
    const place = this.#mentioned.get(label);
    if (place !== undefined) return letterOf(place);
    const fresh = own.filter((each) => !this.#mentioned.has(each));
    return letterOf(this.#mentioned.size + fresh.indexOf(label));
  }

  /** Registers the labels that a complete text mentions. */
  mention(labels: readonly string[], reader: Waiting): void {
    if (this.#complete || labels.length === 0) return;
    this.#readers.add(reader);
    for (const label of labels) {
      if (!this.#mentioned.has(label)) this.#mentioned.set(label, this.#mentioned.size);
    }
  }

  /** Returns the node for a footnote that begins. If two have the same label, the first counts. */
  begin(note: Note): HTMLElement {
    const { label } = note;
    const node = make("div", "pplx-note");
    if (this.#shown.has(label)) return node;
    const place = this.#mentioned.get(label);
    const letter = make("sup", "pplx-note-ref");
    letter.textContent = place === undefined ? "" : letterOf(place);
    this.#shown.set(label, { note, node, letter });
    if (!this.#box) {
      this.#box = make("div", "pplx-notes");
      this.#root.append(this.#box);
    }
    this.#box.append(node);
    return node;
  }

  /** Returns the letter shown before the text of a footnote. */
  mark(note: Note): HTMLElement {
    const shown = this.#shown.get(note.label);
    return shown?.note === note ? shown.letter : make("sup", "pplx-note-ref");
  }

  /** Ends the text. Mentions without a footnote become text, and the letters become final. */
  finish(readAgain: (reader: Waiting) => void): void {
    const there = [...this.#mentioned.keys()].filter((label) => this.#shown.has(label));
    const missing = there.length < this.#mentioned.size;
    this.#mentioned = new Map(there.map((label, place) => [label, place]));
    this.#complete = true;
    if (missing) for (const reader of this.#readers) readAgain(reader);
    const order = new Set([...there, ...this.#shown.keys()]);
    for (const [index, label] of [...order].entries()) {
      const shown = this.#shown.get(label);
      if (!shown) continue;
      shown.letter.textContent = letterOf(index);
      if (this.#box?.children[index] !== shown.node) this.#box?.append(shown.node);
    }
  }
}

/** a, b, …, z, aa, ab, … */
function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}
