import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { pieces, random } from "./random";
import { type Shown, shown } from "./shown";

/** `scripts/golden` documents these files, and writes the trees that the package makes. */
const FOLDER = "../tests/golden/markdown";

/** A shorter text is shown character by character. */
const LONG = 120;

interface Case {
  why: string;
  text: string | string[];
  tree: Shown[];
  /** The tree while the text is incomplete. */
  typed?: Shown[];
}

const lines = (text: string | string[]) => (typeof text === "string" ? text : text.join("\n"));
const files = readdirSync(FOLDER).map((name) => {
  const file = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
  return { name, cases: file.cases as Case[] };
});
const texts = files.flatMap(({ cases }) => cases.map(({ text }) => lines(text)));

for (const { name, cases } of files) {
  test(`the page shows the trees of the golden file: ${name}`, () => {
    for (const { why, text, tree } of cases) {
      const whole = lines(text);
      assert.deepEqual(shown([whole]), tree, why);
      const parts = whole.length < LONG ? whole : pieces(whole, random(1));
      assert.deepEqual(shown(parts), tree, `${why}, in pieces`);
    }
  });

  test(`the page shows an incomplete text: ${name}`, () => {
    for (const { why, text, typed } of cases) {
      if (typed) assert.deepEqual(shown(lines(text), true), typed, why);
    }
  });
}

test("a document of these texts is the same in any chunking", () => {
  const next = random(11);
  for (let n = 0; n < 60; n++) {
    const some = Array.from({ length: 12 }, () => texts[next(texts.length)]);
    const document = some.join("\n\n");
    assert.deepEqual(shown(pieces(document, next)), shown([document]), document);
  }
});

test("a paragraph that is settled in parts is the same in any chunking", () => {
  const next = random(12);
  const words = texts.filter((text) => /^[A-Z][^\n]*$/.test(text));
  for (let n = 0; n < 20; n++) {
    const paragraph = Array.from({ length: 40 }, () => words[next(words.length)]).join(" ");
    assert.deepEqual(shown(pieces(paragraph, next)), shown([paragraph]), paragraph);
  }
});

test("a long leaf that names late definitions becomes the same as with early ones", () => {
  const next = random(13);
  const sentences = [
    "Some [a] and *b [c] d*, then. ",
    "One `[a]` of [many words][c] here; ",
    "A *mark [c*] that a link takes. ",
    "Another [*c] mark* that it takes. ",
    "More [none] and [a] of **it** ",
    "with a note[^1] and [1] or [12], ",
  ];
  const definitions =
    "[a]: https://a.org\n[c*]: https://c.org/end\n[*c]: https://c.org/begin\n[c]: https://c.org";
  const note = "[^1]: The note of [a].";
  for (let n = 0; n < 30; n++) {
    const some = n % 3 ? sentences : sentences.filter((each) => !/\[\*|\*\]/.test(each));
    const leaf = Array.from({ length: 50 }, () => some[next(some.length)]).join("");
    const late = [leaf, definitions, note].join("\n\n");
    const early = [definitions, leaf, note].join("\n\n");
    assert.deepEqual(shown(pieces(late, next)), shown([early]), leaf);
    assert.deepEqual(shown([late]), shown([early]), leaf);
  }
});

test("a long line whose kind is known at its end is the same in any chunking", () => {
  const next = random(14);
  const long = "> ".repeat(3000);
  const lines = [
    `${long}deep`,
    long,
    `# ${"- ".repeat(3000)}#`,
    "|a|b|\n|-|-|\n|".padEnd(6000, "= "),
  ];
  for (const line of lines) {
    for (const text of [line, `Before.\n\n${line}`, `${line}\n\nAfter.`, `- ${line}\n\n  After.`]) {
      const whole = shown([text]);
      assert.deepEqual(shown(pieces(text, next)), whole, text.slice(0, 40));
      assert.deepEqual(shown([text.slice(0, 4000), text.slice(4000)]), whole, text.slice(0, 40));
      assert.ok(JSON.stringify(whole).includes(line.slice(200, 5900).trim()), text.slice(0, 40));
    }
  }
});

test("a long paragraph as models write it is the same in any chunking", () => {
  const next = random(15);
  const models = files.find(({ name }) => name === "models.json")?.cases ?? [];
  const words = models.flatMap(({ text }) => lines(text).split("\n")).filter((line) => line !== "");
  for (let n = 0; n < 20; n++) {
    const some = Array.from({ length: 30 }, () => words[next(words.length)]);
    const paragraph = `So ${some.join(". ")}`;
    assert.deepEqual(shown(pieces(paragraph, next)), shown([paragraph]), paragraph);
  }
});
