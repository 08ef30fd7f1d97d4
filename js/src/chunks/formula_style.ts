/** Temml's own stylesheet, limited to our formulas, plus our rules for formulas in text. */
import temml from "temml/dist/Temml-STIX2.css";
import ours from "./math.css";

const dressed = new WeakSet<Node>();
// Remove its rules for fonts and for the page.
const theirs = temml.replace(
  /@font-face\{[^}]*\}|body\{[^}]*\}|@-moz-document[^{]*\{(?:[^{}]*\{[^}]*\})*\}/g,
  "",
);

/** Adopts the stylesheet once per document or shadow tree. */
export function styles(node: HTMLElement): void {
  const tree = node.getRootNode();
  const home = tree instanceof ShadowRoot ? tree : node.ownerDocument;
  if (dressed.has(home)) return;
  dressed.add(home);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.pplx-math{${theirs}}${ours}`);
  home.adoptedStyleSheets.push(sheet);
}
