/** Temml's own stylesheet, for our formulas only, and what they need to stand in a text. */
import temml from "temml/dist/Temml-STIX2.css";
import ours from "./math.css";

const dressed = new WeakSet<Node>();
// What it says of fonts and of the page is not for us.
const theirs = temml.replace(
  /@font-face\{[^}]*\}|body\{[^}]*\}|@-moz-document[^{]*\{(?:[^{}]*\{[^}]*\})*\}/g,
  "",
);

/** Once a document, or a shadow tree. */
export function styles(node: HTMLElement): void {
  const tree = node.getRootNode();
  const home = tree instanceof ShadowRoot ? tree : node.ownerDocument;
  if (dressed.has(home)) return;
  dressed.add(home);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.pplx-math{${theirs}}${ours}`);
  home.adoptedStyleSheets.push(sheet);
}
