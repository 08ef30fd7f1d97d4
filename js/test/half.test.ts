import assert from "node:assert/strict";
import { test } from "node:test";
import { presentable } from "../src/markdown/half";

const cases: [typed: string, shown: string, why: string][] = [
  ["All is said.", "All is said.", "nothing is open"],
  ["a **bold", "a **bold**", "emphasis is closed"],
  ["a **bold ", "a **bold** ", "the closing mark follows the word"],
  ["a **bold*", "a **bold**", "half a closing mark"],
  ["a **bold**", "a **bold**", "the closing mark itself"],
  ["a **", "a ", "an opening mark without a word"],
  ["a **b *c", "a **b *c***", "nested emphasis"],
  ["snake_case and 2 * 3", "snake_case and 2 * 3", "marks that do not count"],
  ["run `pip ins", "run `pip ins`", "code is closed"],
  ["run `", "run ", "code without content"],
  ["run `a[0", "run `a[0`", "no marker in code"],
  ["see [the re", "see the re", "a link's text"],
  ["see [the report](https://a.or", "see the report", "a link's address"],
  ["so it is.[1", "so it is.", "a half marker"],
  ["so it is.[web:", "so it is.", "a half marker with a prefix"],
  ["so it is.[1]", "so it is.", "a marker that depends on the next character"],
  ["so it is.[1, ", "so it is.", "half a group of markers"],
  ["so it is.[1-3]", "so it is.", "a group that depends on the next character"],
  ["so it is.【1", "so it is.", "a half marker in CJK brackets"],
  ["one<br", "one", "half a line break"],
  ["H<su", "H", "half a tag"],
  ["H<sub>2", "H<sub>2</sub>", "a tag is closed"],
  ["**H<sub>2</", "**H<sub>2</sub>**", "half a closing tag within emphasis"],
  ["a *b* $x*y*", "a *b* \\$x\\*y\\*", "a half formula is shown as it is"],
  ["so $x*y*z$ *is", "so $x*y*z$ *is*", "a whole formula contains no emphasis"],
  ["**so \\(x_1", "**so \\\\\\(x\\_1**", "emphasis around a half formula"],
  ["$$\na * b\n\\", "\\$\\$\na \\* b\n\\\\", "a half formula of several lines"],
  ["for $5 **more", "for $5 **more**", "an amount"],
  ["`$a", "`$a`", "no formula in code"],
  ["**over\ntwo lines", "**over\ntwo lines**", "emphasis over lines"],
  ["so[^no", "so", "half a footnote"],
  ["so[^note]", "so[^note]", "a footnote"],
  ["so <https://a.or", "so https://a.or", "half an address in angle brackets"],
  ["so \\", "so ", "half an escape"],
  ["*a ".repeat(20), "*a ".repeat(20), "too many open marks are not emphasis"],
  ["see \\[1", "see \\[1", "possibly an escaped marker"],
];

for (const [typed, shown, why] of cases) {
  test(`${why}: ${JSON.stringify(typed)}`, () => assert.equal(presentable(typed), shown));
}
