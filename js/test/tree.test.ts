import assert from "node:assert/strict";
import { test } from "node:test";
import { type Definitions, parse } from "../src/markdown/inline";
import { watch } from "../src/markdown/references";
import { type Cite, type Item, toTree } from "../src/markdown/tree";

const cite: Cite = (id) => (id < 10 ? { tag: "a", children: [String(id)] } : null);
const none = (): Definitions => Object.create(null);

/** Returns the tree in short form: `tag.class(children)`. */
function short(item: Item): string {
  if (typeof item === "string") return item;
  const name = item.className ? `${item.tag}.${item.className}` : item.tag;
  return `${name}(${item.children.map(short).join("")})`;
}

const read = (text: string) => toTree(parse(text, none()), cite).map(short).join("");

const cases: [text: string, tree: string, why: string][] = [
  ["a[1][3].", "asup.pplx-cite(a(1) a(3)).", "neighbouring citations are one"],
  ["a[1], [3]", "asup.pplx-cite(a(1)), sup.pplx-cite(a(3))", "separated ones are not"],
  ["a[1]**[3]**", "asup.pplx-cite(a(1))strong(sup.pplx-cite(a(3)))", "nor across an element"],
  [
    "a[1][99][2]",
    "asup.pplx-cite(a(1))[99]sup.pplx-cite(a(2))",
    "nor across a marker without a source",
  ],
  ["$x_1 * y * z_1$", "span.pplx-math($x_1 * y * z_1$)", "a formula is not Markdown"],
  ["$5 and $10", "$5 and $10", "amounts"],
  ["$5, or US$6 *a* $", "$5, or US$6 em(a) $", "more amounts"],
  ["$ x$ and $x $", "$ x$ and $x $", "white space at the inner side"],
  ["$$\na *b* c\n$$", "span.pplx-math($$\na *b* c\n$$)", "several lines"],
  ["\\(a*b*c\\) \\[d\\]", "span.pplx-math(\\(a*b*c\\)) span.pplx-math(\\[d\\])", "TeX's own"],
  ["\\(\\) \\[\\\\\\] \\(*\\)", "() [\\] (*)", "escaped punctuation"],
  ["\\[1\\] \\[web:12\\]", "[1] [web:12]", "escaped markers"],
  ["`$a$` $b `c$`", "code($a$) $b code(c$)", "code comes first"],
  ["\\$x$ and $y\\$", "$x$ and $y$", "escaped dollars"],
  ["[$x$](https://a.org)", "a(span.pplx-math($x$))", "in a link"],
];

for (const [text, tree, why] of cases) {
  test(`${why}: ${JSON.stringify(text)}`, () => assert.equal(read(text), tree));
}

test("stray delimiters cost little", () => {
  for (const piece of ["$", "$$", "\\(", "\\[", "\\(\\", "$a", "\\(a"]) {
    const start = performance.now();
    parse(piece.repeat(20_000), none());
    // A quadratic search would take minutes.
    assert.ok(performance.now() - start < 5_000, piece);
  }
});

test("missing labels are recorded", () => {
  const { definitions, missed } = watch({ FOO: { href: "https://a.org", title: "" } });
  parse("[Foo] and [bar][ B  c ], [1], [x](/y)", definitions);
  assert.deepEqual([...missed], ["B C"]);
});

test("the length and the brackets of a link's text are limited", () => {
  const linked = (text: string) => parse(text, none()).some(({ type }) => type === "link_open");
  assert.ok(linked(`[${"a".repeat(900)}](b)`));
  assert.ok(!linked(`[${"a".repeat(1100)}](b)`));
  assert.ok(linked(`[${"[".repeat(5)}a${"]".repeat(5)}](b)`));
  assert.ok(!linked(`[${"[".repeat(30)}a${"]".repeat(30)}](b)`));
});

test("the nesting of emphasis is limited", () => {
  const depth = (item: Item): number =>
    typeof item === "string" ? 0 : 1 + Math.max(0, ...item.children.map(depth));
  const text = `${"*a _b ".repeat(100)}c${"_ d*".repeat(100)}`;
  assert.equal(Math.max(...toTree(parse(text, none()), cite).map(depth)), 40);
});
