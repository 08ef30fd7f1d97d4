declare module "*.css" {
  const text: string;
  export default text;
}

/** The bytes of a font. */
declare module "*.woff2" {
  const bytes: Uint8Array;
  export default bytes;
}

/** Its sources: the package's own bundle has chemistry too, which we do without. */
declare module "temml/temml.js" {
  const temml: {
    render(tex: string, into: HTMLElement, options: object): void;
  };
  export default temml;
}
