import assert from "node:assert/strict";
import { test } from "node:test";
import { recall } from "../src/chat/recall";

const QUESTIONS = ["One?", "Two?"];

function box(value = "") {
  const node = { value } as HTMLTextAreaElement;
  const press = recall(
    node,
    () => QUESTIONS,
    (question) => {
      node.value = question;
    },
  );
  return { node, press };
}

test("Up leads to the oldest question, and Down back to the empty box", () => {
  const { node, press } = box();
  const seen = ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"].map((key) => [
    press(key),
    node.value,
  ]);
  assert.deepEqual(seen, [
    [true, "Two?"],
    [true, "One?"],
    [false, "One?"],
    [true, "Two?"],
    [true, ""],
  ]);
  assert.equal(press("ArrowDown"), false);
});

test("the keys move in a text of the user", () => {
  const { node, press } = box("Three");
  assert.equal(press("ArrowUp"), false);
  node.value = "";
  assert.equal(press("ArrowUp"), true);
  node.value = "Two? Or three?";
  assert.equal(press("ArrowUp"), false);
  assert.equal(press("a"), false);
});
