// Bundles the page of benchmarks/rendering.py, which passes the output file.
import { build } from "esbuild";
import { words } from "../../js/words.mjs";

await build({
  entryPoints: [`${import.meta.dirname}/page.jsx`],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  // Our renderer asks the browser for the entities, as it does in the product.
  alias: { "pplx-entities": `${import.meta.dirname}/../../js/src/markdown/entities.ts` },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [asInTheProduct(), words()],
  logLevel: "error",
});

/** Resolves parts of markdown-it from js/, as in the product; the other renderers have their own. */
function asInTheProduct() {
  const ours = `${import.meta.dirname}/../../js/`;
  return {
    name: "as-in-the-product",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^entities$/ }, ({ importer, kind }) =>
        importer.includes("/js/node_modules/")
          ? resolve("pplx-entities", { kind, resolveDir: ours })
          : undefined,
      );
    },
  };
}
