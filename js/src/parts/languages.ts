/** The languages that are coloured, by the names that people write at a fence. */
import { c, cpp, csharp, java } from "@codemirror/legacy-modes/mode/clike";
import { diff } from "@codemirror/legacy-modes/mode/diff";
import { go } from "@codemirror/legacy-modes/mode/go";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { python } from "@codemirror/legacy-modes/mode/python";
import { r } from "@codemirror/legacy-modes/mode/r";
import { ruby } from "@codemirror/legacy-modes/mode/ruby";
import { rust } from "@codemirror/legacy-modes/mode/rust";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { standardSQL } from "@codemirror/legacy-modes/mode/sql";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { html, xml } from "@codemirror/legacy-modes/mode/xml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { type Kind, type Mode, Reader } from "./reader";

/** As near to Pygments, which colours the finished document, as the modes' own words allow. */
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
  /** Where the same word means something else. */
  kinds?: Record<string, Kind>;
}

const LANGUAGES: Language[] = [
  { names: "python py python3 py3 ipython ipython3 gyp sage", mode: python },
  { names: "javascript js jsx mjs cjs node", mode: javascript },
  { names: "typescript ts tsx", mode: typescript },
  { names: "json jsonc json5 ipynb", mode: json },
  { names: "c h", mode: c },
  { names: "cpp c++ cc cxx hpp", mode: cpp },
  { names: "java", mode: java },
  { names: "csharp cs c#", mode: csharp },
  { names: "bash sh shell zsh ksh", mode: shell },
  { names: "sql mysql postgres postgresql sqlite", mode: standardSQL },
  { names: "yaml yml", mode: yaml },
  { names: "rust rs", mode: rust },
  { names: "go golang", mode: go },
  { names: "r rlang splus", mode: r },
  { names: "ruby rb", mode: ruby },
  { names: "toml", mode: toml },
  { names: "xml svg rss xsd", mode: xml },
  { names: "html xhtml", mode: html },
  { names: "diff patch udiff", mode: diff },
];

const byName = new Map(
  LANGUAGES.flatMap((each) => each.names.split(" ").map((name) => [name, each] as const)),
);

export function readerFor(name: string): Reader | null {
  const language = byName.get(name);
  if (!language) return null;
  return new Reader(language.mode, { ...KINDS, ...language.kinds });
}
