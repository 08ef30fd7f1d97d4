/** Parses the rows of a table (GFM) like markdown-it. */
import type { Alignment } from "./block";

const DELIMITER_ROW = /^(?:[|:][-|: \t]|-[-|:])[-|: \t]*$/;
const DELIMITER = /^(:?)-+(:?)$/;

/** Returns the contents of the cells of a row. A pipe after a backslash is text. */
export function cellsOf(row: string): string[] {
  const text = row.trim();
  const cells: string[] = [];
  let cell = "";
  let from = 0;
  for (let at = text.indexOf("|"); at >= 0; at = text.indexOf("|", at + 1)) {
    const escaped = text[at - 1] === "\\";
    cell += text.slice(from, escaped ? at - 1 : at);
    from = escaped ? at : at + 1;
    if (escaped) continue;
    cells.push(cell);
    cell = "";
  }
  cells.push(cell + text.slice(from));
  if (cells[0] === "") cells.shift();
  if (cells.at(-1) === "") cells.pop();
  return cells.map((each) => each.trim());
}

/** Returns the alignment of the columns; null if this is not the line below a table's head. */
export function alignments(content: string): Alignment[] | null {
  if (!DELIMITER_ROW.test(content)) return null;
  const found: Alignment[] = [];
  const cells = content.split("|").map((cell) => cell.trim());
  for (const [i, cell] of cells.entries()) {
    const match = DELIMITER.exec(cell);
    if (match) found.push(aligned(match[1] !== "", match[2] !== ""));
    // Only the parts before the first pipe and after the last may be empty.
    else if (cell || (i > 0 && i < cells.length - 1)) return null;
  }
  return found;
}

function aligned(left: boolean, right: boolean): Alignment {
  if (left && right) return "center";
  if (right) return "right";
  return left ? "left" : "";
}
