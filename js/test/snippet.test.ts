import assert from "node:assert/strict";
import { test } from "node:test";
import { keysOf } from "../src/view/claim";
import { extract } from "../src/view/snippet";

/** Returns the extract as one line, with marked words in brackets. */
function shown(snippet: string, words: string): string {
  return extract(snippet, keysOf(words))
    .map((item) => (typeof item === "string" ? item : `[${item.children.join("")}]`))
    .join("");
}

test("shared words and numbers are marked in every form", () => {
  assert.equal(
    shown("The rules changed in 2026.", "A Rule was changed"),
    "The [rules] [changed] in 2026.",
  );
  assert.equal(shown("It rose by 3.5 % to 12.", "12 of 3.5"), "It rose by [3.5] % to [12].");
  assert.equal(shown("Die Prüfung beginnt", "prüfung"), "Die [Prüfung] beginnt");
  assert.match(shown("東京は日本の首都です", "日本の首都"), /\[日本\]の\[首都\]/);
});

test("common and short words are not marked", () => {
  assert.equal(
    shown("This is what they have been of", "this they have what of is"),
    "This is what they have been of",
  );
});

test("Markdown is removed", () => {
  const snippet =
    "## Head\n\n- **One** `two` [three](https://x.org) ![four](y)\n\n| a | b |\n|---|:-:|\n| c | d |";
  assert.equal(shown(snippet, ""), "Head One two three four a b c d");
  assert.equal(shown("snake_case and 2 * 3", ""), "snake_case and 2 * 3");
});

test("of a long snippet, the most relevant part is shown", () => {
  const filler = "nothing here ".repeat(60);
  const text = `${filler}the harvest of wheat grew ${filler}`;
  const part = shown(text, "Wheat harvest");
  assert.match(part, /^….{0,60}\[harvest\] of \[wheat\] grew .*…$/);
  assert.ok(part.length < 320);
  assert.match(shown(text, "none of it"), /^nothing here .*…$/);
  assert.equal(shown("", "x"), "");
  assert.equal(shown("x".repeat(1000), "").length, 301);
});
