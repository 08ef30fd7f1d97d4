import assert from "node:assert/strict";
import { test } from "node:test";
import { names, readerFor } from "../src/chunks/languages";
import type { Piece } from "../src/chunks/reader";
import { random } from "./random";

const SCRAPS =
  "def class f( ) { } [ ] < > </ \"' ` \"\"\" ''' # // /* */ -- <!-- --> = => : ; $x ${ @a 0x1f 1.5e-3 true None \\ \\n é 🚀 \t".split(
    " ",
  );

test("no language loses a character", () => {
  const next = random(7);
  assert.ok(names.length > 40);
  for (const name of names) {
    const reader = readerFor(name);
    assert.ok(reader, name);
    for (let i = 0; i < 200; i++) {
      const line = Array.from({ length: next(12) }, () => SCRAPS[next(SCRAPS.length)]).join(
        next(2) ? " " : "",
      );
      const pieces: Piece[] = reader.read(line);
      assert.equal(pieces.map(({ text }) => text).join(""), line, name);
      assert.ok(pieces.every(({ text }) => text !== ""));
    }
  }
});

test("a string continues in the next line", () => {
  const reader = readerFor("python");
  const kinds = ['"""a', "b", '"""', "c"].map((line) => reader?.read(line).map(({ kind }) => kind));
  assert.deepEqual(kinds, [["samp"], ["samp"], ["samp"], [""]]);
});

test("a very long line is plain", () => {
  const line = `x = "${"a".repeat(6000)}"`;
  assert.deepEqual(readerFor("python")?.read(line), [{ kind: "", text: line }]);
});

test("no line of YAML takes too long", () => {
  const spaces = " ".repeat(4000);
  const lines = [spaces, `a${spaces}b`, `${" a".repeat(400)}${spaces}`, `"x"${spaces}:`];
  for (const line of lines) {
    const pieces = readerFor("yaml")?.read(line);
    assert.equal(pieces?.map(({ text }) => text).join(""), line);
  }
  const pieces = readerFor("yaml")?.read(`key:${" ".repeat(50)}value  more # it`);
  assert.deepEqual(
    pieces?.map(({ kind }) => kind),
    ["b", "", "i"],
  );
});

test("an unsupported language has no reader", () => {
  for (const name of ["", "text", "mermaid", "constructor"]) assert.equal(readerFor(name), null);
});
