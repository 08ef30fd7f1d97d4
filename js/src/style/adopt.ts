/** On globalThis, because bundles share stylesheets. */
const KEY = Symbol.for("pplx_widget.styles");
const page = globalThis as { [KEY]?: WeakMap<Node, Set<string>> };
page[KEY] ??= new WeakMap();
const dressed = page[KEY];

/** Adds stylesheets once to the document, or to the host's shadow tree. */
export function adopt(node: HTMLElement, sheets: readonly string[]): void {
  const tree = node.getRootNode();
  const home = "host" in tree ? (tree as ShadowRoot) : node.ownerDocument;
  const worn = dressed.get(home) ?? new Set();
  dressed.set(home, worn);
  // A constructed sheet needs no `unsafe-inline` in the host's content security policy.
  for (const css of sheets) {
    if (worn.has(css)) continue;
    worn.add(css);
    // A sheet belongs to one document, which may be an iframe's.
    const sheet = new (node.ownerDocument.defaultView ?? window).CSSStyleSheet();
    sheet.replaceSync(css);
    home.adoptedStyleSheets.push(sheet);
  }
}
