/** Recognises the blocks that a line may begin, as CommonMark defines them. */
import { NOTE_LABEL, pattern, TASK } from "../tables";
import type { Line } from "./line";

const HEADING = /^(#{1,6})(?:[ \t]+|$)/;
const CLOSING_MARKS = /(?:^|[ \t]+)#+[ \t]*$/;
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const RULE = /^([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const UNDERLINE = /^(?:=+|-+)[ \t]*$/;
const ITEM = /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/;
const ONLY_SPACE = /^[ \t]*$/;

/** The widest gap between an item's mark and its content. After a wider one the content is code. */
const WIDEST_GAP = 4;

/**
 * A character that begins no block and is part of no mark. With one in it, the kind of a line is
 * decided.
 */
const DECIDING = /[^\s\-=*_+#`~|:>0-9.)[]/;
/** Exception: a fence of backticks counts only if no other backtick follows. */
const MAY_BE_FENCE = /^[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*(?:```|~~~)/;

const MAY_BE_NOTE = /^[ \t]*\[\^[^[\]\s]{0,100}(?:\](?::[ \t]*)?)?$/;
const NOTE = pattern(`^\\[\\^(${NOTE_LABEL})\\]:[ \\t]*`);
/** Exception: the mark of a task counts only if text follows it. */
const MAY_BE_TASK = /(?:[-+*]|\d[.)])[ \t]+\[(?:[ xX]?|[ xX]\][ \t]*)$/;
const LONGEST_MARK = 40;
const TASK_MARK = pattern(`^${TASK}`);

export interface ItemMark {
  mark: string;
  /** Null for a bullet. */
  number: number | null;
  length: number;
  /** Whether nothing follows the mark. */
  empty: boolean;
}

export function headingLevel(content: string): { level: number; length: number } | null {
  const match = HEADING.exec(content);
  return match && { level: (match[1] ?? "").length, length: match[0].length };
}

export const withoutClosingMarks = (text: string): string => text.replace(CLOSING_MARKS, "");

export function fenceOf(content: string): { mark: string; info: string } | null {
  const match = FENCE.exec(content);
  return match && { mark: match[1] ?? "", info: match[2] ?? "" };
}

/** Tells whether the content of a line closes the fence that `mark` opened. */
export function closesFence(content: string, mark: string): boolean {
  const run = content.replace(/[ \t]+$/, "");
  return run.length >= mark.length && run === mark.charAt(0).repeat(run.length);
}

export const isRule = (content: string): boolean => RULE.test(content);

/** Returns the level of the heading that the line turns the text above into. */
export function underlineLevel(content: string): 1 | 2 | null {
  if (!UNDERLINE.test(content)) return null;
  return content.startsWith("=") ? 1 : 2;
}

export function itemMark(content: string): ItemMark | null {
  const match = ITEM.exec(content);
  if (!match) return null;
  const [{ length }, bullet, number, mark] = match;
  const empty = ONLY_SPACE.test(content.slice(length));
  return { mark: bullet ?? mark ?? "", number: number ? Number(number) : null, length, empty };
}

/** Skips an item's mark. Returns the indentation of the item's content. */
export function skipItemMark(line: Line, { length, empty }: ItemMark): number {
  const before = line.indent + length;
  line.skipMark(length);
  const gap = line.indent;
  if (empty || gap > WIDEST_GAP) {
    line.skipColumns(1);
    return before + 1;
  }
  line.skipColumns(gap);
  return before + gap;
}

/** Tells whether `piece` of an incomplete line decides the kind of the line; see `isDecided`. */
export const decides = (piece: string): boolean => DECIDING.test(piece);

/**
 * Tells whether the kind of an incomplete line is decided. `decided`: whether one of its pieces
 * decides it.
 */
export function isDecided(line: string, decided: boolean): boolean {
  if (!decided || MAY_BE_FENCE.test(line) || MAY_BE_TASK.test(line.slice(-LONGEST_MARK))) {
    return false;
  }
  if (!line.trimStart().startsWith("[^")) return true;
  if (MAY_BE_NOTE.test(line)) return false;
  const note = noteMark(line.trimStart());
  return !note || isDecided(line.trimStart().slice(note.length), decides(line.slice(note.length)));
}

/** Returns the mark of a footnote, `[^label]: `. */
export function noteMark(content: string): { label: string; length: number } | null {
  const match = NOTE.exec(content);
  return match && { label: match[1] ?? "", length: match[0].length };
}

/** Returns the task mark at the beginning of an item's content; "" if there is none. */
export const taskMark = (content: string): string => TASK_MARK.exec(content)?.[0] ?? "";
