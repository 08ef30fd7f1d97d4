// The words of the page. Its source names them by their ids in `pplx_widget/core/words/en.json`. The
// build replaces each id by a character for its place among the ids that the page uses, and the English
// words. So a bundle contains only its own words, and a translation is a list in the same order.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("src/", import.meta.url));
const english = fileURLToPath(new URL("../pplx_widget/core/words/en.json", import.meta.url));
/** The character of the first place; it and those after it need no escape. */
const FIRST = 0x100;
const LITERAL = /"([a-z]+(?:[._-][a-z_]+)*)"/g;

/** Returns the ids that the page uses, in the order of the file, with their English words. */
export async function used() {
  const words = Object.entries(JSON.parse(await readFile(english, "utf8")));
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(files.map((name) => readFile(source + name, "utf8")));
  const literals = new Set(
    texts.flatMap((text) => [...text.matchAll(LITERAL)].map(([, id]) => id)),
  );
  return words.filter(([id]) => id.includes(".") && literals.has(id));
}

/** Replaces the ids by their words. */
export function words() {
  return {
    name: "words",
    setup({ onStart, onLoad }) {
      let places = new Map();
      onStart(async () => {
        places = new Map(
          (await used()).map(([id, text], i) => [id, String.fromCharCode(FIRST + i) + text]),
        );
      });
      onLoad({ filter: /js.(?:src|test).*\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, "utf8")).replace(LITERAL, (literal, id) =>
          places.has(id) ? JSON.stringify(places.get(id)) : literal,
        ),
        loader: "ts",
        watchFiles: [english],
      }));
    },
  };
}
