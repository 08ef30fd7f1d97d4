import assert from "node:assert/strict";
import { test } from "node:test";
import { presentable } from "../src/stream/tail";

const cases: [typed: string, shown: string, why: string][] = [
  ["All is said.", "All is said.", "nothing is open"],
  ["a **bold", "a **bold**", "emphasis is closed"],
  ["a **bold ", "a **bold** ", "next to a word"],
  ["a **bold*", "a **bold**", "half a closing mark"],
  ["a **bold**", "a **bold**", "the closing mark itself"],
  ["a **", "a ", "an opening mark without a word"],
  ["a **b *c", "a **b *c***", "one in another"],
  ["snake_case and 2 * 3", "snake_case and 2 * 3", "marks that are none"],
  ["run `pip ins", "run `pip ins`", "code is closed"],
  ["run `", "run ", "code without code"],
  ["run `a[0", "run `a[0`", "no marker in code"],
  ["see [the re", "see the re", "a link's text"],
  ["see [the report](https://a.or", "see the report", "a link's address"],
  ["so it is.[1", "so it is.", "a half marker"],
  ["so it is.[web:", "so it is.", "a half marker with a prefix"],
  ["so it is.[1]", "so it is.", "a marker that the next character decides"],
  ["Text\n-", "Text\n", "no heading for a moment"],
  ["#", "", "no heading yet"],
  ["| a | b |", "", "perhaps the head of a table"],
  ["| a | b |\n|--", "", "its rule, half there"],
  ["| a | b |\n|---|---|\n| 1", "| a | b |\n|---|---|\n| 1", "a row"],
  ["```py\na **b\n``", "```py\na **b\n", "half an end of a code block"],
  ["a *b* $x*y*", "a *b* \\$x\\*y\\*", "a half formula stands as it is"],
  ["so $x*y*z$ *is", "so $x*y*z$ *is*", "a whole one holds no emphasis"],
  ["**so \\(x_1", "**so \\\\\\(x\\_1**", "emphasis around a half formula"],
  ["$$\na * b\n\\", "\\$\\$\na \\* b\n\\\\", "a half formula of several lines"],
  ["for $5 **more", "for $5 **more**", "an amount"],
  ["`$a", "`$a`", "no formula in code"],
  ["```sh\necho $a*", "```sh\necho $a*", "no formula in a code block"],
  ["see \\[1", "see \\[1", "perhaps an escaped marker"],
  ["- a\n  ```\n  **", "- a\n  ```\n  **", "code in a list"],
];

for (const [typed, shown, why] of cases) {
  test(`${why}: ${JSON.stringify(typed)}`, () => assert.equal(presentable(typed), shown));
}
