import answer from "./answer.css";
import live from "./live.css";

/** What a document brings along. */
export const answerCss = answer.trim();

const dressed = new WeakSet<Node>();

/** Puts the stylesheet once into the document, or into the shadow tree where the host uses one. */
export function adoptStyle(node: HTMLElement): void {
  const tree = node.getRootNode();
  const home = tree instanceof ShadowRoot ? tree : node.ownerDocument;
  if (dressed.has(home)) return;
  dressed.add(home);
  // A constructed sheet needs no `unsafe-inline` where the host has a content security policy.
  for (const css of [answer, live]) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    home.adoptedStyleSheets.push(sheet);
  }
}
