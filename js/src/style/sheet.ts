import { adopt } from "./adopt";
import answer from "./answer.css";
import brief from "./document.css";
import live from "./live.css";

/** The stylesheet that a document with tables contains. */
export const documentCss = brief.trim();

/** Adds the styles of an answer, once per document. */
export function adoptStyle(node: HTMLElement): void {
  adopt(node, [answer, live]);
}
