import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Store } from "../src/answer";
import { FakeModel } from "./page/fake-model.js";

/** What the kernel sends for one answer; its own tests hold it to the same file. */
const golden = JSON.parse(readFileSync("../tests/golden/channel.json", "utf8"));

test("the kernel's opening and patches give the kernel's whole state", () => {
  const model = new FakeModel(golden.opening);
  const store = new Store(model, new AbortController().signal);
  for (const patch of golden.patches) store.receive(patch);
  assert.deepEqual(model.sent, []);
  const { elapsed: _, ...state } = store.state;
  // The whole names what can change.
  const { elapsed: __, ...whole } = { ...golden.opening, ...golden.whole };
  assert.deepEqual(state, whole);
});
