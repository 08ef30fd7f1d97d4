import assert from "node:assert/strict";
import { test } from "node:test";
import { Blocks } from "../src/stream/blocks";
import { parse } from "../src/stream/markdown";
import { pieces, random } from "./random";

const DOCUMENTS = {
  prose: "One.\ntwo\n\n\nThree\n\n# Four\nFive\nSix\n===\nSeven\n***\nEight\n",
  fences: "Text\n```py\na\n\n  b\n~~~\n````\nAfter\n\n~~~\n```\n\n~~~\nLast\n",
  "an open fence": "```\na\n\nb\n\n# c\n",
  lists: "- a\n\n- b\n  more\n\n  ```\n  x\n\n  y\n  ```\n- c\nlazy\n\nOut\n\n1. x\n\n\n2) y\n",
  "a fence that ends a list": "- a\n```\nb\n\nc\n```\nd\n",
  tables:
    "Text\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\nAfter\n\n|a|\n|-|\n|1|\n2. b\n\n3. c\n",
  quotes: "> a\n> - b\n>\n> c\nlazy\n\n> d\n---\n> e\n```\nf\n\n> g\n```\n",
  "indented code": "a\n\n    b\n\n\n    c\nd\n    e\n",
  "html as text": "<div>\n\n<script>x</script>\n\n</div>\n",
  "carriage returns": "a\r\n\r\n- b\r\n\r\n  c\r\n\r\nd\r\n",
  numbers: "In\n1986. It was\n\n1986. It was\n\n1. yes\n\n   more\n",
};

function split(chunks: Iterable<string>): { closed: string[]; tail: string } {
  const blocks = new Blocks();
  const closed = [...chunks].flatMap((chunk) => blocks.append(chunk));
  return { closed, tail: blocks.tail };
}

const shape = (text: string): string[] =>
  parse(text, {}).map((token) => `${token.type} ${token.content}`);

for (const [name, text] of Object.entries(DOCUMENTS)) {
  test(`${name}: any chunking gives the same blocks`, () => {
    const whole = split([text]);
    assert.deepEqual(split(text), whole);
    for (let seed = 1; seed <= 50; seed++) {
      assert.deepEqual(split(pieces(text, random(seed))), whole, `seed ${seed}`);
    }
  });

  test(`${name}: the blocks read as the whole document`, () => {
    const { closed, tail } = split([text]);
    assert.deepEqual([...closed, tail].flatMap(shape), shape(text));
  });
}

test("a paragraph closes with its blank line, a list only with what follows", () => {
  assert.deepEqual(split(["a\n", "\n"]), { closed: ["a\n\n"], tail: "" });
  assert.deepEqual(split(["- a\n\n"]), { closed: [], tail: "- a\n\n" });
  assert.deepEqual(split(["- a\n\nb\n"]), { closed: ["- a\n\n"], tail: "b\n" });
});

test("random documents: the blocks read as the whole document", () => {
  const lines =
    "a|- b|1. c|2. d|   e|  f|    g||||```|~~~|> h|# i|---|===|\\| j \\| k \\||\\|-\\|-\\||***";
  const choices = lines.split(/(?<!\\)\|/).map((line) => line.replaceAll("\\|", "|"));
  let different = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const next = random(seed);
    const text = Array.from({ length: 12 }, () => choices[next(choices.length)]).join("\n");
    const { closed, tail } = split([text]);
    const blocks = [...closed, tail].flatMap(shape);
    if (blocks.join() !== shape(text).join()) different++;
  }
  assert.equal(different, 0);
});
