import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Store } from "../src/store";
import { phaseWords } from "../src/view/phase";
import { EMPTY, FakeModel } from "./page/fake-model.js";

/** The messages that the kernel sends for one answer. A test of the kernel checks the same file. */
const golden = JSON.parse(readFileSync("../tests/golden/channel.json", "utf8"));

test("the kernel's opening state and patches give the kernel's whole state", () => {
  const model = new FakeModel(golden.opening);
  const store = new Store(model, new AbortController().signal);
  for (const patch of golden.patches) store.receive(patch);
  assert.deepEqual(model.sent, []);
  const { elapsed: _, ...state } = store.state;
  // The whole state lists only the traits that can change.
  const { elapsed: __, ...whole } = { ...golden.opening, ...golden.whole };
  assert.deepEqual(state, whole);
});

test("the kernel's steps are read", () => {
  const words = [1, 2, 4].map((count) => {
    const steps = golden.steps.slice(0, count);
    return phaseWords({ ...EMPTY, steps, status: count < 4 ? "searching" : "connecting" }, null);
  });
  assert.deepEqual(words, ["Searching", "Reading 1 page", "Rate limited, retrying in 4 s"]);
});
