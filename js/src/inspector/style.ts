import css from "./inspect.css";

const dressed = new WeakSet<Node>();

/** Adds the stylesheet to the document or to a shadow tree, once. */
export function adoptStyle(home: Document | ShadowRoot): void {
  if (dressed.has(home)) return;
  dressed.add(home);
  // A sheet belongs to one document, which may be an iframe's.
  const sheet = new (
    (home.ownerDocument ?? (home as Document)).defaultView ?? window
  ).CSSStyleSheet();
  sheet.replaceSync(css);
  home.adoptedStyleSheets.push(sheet);
}
