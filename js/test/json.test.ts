import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Indenter, JsonAsCode } from "../src/markdown/json";
import { pieces, random } from "./random";

const cases: [text: string, shown: string][] = JSON.parse(
  readFileSync("../tests/golden/json_text.json", "utf8"),
);

function fed(parts: string[]): string {
  const indenter = new Indenter();
  return parts.map((part) => indenter.feed(part)).join("");
}

test("JSON is formatted like in Python, in any chunking", () => {
  for (const [text, shown] of cases) {
    // White space at the end is held back: more text may follow.
    assert.equal(fed([text]).trimEnd(), shown.trimEnd(), text);
    assert.equal(fed([...text]).trimEnd(), shown.trimEnd(), text);
  }
});

test("any JSON is formatted like JSON.stringify does", () => {
  const next = random(7);
  const value = (depth: number): unknown => {
    const kind = next(depth > 3 ? 4 : 6);
    const some = Array.from({ length: next(4) });
    if (kind === 0) return next(1e6) / 100;
    if (kind === 1) return next(2) === 0;
    if (kind === 2) return null;
    if (kind === 3) return ["", 'a "b" \\', "{[]},:", "\u2028 é\n"][next(4)];
    if (kind === 4) return some.map(() => value(depth + 1));
    return Object.fromEntries(some.map((_, i) => [`k ${i}`, value(depth + 1)]));
  };
  for (let i = 0; i < 200; i++) {
    const whole = { a: value(0) };
    const text = JSON.stringify(whole, null, next(3));
    assert.equal(fed([...pieces(text, next)]), JSON.stringify(whole, null, 2));
  }
});

test("JSON is shown as code from its first character; prose stays prose", () => {
  const json = new JsonAsCode();
  assert.equal(json.feed(" \n"), "");
  assert.equal(json.feed('{"a"'), '``````json\n{\n  "a"');
  assert.equal(json.feed(":1}"), ": 1\n}");
  const prose = new JsonAsCode();
  assert.equal(prose.feed("  I do "), "  I do ");
  assert.equal(prose.feed("not [know]."), "not [know].");
});

test("the output for deep nesting is at most a constant times the input", () => {
  assert.ok(fed(["[".repeat(10_000)]).length < 10_000 * 82);
});
