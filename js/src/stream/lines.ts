/** What a line of Markdown begins, read as the CommonMark block rules read it. */

export const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const QUOTE = /^ {0,3}>/;
const ITEM = /^( {0,3})([-+*]|\d{1,9}[.)])([ \t]+(?=[^ \t])|[ \t]*$)/;
const UNDERLINE = /^ {0,3}(?:-+|=+)[ \t]*$/;
const DELIMITER_ROW = /^ {0,3}[-|:][-|: \t]*$/;
const INTERRUPTING_ITEM = /^ {0,3}(?:[-+*]|1[.)])[ \t]+[^ \t]/;

const CONTAINERS = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)))*[ \t]*/;

const TAB = 4;

const DEFINITION = /^ {0,3}\[(?:[^\]\\]|\\.)*(?:\]:|\\?$)/;

export type Start =
  | { kind: "fence"; fence: string }
  /** Over with its line: a heading or a rule. */
  | { kind: "line" }
  | { kind: "quote" }
  /** Lines indented by `offset` or more belong to the item. */
  | { kind: "list"; offset: number }
  | { kind: "indented" }
  | { kind: "paragraph" };

export const isBlank = (line: string): boolean => /^[ \t]*$/.test(line);

/** The underline of a setext heading, which turns the paragraph above it into one. */
export const isUnderline = (line: string): boolean => UNDERLINE.test(line);

/** The beginning of a link definition, or of a paragraph that looks like one. */
export const mayDefine = (line: string): boolean => DEFINITION.test(line);

/** The line below the head of a table. */
export const isDelimiterRow = (line: string): boolean => DELIMITER_ROW.test(line);

/** Of the list items only these end a paragraph: `1986. A great year` does not. */
export const interruptsParagraph = (line: string): boolean => INTERRUPTING_ITEM.test(line);

export function startOf(line: string): Start {
  if (indentOf(line) >= TAB) return { kind: "indented" };
  const fence = FENCE.exec(line)?.[1];
  if (fence) return { kind: "fence", fence };
  // Before the list items, since `* * *` looks like one.
  if (HEADING.test(line) || RULE.test(line)) return { kind: "line" };
  if (QUOTE.test(line)) return { kind: "quote" };
  const item = ITEM.exec(line);
  if (item) return { kind: "list", offset: contentOffset(item, line) };
  return { kind: "paragraph" };
}

/**
 * Whether a paragraph is open after a line in a list or a quote, which a line without the mark would go
 * on with: link definitions, tables and headings look like one and are none, so it may be unsure.
 */
export function leavesParagraph(line: string): "yes" | "no" | "unsure" {
  const content = line.replace(CONTAINERS, "");
  if (isBlank(content) || startOf(content).kind !== "paragraph") return "no";
  return content.startsWith("[") || content.includes("|") || isUnderline(content)
    ? "unsure"
    : "yes";
}

/** Whether `line` closes the fence that `fence` opened. */
export function closesFence(line: string, fence: string): boolean {
  const run = line.replace(/^[ \t]+|[ \t]+$/g, "");
  return (
    indentOf(line) < TAB && run.length >= fence.length && run === fence.charAt(0).repeat(run.length)
  );
}

export function indentOf(line: string): number {
  return columns(/^[ \t]*/.exec(line)?.[0] ?? "");
}

function columns(text: string): number {
  let column = 0;
  for (const char of text) column += char === "\t" ? TAB - (column % TAB) : 1;
  return column;
}

function contentOffset([whole, indent = "", marker = ""]: RegExpExecArray, line: string): number {
  const afterMarker = indent.length + marker.length;
  const spaces = whole === line ? 0 : columns(whole) - afterMarker;
  // Nothing, or an indented code block, after the marker: the content begins one column on.
  return afterMarker + (spaces >= 1 && spaces <= TAB ? spaces : 1);
}
