/** Temml's own stylesheet, limited to our formulas, plus our rules for formulas in text. */

import temml from "temml/dist/Temml-STIX2.css";
import { adopt } from "../style/adopt";
import ours from "./math.css";

// Remove its rules for fonts and for the page.
const theirs = temml.replace(
  /@font-face\{[^}]*\}|body\{[^}]*\}|@-moz-document[^{]*\{(?:[^{}]*\{[^}]*\})*\}/g,
  "",
);

const css = `.pplx-math{${theirs}}${ours}`;

/** Adopts the stylesheet once per document or shadow tree. */
export function styles(node: HTMLElement): void {
  adopt(node, [css]);
}
