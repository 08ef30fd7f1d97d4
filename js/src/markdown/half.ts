/**
 * Prepares the text of the open leaf for display while it streams in. Undecided ends are held back,
 * and open emphasis, code and links are closed, so that raw punctuation does not flash. The text
 * itself is not changed.
 */
import { HALF_MARKER, MARKER_ID, MARKER_PREFIX, MARKER_SEPARATOR, pattern } from "../tables";
import { MARKER } from "./markers";
import { FORMULA } from "./math";

/**
 * Matches a complete marker too: the next character decides whether it is a marker or the text of a
 * link.
 */
const UNDECIDED_MARKER = pattern(
  `(?<!\\\\)(?:${MARKER}|[[【［](?:${MARKER_PREFIX}${MARKER_ID}${MARKER_SEPARATOR})*${HALF_MARKER} ?)$`,
);
const HALF_NOTE = /(?<!\\)\[\^[^\]\s]*$/;
const HALF_LINK = /!?(?<!\\)\[(?!(?:[a-z]+:)?\d+\]$|\^[^\]\s]+\]$)([^[\]]*)(?:\](?:\([^()\s]*)?)?$/;
/** An unfinished address in angle brackets. */
const HALF_ADDRESS = /<((?:[a-z][a-z0-9.+-]{0,31}(?::[^\s<>]*)?)?)$/i;
/** An unfinished tag. */
const HALF_TAG = /<\/?(?:(?:b|br ?|su?[bp]?)\/?)?$/i;
/** A tag that is not closed. */
const OPEN_TAG = /<(su[bp])>(?:(?!<\/\1>)[^`\n])*$/i;
/** The first character of an image. */
const HALF_MARK = /(?<!\S)!$/;
const HALF_ESCAPE = /(?<!\\)((?:\\\\)*)\\$/;
/** A token of the text. A closed formula is one token. */
const RUN = pattern(`${FORMULA}|\\\\.|\`+|\\*+|_+|~+|[^\\\\\`*_~$]+|.`, "gsu");
/**
 * A formula that is not closed. An amount such as `$5` is not one. After `$` only a short text may
 * be one.
 */
const HALF_FORMULA =
  /^(?:\\\((?:[^`\\]|\\[^`()])*\\?|\\\[(?!(?:[a-z]+:)?\d*\\?$)(?:[^`\\]|\\[^`[\]])*\\?|\$\$(?:[^$`\\]|\\[^`])*[\\$]?|\$[^ \t\n$`0-9),;/%"'][^$`\n]{0,80})$/u;
const LONGEST_FORMULA = 2000;
/** More open marks than this are not emphasis. */
const MOST_OPEN = 8;
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const WORD_END = /[\p{L}\p{N}]$/u;

export function presentable(text: string): string {
  return closed(withFormulaAsText(text));
}

/** Escapes an unfinished formula, which as Markdown would be full of emphasis. */
function withFormulaAsText(text: string): string {
  let inCode: string | null = null;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (inCode) {
      if (run === inCode) inCode = null;
    } else if (run.startsWith("`")) {
      inCode = run;
    } else if (run.startsWith("$") || run.startsWith("\\")) {
      if (text.length - index > LONGEST_FORMULA || !HALF_FORMULA.test(text.slice(index))) continue;
      return text.slice(0, index) + text.slice(index).replace(PUNCTUATION, "\\$&");
    }
  }
  return text;
}

/** Returns the text with everything closed that it leaves open. */
function closed(text: string): string {
  const code = openCode(text);
  if (code) return code.empty ? text.slice(0, code.at) : text + code.run;
  const decided = text
    .replace(HALF_ESCAPE, "$1")
    .replace(UNDECIDED_MARKER, "")
    .replace(HALF_NOTE, "")
    .replace(HALF_TAG, "")
    .replace(OPEN_TAG, "$&</$1>");
  return closeEmphasis(
    decided.replace(HALF_LINK, "$1").replace(HALF_ADDRESS, "$1").replace(HALF_MARK, ""),
  );
}

function openCode(line: string): { run: string; at: number; empty: boolean } | null {
  let open: { run: string; at: number; empty: boolean } | null = null;
  for (const { 0: run, index } of line.matchAll(RUN)) {
    if (open) {
      if (run === open.run) open = null;
    } else if (run.startsWith("`")) {
      open = { run, at: index, empty: line.slice(index + run.length).trim() === "" };
    }
  }
  return open;
}

function closeEmphasis(text: string): string {
  const open: string[] = [];
  let inCode: string | null = null;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const after = text[index + run.length];
    if (inCode) {
      if (run === inCode) inCode = null;
    } else if (run.startsWith("`")) {
      inCode = run;
    } else if (/^[*_~]/.test(run)) {
      // A mark at the very end closes open emphasis, which is closed anyway, or is undecided.
      if (after === undefined) return closedWith(text.slice(0, index), open);
      const before = text.slice(Math.max(0, index - 2), index);
      const canClose = /\S$/.test(before);
      const canOpen = /\S/.test(after) && !(run.startsWith("_") && WORD_END.test(before));
      if (canClose && open.at(-1) === run) open.pop();
      else if (canOpen && run !== "~") open.push(run);
    }
  }
  return closedWith(text, open);
}

/** A closing mark must directly follow a word. */
function closedWith(text: string, open: string[]): string {
  if (open.length > MOST_OPEN) return text;
  const words = text.trimEnd();
  return words + open.reverse().join("") + text.slice(words.length);
}
