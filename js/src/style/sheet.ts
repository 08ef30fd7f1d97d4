import { adopt } from "./adopt";
import answer from "./answer.css";
import controls from "./controls.css";
import live from "./live.css";

/** Adds the styles of an answer, once per document. */
export function adoptStyle(node: HTMLElement): void {
  adopt(node, [answer, controls, live]);
}
