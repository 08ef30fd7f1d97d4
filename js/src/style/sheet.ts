import { adopt } from "./adopt";
import answer from "./answer.css";
import live from "./live.css";

/** What a document brings along. */
export const answerCss = answer.trim();

/** Dresses an answer, once for all of a document. */
export function adoptStyle(node: HTMLElement): void {
  adopt(node, [answer, live]);
}
