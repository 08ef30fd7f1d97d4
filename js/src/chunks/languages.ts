/** The supported languages, by the names that people write after a code fence. */
import { c, cpp, csharp, java } from "@codemirror/legacy-modes/mode/clike";
import { go } from "@codemirror/legacy-modes/mode/go";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { python } from "@codemirror/legacy-modes/mode/python";
import { r } from "@codemirror/legacy-modes/mode/r";
import { rust } from "@codemirror/legacy-modes/mode/rust";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { sql } from "@codemirror/legacy-modes/mode/sql";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { html, xml } from "@codemirror/legacy-modes/mode/xml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { type Kind, type Mode, Reader } from "./reader";

/** As close to Pygments, which colours the finished document, as the modes' token names allow. */
const KINDS: Record<string, Kind> = {
  keyword: "b",
  tag: "b",
  comment: "i",
  string: "samp",
  "string-2": "samp",
  "string.special": "samp",
  number: "samp",
  atom: "samp",
  builtin: "var",
  def: "var",
  meta: "var",
};

interface Language {
  names: string;
  mode: Mode;
  /** Overrides for token names that mean something else in this mode. */
  kinds?: Record<string, Kind>;
}

const ECMASCRIPT = { def: "" } as const;
const C = { type: "b", meta: "b" } as const;
const TYPED = { type: "b" } as const;

/** SQL that all databases share. The dialects' own word lists are long. */
const structured = sql({
  keywords: words(
    "add all alter and any as asc begin between by case check column commit constraint create cross default delete " +
      "desc distinct drop else end except exists foreign from full function group having if in index inner insert " +
      "intersect into is join key left like limit natural not null offset on or order outer over partition primary " +
      "references replace returning right rollback select set table then to union unique update using values view " +
      "when where window with",
  ),
  builtin: words(
    "array avg bigint blob bool boolean char coalesce count date decimal double float int integer interval json " +
      "jsonb max min numeric precision real serial smallint sum text time timestamp uuid varchar",
  ),
  atoms: words("false true unknown"),
  dateSQL: words("date time timestamp"),
  support: words("doubleQuote"),
});

/**
 * The mode's patterns take minutes for a line with a few hundred spaces. Such lines are data, and
 * stay plain.
 */
const HARD = /^.{1000}|\s{60}/;
const quickYaml: typeof yaml = {
  ...yaml,
  token(stream, state) {
    if (stream.sol() && HARD.test(stream.string)) {
      stream.skipToEnd();
      return null;
    }
    const style = yaml.token(stream, state);
    // Otherwise the mode would try its patterns at each space of a run.
    if (style === null) stream.eatSpace();
    return style;
  },
};

const LANGUAGES: Language[] = [
  { names: "python py python3 py3 ipython ipython3 sage", mode: python },
  { names: "javascript js jsx mjs cjs node", mode: javascript, kinds: ECMASCRIPT },
  { names: "typescript ts tsx", mode: typescript, kinds: ECMASCRIPT },
  { names: "json jsonc json5 ipynb", mode: json, kinds: { property: "b" } },
  { names: "c h", mode: c, kinds: C },
  { names: "cpp c++ cc cxx hpp", mode: cpp, kinds: C },
  { names: "java", mode: java, kinds: TYPED },
  { names: "csharp cs c#", mode: csharp, kinds: TYPED },
  { names: "bash sh shell zsh ksh", mode: shell, kinds: { def: "", meta: "i" } },
  { names: "sql mysql postgres postgresql sqlite", mode: structured, kinds: { type: "var" } },
  { names: "yaml yml", mode: quickYaml, kinds: { atom: "b", keyword: "samp", meta: "" } },
  { names: "rust rs", mode: rust, kinds: { atom: "b", builtin: "samp", meta: "b" } },
  { names: "go golang", mode: go },
  { names: "r rlang splus", mode: r },
  { names: "toml", mode: toml },
  { names: "xml svg rss xsd", mode: xml, kinds: { atom: "" } },
  { names: "html xhtml", mode: html, kinds: { atom: "" } },
];

const byName = new Map(
  LANGUAGES.flatMap((each) => each.names.split(" ").map((name) => [name, each] as const)),
);

export const names: readonly string[] = [...byName.keys()];

export function readerFor(name: string): Reader | null {
  const language = byName.get(name);
  if (!language) return null;
  return new Reader(language.mode, { ...KINDS, ...language.kinds });
}

function words(list: string): Record<string, true> {
  return Object.fromEntries(list.split(" ").map((word) => [word, true]));
}
