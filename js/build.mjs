// Builds the files that the Python package ships, and checks their sizes. Each answer carries the
// stub, each kernel session the bundle, each widget beside it its own file, and each
// exported answer its stylesheet. With --watch it rebuilds changed files without checking sizes,
// and ends when its standard input ends (scripts/dev).
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context, transform } from "esbuild";
import { used, words } from "./words.mjs";

// Limits in bytes, raw and gzipped. JupyterLab sends them raw. The chunks (code.js, math.js) are
// sent when an answer first needs them.
const LIMITS = {
  "widget.js": [138_000, 50_500],
  "code.js": [80_000, 26_000],
  "math.js": [250_000, 97_000],
  "stub.js": [1_500, 1_000],
  // Sent once per chat; contains the stylesheets of an answer.
  "chat.js": [46_000, 16_500],
  // Sent once per inspector.
  "inspector.js": [24_000, 9_000],
  // Contains the renderer of Markdown.
  "race.js": [90_000, 36_000],
  "race.css": [3_000, 1_200],
  "compare.js": [8_000, 3_800],
  "compare.css": [2_400, 1_000],
  // Sent once per table of answers.
  "batch.js": [36_000, 14_000],
  "batch.css": [2_000, 900],
  "answer.css": [6_200, 2_200],
};

/** Limit for all parts of an answer together, gzipped, without the widgets beside it. */
const TOGETHER = 168_000;
// The bundle contains the stylesheet, so it is already counted.
const APART = new Set([
  ...["race.js", "race.css", "compare.js", "compare.css", "batch.js", "batch.css", "chat.js"],
  ...["inspector.js", "answer.css"],
]);

const out = fileURLToPath(new URL("../pplx_widget/static/", import.meta.url));

const options = {
  entryPoints: {
    widget: "src/index.ts",
    stub: "src/stub.ts",
    code: "src/chunks/code.ts",
    math: "src/chunks/math.ts",
    chat: "src/chat/index.ts",
    race: "src/race/index.ts",
    compare: "src/compare/index.ts",
    batch: "src/batch/index.ts",
    inspector: "src/inspector/index.ts",
  },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text", ".woff2": "binary" },
  // The table of all entities has 27 KB; the browser has its own.
  alias: { entities: "./src/markdown/entities.ts" },
  plugins: [
    minifiedCss(),
    withoutUnused(),
    withoutReplaced(),
    fewerDialects(),
    documentStyle(),
    words(),
    places(),
  ],
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  await (await context({ ...options, logLevel: "info" })).watch();
  process.stdin.on("end", () => process.exit()).resume();
} else {
  await build(options);
  await weigh();
}

async function weigh() {
  let together = 0;
  for (const [name, [most, mostGzipped]] of Object.entries(LIMITS)) {
    const code = await readFile(out + name);
    const gzipped = gzipSync(code).length;
    if (!APART.has(name)) together += gzipped;
    console.log(`${name}: ${code.length} bytes, ${gzipped} gzipped`);
    if (code.length > most || gzipped > mostGzipped) {
      throw new Error(`${name} may have ${most} bytes at most, ${mostGzipped} gzipped`);
    }
  }
  if (together > TOGETHER) {
    throw new Error(
      `all parts of an answer may have ${TOGETHER} bytes gzipped at most: ${together}`,
    );
  }
}

/** Writes the stylesheets of documents to files as well. */
function documentStyle() {
  return {
    name: "document-style",
    setup({ onEnd }) {
      onEnd(async () => {
        await writeFile(`${out}answer.css`, await minified("src/style/answer.css"));
        await writeFile(`${out}race.css`, await minified("src/race/race.css"));
        await writeFile(`${out}compare.css`, await minified("src/compare/compare.css"));
        await writeFile(`${out}batch.css`, await minified("src/batch/document.css"));
      });
    },
  };
}

/** The order of the page's words, for the kernel, which sends those of another language. */
function places() {
  return {
    name: "places",
    setup({ onEnd }) {
      onEnd(async () => {
        const ids = (await used()).map(([id]) => id);
        await writeFile(`${out}words.json`, JSON.stringify(ids));
      });
    },
  };
}

/** Minifies stylesheets, which the bundle contains as text and esbuild's minifier therefore skips. */
function minifiedCss() {
  return {
    name: "minified-css",
    setup({ onLoad }) {
      onLoad({ filter: /\.css$/ }, async ({ path }) => ({
        contents: await minified(path),
        loader: "text",
      }));
    },
  };
}

async function minified(path) {
  const source = await readFile(path, "utf8");
  const { code } = await transform(source, { loader: "css", minify: true, charset: "utf8" });
  // The minifier keeps values of custom properties as they are.
  return code
    .trim()
    .replace(/(--[a-z]+): /g, "$1:")
    .replaceAll(", ", ",");
}

/**
 * Leaves out unused modules. markdown-it's inline half imports rules that we never turn on or replace, its
 * own handling of addresses (ours is in urls.ts), and tables of punctuation, which every browser has.
 * Temml also searches pages for formulas, numbers equations across a page, and draws commutative
 * diagrams.
 */
function withoutUnused() {
  const unused =
    /^(?:mdurl|uc\.micro|\.\/rules_inline\/(?:text|linkify|html_inline)\.mjs|\.\/src\/(?:auto-render|postProcess)|\.\/environments\/cd|\.\/functions\/(?:html|includegraphics))$/;
  const contents = `
    export const P = /\\p{P}/u, S = /\\p{S}/u;
    export const renderMathInElement = 0, postProcess = 0, version = 0;
    export default () => false;
  `;
  return {
    name: "without-unused",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: unused }, ({ path }) => ({ path, namespace: "empty" }));
      onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents }));
    },
  };
}

/**
 * Leaves out methods of markdown-it that we never call, and the one that `markdown/delimiters.ts`
 * replaces; and the methods by which Temml writes HTML. A bundler keeps all methods of a prototype.
 */
function withoutReplaced() {
  const ofMarkdown =
    /^(?:StateInline\.prototype\.scanDelims|Ruler\.prototype\.(?:after|enable|enableOnly|disable)|Token\.prototype\.attrJoin) = function[\s\S]*?^\}$/gm;
  const ofTemml = /^ {2}toMarkup\(\) \{[\s\S]*?^ {2}\}$/gm;
  return {
    name: "without-replaced",
    setup({ onLoad }) {
      const without = (filter, method) =>
        onLoad({ filter }, async ({ path }) => ({
          contents: (await readFile(path, "utf8")).replace(method, ""),
        }));
      without(/markdown-it.lib.(?:rules_inline.state_inline|ruler|token)\.mjs$/, ofMarkdown);
      without(/temml.src.(?:tree|mathMLTree|domTree)\.js$/, ofTemml);
    },
  };
}

/**
 * Leaves out unused dialects. CodeMirror's modes create each dialect of a family with a call, and a
 * bundler keeps calls because they might have side effects. These have none, so dialects that are
 * not imported can go.
 */
function fewerDialects() {
  const dialect = /^export const (\w+) = (?:sql|clike)\(\{[\s\S]*?^\}\);?$/gm;
  const imported = /^(?:c|cpp|csharp|java)$/;
  const without = (source) =>
    source.replace(dialect, (all, name) => (imported.test(name) ? all : ""));
  return {
    name: "fewer-dialects",
    setup({ onLoad }) {
      onLoad({ filter: /legacy-modes.mode.(?:sql|clike)\.js$/ }, async ({ path }) => ({
        contents: without(await readFile(path, "utf8")),
      }));
    },
  };
}
