import assert from "node:assert/strict";
import { test } from "node:test";
import { outline } from "./outline";
import { pieces, random } from "./random";

const cases: [text: string, blocks: string, why: string][] = [
  ["a\nb\n\nc", 'p"a\\nb" p"c"', "paragraphs"],
  ["# a\n## b ##\n\tc", 'h1"a" h2"b ##" code"c"', "headings, and code by indentation"],
  ["a\n===\nb\n---\nc\n***", 'h1"a" h2"b" p"c" hr', "headings by their underline"],
  ["- a\n- b\n  - c\n", 'ul(li(p"a") li(p"b" ul(li(p"c"))))', "a tight list"],
  ["- a\n\n- b", 'ul+(li(p"a") li(p"b"))', "a loose list"],
  [
    "- a\n  - b\n\n    c\n- d",
    'ul(li(p"a" ul+(li(p"b" p"c"))) li(p"d"))',
    "only the inner list is loose",
  ],
  ["- a\n* b\n3) c", 'ul(li(p"a")) ul(li(p"b")) ol3(li(p"c"))', "another mark, another list"],
  ["In\n1986. it\n1. was", 'p"In\\n1986. it" ol1(li(p"was"))', "only a first item interrupts"],
  ["> a\nb\n>\n> c", 'q(p"a\\nb" p"c")', "a lazy line"],
  ["> a\n- b", 'q(p"a") ul(li(p"b"))', "not a lazy line"],
  ["```py\na\n\n  b\n```\nc", 'code"a\\n\\n  b" p"c"', "a fence"],
  ["- ```\n  a\nb", 'ul(li(code"a")) p"b"', "a fence that its item ends"],
  ["    a\n\n    b\n\nc", 'code"a\\n\\nb" p"c"', "blank lines within code, not after it"],
  ["x\n|a|b|\n|-|-|\n|1|2|\n\ny", 'p"x" table"a|b"(tr"|1|2|") p"y"', "a table"],
  ["a | b\n-|-|-\n", 'p"a | b\\n-|-|-"', "columns that do not match"],
  ["[a]: /x\n[b]:\n/y\n'title'\nc", 'p"c"', "definitions"],
  ["[a]: /x\n2. b", 'ol2(li(p"b"))', "a definition ends with its line"],
  ["[1]: /x", 'p"[1]: /x"', "a list of sources is text"],
  ["<div>\n\n</div>", 'p"<div>" p"</div>"', "raw HTML is text"],
  ["a\r\n\r\nb\rc\0", 'p"a" p"b\\nc\ufffd"', "line ends of every kind"],
  ["- [x] a\n- [ ]\n- [ ]b", 'ul(li(p☑"a") li(p"[ ]") li(p"[ ]b"))', "tasks"],
  ["- [x] a\n  ===\n- [ ] b|c\n  -|-", 'ul(li(h1"[x] a") li(table"[ ] b|c"))', "not a task"],
  ["a\n[^x]: b\n[^y]: - c\n\n    d", 'p"a" note:X(p"b") note:Y(ul(li(p"c")) p"d")', "footnotes"],
  ["- a\n[^x]: b\n\n> [^x]: c", 'ul(li(p"a\\n[^x]: b")) q(p"[^x]: c")', "not a footnote"],
  ["-\n\n  a", 'ul(li) p"a"', "an empty item"],
  ["-\ta\n\n\tb\n-\t\tc", 'ul+(li(p"a" p"b") li(code"  c"))', "tabs"],
];

for (const [text, blocks, why] of cases) {
  test(`${why}: ${JSON.stringify(text)}`, () => {
    assert.equal(outline([text]), blocks);
    assert.equal(outline(text), blocks, "character by character");
  });
}

test("random documents: any chunking gives the same blocks", () => {
  const lines = [
    ..."a|- b|1. c|2. d|   e|  f|    g||||```|~~~|> h|# i|---|===|***|-|\t|[x]: y|'t'|[z]:".split(
      "|",
    ),
    ...["| j | k |", "|-|-|", "- | -", "> ```", "- > - l", "\tm", "a\r", "> | n |", "**o", "10) p"],
  ];
  for (let seed = 1; seed <= 3000; seed++) {
    const next = random(seed);
    const text = Array.from({ length: 12 }, () => lines[next(lines.length)]).join("\n");
    assert.equal(outline(pieces(text, next)), outline([text]), JSON.stringify(text));
  }
});

const typed: [text: string, blocks: string, why: string][] = [
  ["a\n-", 'p"a"', "an underline, or an item"],
  ["a\n- ", 'p"a"', "an item without text"],
  ["- ", "", "perhaps a rule"],
  ["* *", "", "perhaps a rule"],
  ["**b", 'p"**b"', "not a rule any more"],
  ["#", "", "perhaps not a heading"],
  ["# ", "", "nothing to show yet"],
  ["# T", 'h1"T"', "a heading"],
  ["1", "", "perhaps an item"],
  ["1. x", 'ol1(li(p"x"))', "an item"],
  ["12 x", 'p"12 x"', "a number"],
  ["``", "", "perhaps a fence"],
  ["```py", "", "a fence only with its line end"],
  ["```py\nx", 'code"x"', "code as it is typed"],
  ["```\nx\n``", 'code"x"', "perhaps the end of the fence"],
  ["| a |\n|--", 'p"| a |"', "perhaps a table"],
  ["| a |\n|--|\n| x", 'table"a"(tr"| x")', "a row as it is typed"],
  ["[^x]:", "", "perhaps a footnote"],
  ["[^x]: **", "", "a footnote with undecided content"],
  ["[^x]: **b", 'note:X(p"**b")', "a footnote"],
  ["- [x", "", "perhaps a task"],
  ["- [x] ", "", "perhaps a task"],
  ["- [x] a", 'ul(li(p☑"a"))', "a task"],
  ["> ", "", "a quote without content yet"],
  ["> x", 'q(p"x")', "a quote"],
];

for (const [text, blocks, why] of typed) {
  test(`typed so far, ${why}: ${JSON.stringify(text)}`, () => {
    assert.equal(outline([text], true), blocks);
    assert.equal(outline(text, true), blocks, "character by character");
  });
}

test("nesting is limited, and deeper marks are text", () => {
  const deep = outline([`${"> ".repeat(1000)}a`]);
  assert.equal(deep.split("q(").length - 1, 39);
  assert.match(deep, /p"> > /);
  assert.equal(outline([`${"- ".repeat(1000)}a`]).split("ul(").length - 1, 19);
});
