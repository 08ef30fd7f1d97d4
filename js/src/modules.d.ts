declare module "*.css" {
  const text: string;
  export default text;
}

/** The bytes of a font. */
declare module "*.woff2" {
  const bytes: Uint8Array;
  export default bytes;
}

/** Temml's sources. Its own bundle also contains chemistry, which we do not use. */
declare module "temml/temml.js" {
  const temml: {
    render(tex: string, into: HTMLElement, options: object): void;
  };
  export default temml;
}
