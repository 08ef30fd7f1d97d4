import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { pieces, random } from "./random";
import { type Shown, shown } from "./shown";

/** `scripts/golden` says what is in them, and writes the trees as the package makes them. */
const FOLDER = "../tests/golden/markdown";

/** Of a shorter text each character is shown by itself. */
const LONG = 120;

interface Case {
  why: string;
  text: string | string[];
  tree: Shown[];
  /** Where the text goes on. */
  typed?: Shown[];
}

const lines = (text: string | string[]) => (typeof text === "string" ? text : text.join("\n"));
const files = readdirSync(FOLDER).map((name) => {
  const file = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
  return { name, cases: file.cases as Case[] };
});
const texts = files.flatMap(({ cases }) => cases.map(({ text }) => lines(text)));

for (const { name, cases } of files) {
  test(`the page shows what the golden file says: ${name}`, () => {
    for (const { why, text, tree } of cases) {
      const whole = lines(text);
      assert.deepEqual(shown([whole]), tree, why);
      const parts = whole.length < LONG ? whole : pieces(whole, random(1));
      assert.deepEqual(shown(parts), tree, `${why}, in pieces`);
    }
  });

  test(`and while a text is typed: ${name}`, () => {
    for (const { why, text, typed } of cases) {
      if (typed) assert.deepEqual(shown(lines(text), true), typed, why);
    }
  });
}

test("however a document of such texts is cut, it is the same", () => {
  const next = random(11);
  for (let n = 0; n < 60; n++) {
    const some = Array.from({ length: 12 }, () => texts[next(texts.length)]);
    const document = some.join("\n\n");
    assert.deepEqual(shown(pieces(document, next)), shown([document]), document);
  }
});

test("and a paragraph that is long enough to be settled in parts", () => {
  const next = random(12);
  const words = texts.filter((text) => /^[A-Z][^\n]*$/.test(text));
  for (let n = 0; n < 20; n++) {
    const paragraph = Array.from({ length: 40 }, () => words[next(words.length)]).join(" ");
    assert.deepEqual(shown(pieces(paragraph, next)), shown([paragraph]), paragraph);
  }
});
