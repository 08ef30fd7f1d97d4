const dressed = new WeakMap<Node, Set<string>>();

/** Puts stylesheets once into the document, or into the shadow tree where the host uses one. */
export function adopt(node: HTMLElement, sheets: readonly string[]): void {
  const tree = node.getRootNode();
  const home = tree instanceof ShadowRoot ? tree : node.ownerDocument;
  const worn = dressed.get(home) ?? new Set();
  dressed.set(home, worn);
  // A constructed sheet needs no `unsafe-inline` where the host has a content security policy.
  for (const css of sheets) {
    if (worn.has(css)) continue;
    worn.add(css);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    home.adoptedStyleSheets.push(sheet);
  }
}
