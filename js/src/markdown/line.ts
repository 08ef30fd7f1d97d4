/** One line of the text, read from left to right in columns: a tab reaches to the next multiple of four. */

const TAB = 4;

export class Line {
  readonly text: string;
  /** Where reading goes on. */
  at = 0;
  /** From there: where something other than white space begins, and how many columns on. */
  start = 0;
  indent = 0;
  #column = 0;
  /** Some columns of the tab at `at` are read already. */
  #withinTab = false;

  constructor(text: string) {
    this.text = text;
    this.#look();
  }

  get blank(): boolean {
    return this.start >= this.text.length;
  }

  /** Indented as code is. */
  get deep(): boolean {
    return this.indent >= TAB;
  }

  /** From the first character that is no white space. */
  get content(): string {
    return this.text.slice(this.start);
  }

  /** From where reading goes on; what is left of a tab is spaces. */
  get rest(): string {
    if (!this.#withinTab) return this.text.slice(this.at);
    return " ".repeat(TAB - (this.#column % TAB)) + this.text.slice(this.at + 1);
  }

  /** Reads on to the content and over a mark of so many characters. */
  skipMark(length: number): void {
    this.#column += this.indent + length;
    this.at = this.start + length;
    this.#withinTab = false;
    this.#look();
  }

  /** Reads over so many columns of white space, or as many as there are. */
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
