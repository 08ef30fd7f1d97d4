/**
 * The open block as it is best shown while it is being typed: markup that is not decided yet is held
 * back, and emphasis, code and links that are not closed yet are closed, so that no raw punctuation
 * flashes. For display only: the text itself stays as it came.
 */
import { closesFence, FENCE, isBlank } from "./lines";
import { FORMULA } from "./math";

/** A line that may still become anything: `#`, `-`, `1.`, `` ` ``, `|`, `==`. */
const UNDECIDED_LINE = /^\s*(?:#{1,6}|[-+*_=~`>|:]+|\d{1,9}[.)]?|[-+*]\s+\[.?\]?)[ \t]*$/;
/** Also when it is whole: what comes next decides whether it is a marker or the text of a link. */
const UNDECIDED_MARKER = /(?<!\\)\[(?:[a-z]{0,12}:?\d{0,6}|(?:[a-z]{1,12}:)?\d{1,6}\])$/;
const HALF_LINK = /!?(?<!\\)\[(?!(?:[a-z]+:)?\d+\]$)([^[\]]*)(?:\](?:\([^()\s]*)?)?$/;
/** A piece that means one thing; a formula that is closed is one. */
const RUN = new RegExp(`${FORMULA}|\\\\.|\`+|\\*+|_+|~+|[^\\\\\`*_~$]+|.`, "gsu");
/** A formula that is not closed; not an amount, and a word after a dollar may be one for so long only. */
const HALF_FORMULA =
  /^(?:\\\((?:[^`\\]|\\[^`()])*\\?|\\\[(?!(?:[a-z]+:)?\d*\\?$)(?:[^`\\]|\\[^`[\]])*\\?|\$\$(?:[^$`\\]|\\[^`])*[\\$]?|\$[^ \t\n$`0-9][^$`\n]{0,80})$/u;
const LONGEST_FORMULA = 2000;
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
const WORD_END = /[\p{L}\p{N}]$/u;

export function presentable(block: string): string {
  const { before, line } = split(block);
  const fence = openFence(before);
  if (fence) return mayCloseFence(line, fence) ? before : block;
  if (mayBeTableHead(before, line)) return "";
  if (UNDECIDED_LINE.test(line)) return before;
  // Code by indentation; most often it is text in a list, where not closing a thing does little harm.
  if (/^(?: {4}|\t)/.test(line) && !before.trim()) return block;
  const plain = split(withFormulaAsText(block));
  return plain.before + closed(plain.line);
}

function split(block: string): { before: string; line: string } {
  const start = block.lastIndexOf("\n") + 1;
  return { before: block.slice(0, start), line: block.slice(start) };
}

/** The fence that is open at the end of `text`, which may stand inside a list item. */
function openFence(text: string): string | null {
  let fence: string | null = null;
  for (const line of text.split("\n")) {
    const content = line.replace(/^\s*(?:(?:[-+*]|\d+[.)])\s+)*/, "");
    if (fence === null) fence = FENCE.exec(content)?.[1] ?? null;
    else if (closesFence(line.trim(), fence)) fence = null;
  }
  return fence;
}

function mayCloseFence(line: string, fence: string): boolean {
  const run = line.trim();
  return run === fence.charAt(0).repeat(run.length);
}

/** What is typed of a formula stands as it is: read as Markdown it would be full of emphasis. */
function withFormulaAsText(block: string): string {
  const from = block.lastIndexOf("\n\n") + 1;
  let inCode: string | null = null;
  for (const { 0: run, index } of block.slice(from).matchAll(RUN)) {
    if (inCode) {
      if (run === inCode) inCode = null;
    } else if (run.startsWith("`")) {
      inCode = run;
    } else if (run.startsWith("$") || run.startsWith("\\")) {
      const at = from + index;
      if (block.length - at > LONGEST_FORMULA || !HALF_FORMULA.test(block.slice(at))) continue;
      return block.slice(0, at) + block.slice(at).replace(PUNCTUATION, "\\$&");
    }
  }
  return block;
}

/** A first row is shown as a row or not at all; the line below it decides. */
function mayBeTableHead(before: string, line: string): boolean {
  const rows = before.split("\n").filter((row) => !isBlank(row));
  const first = rows[0] ?? line;
  if (!first.trimStart().startsWith("|")) return false;
  return rows.length === 0 || (rows.length === 1 && /^[\s|:-]*$/.test(line));
}

/** The line with everything closed that it leaves open. */
function closed(line: string): string {
  const code = openCode(line);
  if (code) return code.empty ? line.slice(0, code.at) : line + code.run;
  return closeEmphasis(line.replace(UNDECIDED_MARKER, "").replace(HALF_LINK, "$1"));
}

function openCode(line: string): { run: string; at: number; empty: boolean } | null {
  let open: { run: string; at: number; empty: boolean } | null = null;
  for (const { 0: run, index } of line.matchAll(RUN)) {
    if (open) {
      if (run === open.run) open = null;
    } else if (run.startsWith("`")) {
      open = { run, at: index, empty: isBlank(line.slice(index + run.length)) };
    }
  }
  return open;
}

function closeEmphasis(line: string): string {
  const open: string[] = [];
  let inCode: string | null = null;
  let before = "";
  for (const { 0: run, index } of line.matchAll(RUN)) {
    const after = line[index + run.length];
    if (inCode) {
      if (run === inCode) inCode = null;
    } else if (run.startsWith("`")) {
      inCode = run;
    } else if (/^[*_~]/.test(run)) {
      // At the very end it closes what is open anyway, or is not decided yet.
      if (after === undefined) break;
      const canClose = /\S$/.test(before);
      const canOpen = /\S/.test(after) && !(run.startsWith("_") && WORD_END.test(before));
      if (canClose && open.at(-1) === run) open.pop();
      else if (canOpen && run !== "~") open.push(run);
    }
    before = line.slice(0, index + run.length);
  }
  // A closing mark must stand next to a word.
  const text = before.trimEnd();
  return text + open.reverse().join("") + before.slice(text.length);
}
