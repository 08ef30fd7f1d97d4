import assert from "node:assert/strict";
import { test } from "node:test";
import { lettersOf, placeOf } from "../src/inspector/locate";
import { random } from "./random";

test("text that the page does not show is ignored", () => {
  assert.equal(lettersOf("**Bold** [1][web:2] [link](https://example.org/a1) `x`"), "Boldlinkx");
});

test("of several places, the one with the right words before it is chosen", () => {
  const shown = lettersOf("the cat sat on the mat near the cat flap");
  const before = lettersOf("the cat sat on the mat near ");
  assert.equal(placeOf(shown, before, "thecat"), shown.lastIndexOf("thecat"));
  assert.equal(placeOf(shown, "", "the"), 0);
});

test("a missing piece has no place", () => {
  assert.equal(placeOf("abc", "", "x"), -1);
  assert.equal(placeOf("abc", "a", ""), -1);
});

test("every piece of a text is found at its place", () => {
  const next = random(7);
  const words = ["the", "a", "cat", "12", "é", "**", "\n- ", " ", "_x_", "中"];
  for (let round = 0; round < 200; round++) {
    const pieces = Array.from({ length: 40 }, () => words[next(words.length)] ?? "");
    const shown = lettersOf(pieces.join(""));
    let before = "";
    for (const piece of pieces) {
      const letters = lettersOf(piece);
      if (letters)
        assert.equal(placeOf(shown, lettersOf(before), letters), lettersOf(before).length);
      before += piece;
    }
  }
});
