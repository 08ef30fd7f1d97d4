// Builds both files that the Python package ships, and says what they weigh: every byte of the stub
// is sent once an answer, every byte of the bundle once a session.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = fileURLToPath(new URL("../pplx_widget/static/", import.meta.url));

await build({
  entryPoints: { widget: "src/index.ts", stub: "src/stub.ts" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  // The half of `entities` that markdown-it uses; the other, for encoding, is 24 KB.
  alias: { entities: "entities/lib/decode.js" },
  plugins: [minifiedCss(), withoutLinkify()],
  logLevel: "warning",
});

for (const name of ["widget.js", "stub.js"]) {
  const code = await readFile(out + name);
  console.log(`${name}: ${code.length} bytes, ${gzipSync(code).length} gzipped`);
}

/** The stylesheet rides in the bundle as text, so it does not pass through the minifier by itself. */
function minifiedCss() {
  return {
    name: "minified-css",
    setup({ onLoad, esbuild }) {
      onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        const { code } = await esbuild.transform(source, { loader: "css", minify: true });
        return { contents: code, loader: "text" };
      });
    },
  };
}

/** markdown-it always imports its linkifier. We never turn it on, and it is 20 KB. */
function withoutLinkify() {
  return {
    name: "without-linkify",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^linkify-it$/ }, () => ({ path: "linkify-it", namespace: "empty" }));
      onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "export default class {}" }));
    },
  };
}
