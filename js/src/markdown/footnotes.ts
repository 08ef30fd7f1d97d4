/**
 * The footnotes of a text: lettered in order of first mention, since numbers would look like citations,
 * and shown at its end. While the text grows a mention counts as one whose note will come. Python does
 * the same (`pplx_widget/markdown/footnotes.py`).
 */
import type { Note } from "./block";
import { make } from "./dom";
import type { Waiting } from "./late";

interface Shown {
  note: Note;
  node: HTMLElement;
  letter: HTMLElement;
}

export class Notes {
  readonly #root: HTMLElement;
  readonly #mentioned: string[] = [];
  readonly #readers = new Set<Waiting>();
  readonly #shown = new Map<string, Shown>();
  #box: HTMLElement | null = null;
  #complete = false;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** The letter of a note; null where there is none. `own` are the mentions of the text itself. */
  letter(label: string, own: string[]): string | null {
    if (this.#complete && !this.#shown.has(label)) return null;
    if (!own.includes(label)) own.push(label);
    const order = [...new Set([...this.#mentioned, ...own])];
    return letterOf(order.indexOf(label));
  }

  /** A text is complete that mentions these. */
  mention(labels: readonly string[], reader: Waiting): void {
    if (this.#complete || labels.length === 0) return;
    this.#readers.add(reader);
    for (const label of labels) if (!this.#mentioned.includes(label)) this.#mentioned.push(label);
  }

  /** The node of a note that begins; of two with one label the first counts. */
  begin(note: Note): HTMLElement {
    const { label } = note;
    const node = make("div", "pplx-note");
    if (this.#shown.has(label)) return node;
    const index = this.#mentioned.indexOf(label);
    const letter = make("sup", "pplx-note-ref");
    letter.textContent = index < 0 ? "" : letterOf(index);
    this.#shown.set(label, { note, node, letter });
    if (!this.#box) {
      this.#box = make("div", "pplx-notes");
      this.#root.append(this.#box);
    }
    this.#box.append(node);
    return node;
  }

  /** What stands before the text of a note. */
  mark(note: Note): HTMLElement {
    const shown = this.#shown.get(note.label);
    return shown?.note === note ? shown.letter : make("sup", "pplx-note-ref");
  }

  /** No more text will come: what is mentioned and not there is text, and the letters are certain. */
  finish(readAgain: (reader: Waiting) => void): void {
    const there = this.#mentioned.filter((label) => this.#shown.has(label));
    const missing = there.length < this.#mentioned.length;
    this.#mentioned.splice(0, Number.POSITIVE_INFINITY, ...there);
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
