/**
 * One line of the text, read from left to right in columns. A tab advances to the next multiple of
 * four.
 */

const TAB = 4;

export class Line {
  readonly text: string;
  /** Position of the reader. */
  at = 0;
  /**
   * `start`: position of the next character that is not white space. `indent`: columns from `at` to
   * it.
   */
  start = 0;
  indent = 0;
  #column = 0;
  /** Whether some columns of the tab at `at` are already read. */
  #withinTab = false;

  constructor(text: string) {
    this.text = text;
    this.#look();
  }

  get blank(): boolean {
    return this.start >= this.text.length;
  }

  /** Whether the line is indented like code. */
  get deep(): boolean {
    return this.indent >= TAB;
  }

  /** The line from the first character that is not white space. */
  get content(): string {
    return this.text.slice(this.start);
  }

  /** The line from the reader's position. The unread part of a tab becomes spaces. */
  get rest(): string {
    if (!this.#withinTab) return this.text.slice(this.at);
    return " ".repeat(TAB - (this.#column % TAB)) + this.text.slice(this.at + 1);
  }

  /** Skips white space and a mark of `length` characters. */
  skipMark(length: number): void {
    this.#column += this.indent + length;
    this.at = this.start + length;
    this.#withinTab = false;
    this.#look();
  }

  /** Skips up to `count` columns of white space. */
  skipColumns(count: number): void {
    const columns = Math.min(count, this.indent);
    const end = this.#column + columns;
    while (this.#column < end) {
      const next = this.text[this.at] === "\t" ? nextStop(this.#column) : this.#column + 1;
      this.#withinTab = next > end;
      this.#column = Math.min(next, end);
      if (!this.#withinTab) this.at += 1;
    }
    this.indent -= columns;
  }

  #look(): void {
    let [at, column] = [this.at, this.#column];
    for (; ; at++) {
      const char = this.text[at];
      if (char === " ") column += 1;
      else if (char === "\t") column = nextStop(column);
      else break;
    }
    this.start = at;
    this.indent = column - this.#column;
  }
}

const nextStop = (column: number): number => column + TAB - (column % TAB);
