import assert from "node:assert/strict";
import { test } from "node:test";
import { lane, note, over, size } from "../src/race/lane";

test("values of the wrong type are ignored", () => {
  const nothing = {
    status: "queued",
    elapsed: 0,
    first_token: null,
    bytes: 0,
    text: "",
    error: null,
  };
  for (const value of [undefined, null, "x", 3, [], { status: 1, elapsed: "2", text: {} }]) {
    assert.deepEqual(lane(value), nothing);
  }
});

test("a lane shows its progress, and an unfinished one is not over", () => {
  const under = lane({ status: "streaming", elapsed: 2, bytes: 1500 });
  assert.equal(over(under), false);
  assert.equal(note(under), "Nothing to read yet");
  assert.equal(note({ ...under, first_token: 1.25 }), "First words after 1.3 s · 1.5 kB");
  const failed = lane({ status: "failed", error: "The connection was cut.", first_token: 1 });
  assert.equal(over(failed), true);
  assert.equal(note(failed), "The connection was cut.");
  assert.equal(size(999), "999 B");
});
