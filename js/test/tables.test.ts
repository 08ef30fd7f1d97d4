import assert from "node:assert/strict";
import { test } from "node:test";
import * as tables from "../src/tables";

test("every pattern can be compiled, with and without the flag u", () => {
  const patterns = Object.values(tables)
    .flat()
    .filter((value): value is string => typeof value === "string" && /\[|\(/.test(value));
  assert.ok(patterns.length > 15);
  for (const pattern of patterns) {
    for (const flags of ["", "u"]) assert.ok(tables.pattern(pattern, flags));
  }
});
