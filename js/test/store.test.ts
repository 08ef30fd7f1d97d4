import assert from "node:assert/strict";
import { test } from "node:test";
import type { Patch } from "../src/protocol";
import { type Change, fold, Store } from "../src/store";
import { EMPTY, FakeModel } from "./page/fake-model.js";
import { pieces, random } from "./random";

const patch = (seq: number, at: number, rest: Partial<Patch> = {}): Patch => ({
  type: "patch",
  seq,
  at,
  elapsed: seq / 10,
  ...rest,
});

function begin(traits: object = {}) {
  const model = new FakeModel(traits);
  const store = new Store(model, new AbortController().signal);
  const changes: Change[] = [];
  store.subscribe((change) => changes.push(change), new AbortController().signal);
  return { model, store, changes };
}

/** The store reads a whole state after the host has set all of it. */
const settled = () => Promise.resolve();

test("a patch changes only the fields that it contains", () => {
  const source = { id: 7, title: "old" } as never;
  const changed = [{ id: 7, title: "new" }, { id: 3 }] as never;
  const state = { ...EMPTY, text: "a", sources: [source], steps: [{ kind: "thought" }] as never };
  const after = fold(
    state,
    patch(1, 1, {
      text: "b",
      sources: changed,
      steps: { from: 0, items: [] },
      status: "streaming",
    }),
  );
  assert.equal(after.text, "ab");
  assert.deepEqual(after.sources, changed);
  assert.deepEqual(after.steps, []);
  assert.equal(after.status, "streaming");
  assert.equal(after.question, state.question);
  assert.ok(!("at" in after) && !("type" in after));
});

test("citations are replaced by number and kept in order", () => {
  const one = { number: 1, id: 3, count: 1 };
  const two = { number: 2, id: 9, count: 1 };
  const state = fold({ ...EMPTY }, patch(1, 0, { citations: [two, one] }));
  assert.deepEqual(state.citations, [one, two]);
  const more = fold(state, patch(2, 0, { citations: [{ ...one, count: 2 }] }));
  assert.deepEqual(more.citations, [{ ...one, count: 2 }, two]);
});

test("images are added behind those before", () => {
  const [one, two] = ["a", "b"].map((url) => ({ url }) as never);
  const state = fold({ ...EMPTY }, patch(1, 0, { images: [one] as never }));
  assert.deepEqual(fold(state, patch(2, 0, { images: [two] as never })).images, [one, two]);
  assert.deepEqual(fold(state, patch(2, 0, {})).images, [one]);
});

test("the clock of a question that waited begins when it is sent", () => {
  const { store } = begin({ status: "queued", elapsed: 0 });
  store.startedAt -= 60_000;
  store.apply(patch(1, 0, { status: "connecting", elapsed: 0.5 }));
  const waited = performance.now() - store.startedAt;
  assert.ok(waited >= 500 && waited < 30_000, `${waited}`);
  // From then on, the message with the smallest delay counts.
  store.apply(patch(2, 0, { elapsed: 0 }));
  assert.ok(performance.now() - store.startedAt >= 500);
});

test("the kernel's question whether the page shows the answer is passed on, and answered", () => {
  const { model, store, changes } = begin();
  store.receive({ type: "shown" });
  assert.deepEqual(
    changes.map(({ fields }) => [...fields]),
    [["shown"]],
  );
  store.tell("hidden");
  assert.deepEqual(model.sent, [{ type: "hidden" }]);
});

test("text in any pieces is assembled, with offsets in UTF-16 units", () => {
  const text = "Zürich 🇨🇭 — 👩‍👩‍👧 and so on: 日本語. ".repeat(20);
  for (let seed = 1; seed <= 20; seed++) {
    const { model, store, changes } = begin();
    let n = 0;
    for (const piece of pieces(text, random(seed))) {
      store.apply(patch(++n, store.state.text.length, { text: piece }));
    }
    assert.equal(store.state.text, text);
    assert.equal(changes.map((change) => change.added).join(""), text);
    assert.deepEqual(model.sent, []);
  }
});

test("a repeated patch is ignored", () => {
  const { store, changes } = begin();
  store.apply(patch(1, 0, { text: "a" }));
  store.apply(patch(1, 0, { text: "a" }));
  assert.equal(store.state.text, "a");
  assert.equal(changes.length, 1);
});

test("a gap asks for the whole state once, and again for a second gap", () => {
  const { model, store } = begin();
  store.apply(patch(1, 0, { text: "a" }));
  store.apply(patch(3, 2, { text: "c" }));
  store.apply(patch(4, 3, { text: "d" }));
  assert.equal(store.state.text, "a", "the text so far stays");
  assert.deepEqual(model.sent, [{ type: "sync", seq: 1 }]);
  store.apply(patch(6, 5, { text: "f" }));
  assert.equal(model.sent.length, 2);
});

test("a patch that does not begin at the end of the text is a gap too", () => {
  const { model, store } = begin({ text: "ab" });
  store.apply(patch(1, 1, { text: "c" }));
  assert.equal(store.state.text, "ab");
  assert.deepEqual(model.sent, [{ type: "sync", seq: 0 }]);
});

test("the whole state repairs a gap, and patches continue from it", async () => {
  const { model, store, changes } = begin();
  store.apply(patch(2, 1, { text: "b" }));
  model.update({ text: "abc", seq: 3, status: "streaming" });
  await settled();
  assert.equal(changes.at(-1)?.added, null);
  store.apply(patch(4, 3, { text: "d" }));
  assert.equal(store.state.text, "abcd");
});

test("a whole state that arrives too late changes nothing", async () => {
  const { model, store } = begin();
  store.apply(patch(1, 0, { text: "a" }));
  store.apply(patch(2, 1, { text: "b" }));
  model.update({ seq: 1, text: "a" });
  await settled();
  assert.equal(store.state.text, "ab");
});

test("a whole state with the same text does not show the text again", async () => {
  const { model, store, changes } = begin();
  store.apply(patch(1, 0, { text: "a" }));
  model.update({ text: "a", status: "complete", seq: 2 });
  await settled();
  assert.equal(changes.at(-1)?.added, "");
  assert.ok(changes.at(-1)?.fields.has("status"));
});

test("the end is put into the model, which a host may save", async () => {
  const { model, store, changes } = begin();
  store.apply(patch(1, 0, { text: "a" }));
  assert.equal(model.get("text"), "");
  store.apply(patch(2, 1, { text: "b", status: "complete" }));
  await settled();
  assert.deepEqual(
    ["text", "status", "seq"].map((name) => model.get(name)),
    ["ab", "complete", 2],
  );
  assert.equal(changes.length, 2);
  assert.deepEqual(model.sent, []);
});

test("with its document the page asks whether it has the last patch", () => {
  const { model, store } = begin();
  store.apply(patch(1, 0, { text: "a" }));
  model.update({ settled: "key" });
  assert.deepEqual(model.sent, [{ type: "sync", seq: 1 }]);
});

test("a message that belongs to no request is answered", () => {
  const { model, store } = begin();
  store.receive({ type: "echo" });
  assert.deepEqual(model.sent, [{ type: "echo" }]);
});

test("the traits of an update may be set one by one, the number first", async () => {
  const { model, store } = begin();
  model.update({ seq: 5, status: "complete", text: "all" });
  await settled();
  assert.equal(store.state.text, "all");
});

test("Stop is sent once, and the end answers it", async () => {
  const { model, store } = begin({ status: "streaming" });
  store.stop();
  store.stop();
  assert.deepEqual(model.sent, [{ type: "stop" }]);
  assert.equal(store.requested, "stop");
  store.apply(patch(1, 0, { status: "stopped" }));
  assert.equal(store.requested, null);
});

test("after Retry the text may be shorter than before", async () => {
  const { model, store, changes } = begin({ status: "failed", text: "half", seq: 4 });
  store.retry();
  model.update({ status: "queued", text: "", seq: 5, error: null });
  await settled();
  assert.equal(store.state.text, "");
  assert.equal(changes.at(-1)?.added, null);
  assert.equal(store.requested, null);
});

test("unknown messages are ignored", () => {
  const { store, changes } = begin();
  for (const message of [null, undefined, 3, "patch", {}, { type: "other" }])
    store.receive(message);
  assert.equal(changes.length, 0);
});

test("the key of the settled answer comes without a number", async () => {
  const { model, store, changes } = begin({ status: "complete", seq: 4, settled: "old" });
  model.update({ settled: "new" });
  assert.equal(store.state.settled, "new");
  assert.deepEqual(changes, [{ fields: new Set(["settled"]), added: "" }]);
  store.apply(patch(5, 0, { text: "a" }));
  assert.equal(store.state.text, "a");
  assert.equal(store.state.settled, "new", "kept while the answer runs again");
});

test("the finished output is kept until the answer runs again", () => {
  const { model, store, changes } = begin({ status: "complete" });
  store.settle();
  assert.deepEqual(model.sent, [{ type: "settle" }]);
  const output = { type: "settled", key: "k", data: {}, metadata: {} };
  model.message(output);
  assert.deepEqual(store.finished, output);
  assert.ok(changes.at(-1)?.fields.has("finished"));
  store.apply(patch(1, 0, { status: "connecting" }));
  assert.equal(store.finished, null);
});

test("earlier keys come with the new one", () => {
  const { model, store } = begin({ status: "complete", settled: "a" });
  model.update({ earlier: ["a"] });
  model.update({ settled: "b" });
  assert.deepEqual([store.state.settled, store.state.earlier], ["b", ["a"]]);
});

test("a running answer whose kernel is gone becomes stopped, and ignores later messages", async () => {
  const { model, store, changes } = begin({ status: "streaming", text: "half", seq: 3 });
  store.stop();
  store.lose();
  assert.equal(store.state.status, "stopped");
  assert.equal(store.state.reason, "the kernel is gone");
  assert.equal(store.requested, null);
  assert.deepEqual(
    changes.at(-1)?.fields,
    new Set(["status", "reason", "elapsed", "requested", "gone"]),
  );
  const count = changes.length;
  store.receive(patch(4, 4, { text: "more" }));
  store.receive({ type: "settled", key: "k", data: {} });
  model.update({ seq: 5, status: "streaming", settled: "k" });
  await settled();
  store.sync();
  assert.equal(changes.length, count);
  assert.equal(store.state.text, "half");
  assert.deepEqual(model.sent, [{ type: "stop" }]);
});

test("a finished answer stays as it ended", () => {
  const { store } = begin({ status: "complete", elapsed: 2 });
  store.lose();
  assert.ok(store.gone);
  assert.deepEqual(
    [store.state.status, store.state.reason, store.state.elapsed],
    ["complete", null, 2],
  );
});
