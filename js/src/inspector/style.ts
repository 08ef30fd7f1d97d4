import css from "./inspect.css";

const dressed = new WeakSet<Node>();

/** Puts the stylesheet once into the document, or into a shadow tree. */
export function adoptStyle(home: Document | ShadowRoot): void {
  if (dressed.has(home)) return;
  dressed.add(home);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  home.adoptedStyleSheets.push(sheet);
}
