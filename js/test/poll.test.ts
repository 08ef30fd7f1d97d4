import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { poll } from "../src/poll";
import { Store } from "../src/store";
import { FakeModel } from "./page/fake-model.js";

/** Starts an answer with a clock that `pass` moves; each test has its own, later than the last. */
let later = 1_000_000;
function begin(t: TestContext, traits: object = {}) {
  later += 1_000_000;
  let now = later;
  t.mock.method(performance, "now", () => now);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const model = new FakeModel({ status: "streaming", ...traits });
  const over = new AbortController();
  t.after(() => over.abort());
  const store = new Store(model, over.signal);
  poll(store, over.signal);
  const pass = (ms: number) => {
    for (let at = 0; at < ms; at += 250) {
      now += 250;
      t.mock.timers.tick(250);
    }
  };
  /** The reply of the kernel, after the whole state if there is news. */
  const reply = async (news?: object) => {
    if (news) model.update(news);
    await Promise.resolve();
    model.message({ type: "synced" });
  };
  const push = (seq: number) => model.message({ type: "patch", seq, at: 0, elapsed: 1 });
  return { model, store, pass, reply, push };
}

test("a page that hears nothing asks, and less often while there is nothing new", async (t) => {
  const { model, pass, reply } = begin(t);
  pass(750);
  assert.deepEqual(model.sent, []);
  pass(500);
  assert.deepEqual(model.sent, [{ type: "sync", seq: 0, settled: "" }]);
  for (let i = 0; i < 20; i++) {
    await reply();
    pass(1000);
  }
  assert.ok(model.sent.length >= 5 && model.sent.length <= 8, `${model.sent.length}`);
});

test("a page that hears something asks nothing", (t) => {
  const { model, pass, push } = begin(t);
  for (let seq = 1; seq < 20; seq++) {
    pass(750);
    push(seq);
  }
  assert.deepEqual(model.sent, []);
});

test("if only replies have news, it asks often, until something arrives by itself", async (t) => {
  const { model, store, pass, reply, push } = begin(t);
  pass(1000);
  await reply({ seq: 1, text: "a" });
  assert.equal(store.state.text, "a");
  for (let seq = 2; seq < 6; seq++) {
    pass(500);
    await reply({ seq, text: "a".repeat(seq) });
  }
  assert.equal(model.sent.length, 5);
  assert.equal(store.state.text, "aaaaa");
  // A long text comes less often.
  pass(500);
  await reply({ seq: 6, text: "a".repeat(40_000) });
  pass(1500);
  assert.equal(model.sent.length, 6);
  pass(1000);
  assert.equal(model.sent.length, 7);
  await reply();
  model.message({ type: "patch", seq: 7, at: 40_000, elapsed: 1 });
  pass(750);
  assert.equal(model.sent.length, 7);
  push(8);
});

test("the text of a reply goes on where the page's ends", async (t) => {
  const { store, pass, reply } = begin(t, { text: "one" });
  const added: unknown[] = [];
  store.subscribe((change) => added.push(change.added), new AbortController().signal);
  pass(1000);
  await reply({ seq: 1, text: "one two" });
  pass(1000);
  await reply({ seq: 2, text: "other" });
  assert.deepEqual(added, [" two", null]);
});

test("one request at a time, and another one if it is lost", (t) => {
  const { model, store, pass } = begin(t);
  pass(9000);
  assert.equal(model.sent.length, 1);
  assert.ok(store.busy);
  pass(3000);
  assert.equal(model.sent.length, 2);
  assert.ok(store.busy);
});

test("after the end it asks for the document, but not for ever", async (t) => {
  const { model, pass, reply } = begin(t, { status: "complete" });
  for (let i = 0; i < 60; i++) {
    pass(1000);
    await reply();
  }
  assert.equal(model.sent.length, 6);
});

test("a finished answer with its document asks nothing", (t) => {
  const { model, pass } = begin(t, { status: "complete", settled: "key" });
  pass(20_000);
  assert.deepEqual(model.sent, []);
});

test("with Stop it asks whether the kernel reads", async (t) => {
  const { model, store, pass, reply } = begin(t);
  store.stop();
  assert.deepEqual(model.sent, [{ type: "stop" }, { type: "sync", seq: 0, settled: "" }]);
  assert.ok(!store.busy);
  pass(1250);
  assert.ok(store.busy);
  await reply({ seq: 1, status: "stopped" });
  assert.ok(!store.busy);
});
