/** Splits lines of code into pieces of one kind each. The kinds are the tags that documents use. */
import { type StreamParser, StringStream } from "@codemirror/streamparser";

/**
 * Keyword, comment, literal, name; `""` is plain. `pplx_widget/document/highlight.py` explains the
 * choice.
 */
export type Kind = "" | "b" | "i" | "samp" | "var";

export interface Piece {
  kind: Kind;
  text: string;
}

/** A CodeMirror mode. Its state is opaque. */
export type Mode = StreamParser<unknown>;

const INDENT = 2;
/** Longer lines are data, and stay plain. */
const LONGEST_LINE = 5000;
/** Constants that some modes classify as keywords. */
const CONSTANTS = new Set(["None", "True", "False", "true", "false"]);
/** A mode should advance with each call. One that does not gets this many calls. */
const PATIENCE = 10;

export class Reader {
  readonly #mode: Mode;
  readonly #kinds: Record<string, Kind>;
  readonly #state: unknown;

  constructor(mode: Mode, kinds: Record<string, Kind>) {
    this.#mode = mode;
    this.#kinds = kinds;
    this.#state = mode.startState ? mode.startState(INDENT) : {};
  }

  /** Reads the next line, without its line end. Neighbouring pieces differ in kind. */
  read(line: string): Piece[] {
    if (line === "") this.#mode.blankLine?.(this.#state, INDENT);
    if (line.length > LONGEST_LINE) return [{ kind: "", text: line }];
    const pieces: Piece[] = [];
    const stream = new StringStream(line, 4, INDENT);
    while (!stream.eol()) {
      const style = this.#next(stream);
      const text = stream.current();
      stream.start = stream.pos;
      const kind = text.trim() ? this.#kindOf(style, text) : "";
      const last = pieces.at(-1);
      if (last?.kind === kind) last.text += text;
      else pieces.push({ kind, text });
    }
    return pieces;
  }

  #next(stream: StringStream): string | null {
    for (let turn = 0; turn < PATIENCE; turn++) {
      const style = this.#mode.token(stream, this.#state);
      if (stream.pos > stream.start) return style;
    }
    stream.next();
    return null;
  }

  /** A style is one or several names. The last known one is the most specific. */
  #kindOf(style: string | null, text: string): Kind {
    if (style && CONSTANTS.has(text)) return "samp";
    for (const name of style?.split(" ").reverse() ?? []) {
      const kind = this.#kinds[name];
      if (kind !== undefined) return kind;
    }
    return "";
  }
}
