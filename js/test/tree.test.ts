import assert from "node:assert/strict";
import { test } from "node:test";
import { type Definitions, parse } from "../src/stream/markdown";
import { watch } from "../src/stream/references";
import { type Cite, type Item, toTree } from "../src/stream/tree";

const cite: Cite = (id) => (id < 10 ? { tag: "a", children: [String(id)] } : null);
const none = (): Definitions => Object.create(null);

/** The tree in short: `tag.class(children)`. */
function short(item: Item): string {
  if (typeof item === "string") return item;
  const name = item.className ? `${item.tag}.${item.className}` : item.tag;
  return `${name}(${item.children.map(short).join("")})`;
}

const read = (text: string) => toTree(parse(text, none()), cite).map(short).join("");

const cases: [text: string, tree: string, why: string][] = [
  ["a[1][3].", "p(asup.pplx-cite(a(1) a(3)).)", "neighbouring citations are one"],
  ["a[1], [3]", "p(asup.pplx-cite(a(1)), sup.pplx-cite(a(3)))", "others are not"],
  ["a[1]**[3]**", "p(asup.pplx-cite(a(1))strong(sup.pplx-cite(a(3))))", "nor across an element"],
  ["a[1][99][2]", "p(asup.pplx-cite(a(1))[99]sup.pplx-cite(a(2)))", "nor across a marker in vain"],
  ["$x_1 * y * z_1$", "p(span.pplx-math($x_1 * y * z_1$))", "a formula is not Markdown"],
  ["$5 and $10", "p($5 and $10)", "amounts"],
  ["$5, or US$6 *a* $", "p($5, or US$6 em(a) $)", "more amounts"],
  ["$ x$ and $x $", "p($ x$ and $x $)", "white space at the inner side"],
  ["$$\na *b* c\n$$", "p(span.pplx-math($$\na *b* c\n$$))", "over lines"],
  ["\\(a*b*c\\) \\[d\\]", "p(span.pplx-math(\\(a*b*c\\)) span.pplx-math(\\[d\\]))", "TeX's own"],
  ["\\(\\) \\[\\\\\\] \\(*\\)", "p(() [\\] (*))", "escaped punctuation"],
  ["\\[1\\] \\[web:12\\]", "p([1] [web:12])", "escaped markers"],
  ["`$a$` $b `c$`", "p(code($a$) $b code(c$))", "code comes first"],
  ["\\$x$ and $y\\$", "p($x$ and $y$)", "escaped dollars"],
  ["[$x$](https://a.org)", "p(a(span.pplx-math($x$)))", "in a link"],
];

for (const [text, tree, why] of cases) {
  test(`${why}: ${JSON.stringify(text)}`, () => assert.equal(read(text), tree));
}

test("stray delimiters cost little", () => {
  for (const piece of ["$", "$$", "\\(", "\\[", "\\(\\", "$a", "\\(a"]) {
    const start = performance.now();
    parse(piece.repeat(20_000), none());
    // Quadratic, it would take minutes.
    assert.ok(performance.now() - start < 5_000, piece);
  }
});

test("what is looked for in vain is known, by label", () => {
  const known = none();
  const first = watch(known);
  parse("[Foo] and [bar][ B  c ], [1], [x](/y)\n\n[foo]: https://a.org", first.definitions);
  assert.deepEqual([...first.added], ["FOO"]);
  assert.ok(first.missed.has("B C"));
  assert.ok(!first.missed.has("FOO"));
  const second = watch(known);
  parse("[foo]: https://evil.org\n\n[foo]", second.definitions);
  assert.deepEqual([...second.added], []);
  assert.equal(known.FOO?.href, "https://a.org");
});
