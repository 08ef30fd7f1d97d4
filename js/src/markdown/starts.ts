/** What the content of a line may begin, as CommonMark reads it. */
import { NOTE_LABEL, pattern, TASK } from "../tables";
import type { Line } from "./line";

const HEADING = /^(#{1,6})(?:[ \t]+|$)/;
const CLOSING_MARKS = /(?:^|[ \t]+)#+[ \t]*$/;
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const RULE = /^([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const UNDERLINE = /^(?:=+|-+)[ \t]*$/;
const ITEM = /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/;
const ONLY_SPACE = /^[ \t]*$/;

/** The content of an item is indented by no more; what goes beyond is code. */
const WIDEST_GAP = 4;

/**
 * A character that begins nothing and is part of no mark: with one in it, it is decided what a line is,
 * whatever follows.
 */
const DECIDING = /[^\s\-=*_+#`~|:>0-9.)[]/;
/** But not here: a fence is one only if no other backtick follows. */
const MAY_BE_FENCE = /^[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*(?:```|~~~)/;

const MAY_BE_NOTE = /^[ \t]*\[\^[^[\]\s]{0,100}(?:\](?::[ \t]*)?)?$/;
const NOTE = pattern(`^\\[\\^(${NOTE_LABEL})\\]:[ \\t]*`);
/** Nor here: the mark of a task counts with the text after it. */
const MAY_BE_TASK = /(?:[-+*]|\d[.)])[ \t]+\[(?:[ xX]?|[ xX]\][ \t]*)$/;
const LONGEST_MARK = 40;
const TASK_MARK = pattern(`^${TASK}`);

export interface ItemMark {
  mark: string;
  /** Null for a bullet. */
  number: number | null;
  length: number;
  /** Nothing follows. */
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

/** Whether the content of a line closes the fence that `mark` opened. */
export function closesFence(content: string, mark: string): boolean {
  const run = content.replace(/[ \t]+$/, "");
  return run.length >= mark.length && run === mark.charAt(0).repeat(run.length);
}

export const isRule = (content: string): boolean => RULE.test(content);

/** The level of the heading that the line above becomes. */
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

/** Reads over an item's mark; returns how far its content is indented. */
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

/** Whether `piece`, as the next of an incomplete line, decides what the line is; see `isDecided`. */
export const decides = (piece: string): boolean => DECIDING.test(piece);

/** Whether it is decided what an incomplete line is, `decided` being what its pieces say. */
export function isDecided(line: string, decided: boolean): boolean {
  if (!decided || MAY_BE_FENCE.test(line) || MAY_BE_TASK.test(line.slice(-LONGEST_MARK))) {
    return false;
  }
  if (!line.trimStart().startsWith("[^")) return true;
  if (MAY_BE_NOTE.test(line)) return false;
  const note = noteMark(line.trimStart());
  return !note || isDecided(line.trimStart().slice(note.length), decides(line.slice(note.length)));
}

/** Of a footnote: `[^label]: `. */
export function noteMark(content: string): { label: string; length: number } | null {
  const match = NOTE.exec(content);
  return match && { label: match[1] ?? "", length: match[0].length };
}

/** The mark that an item begins with if it is a task. */
export const taskMark = (content: string): string => TASK_MARK.exec(content)?.[0] ?? "";
