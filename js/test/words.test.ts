import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerState, Place, Source, Step } from "../src/protocol";
import { figures, lastLine } from "../src/view/footer";
import { phaseWords, silence, traceNote, turnNote } from "../src/view/phase";
import { money, seconds, shortened } from "../src/view/words";
import { EMPTY } from "./page/fake-model.js";

const sources = (n: number): Source[] => Array.from({ length: n }, (_, id) => ({ id }) as Source);
const search = (queries: string[], found: number | null = null): Step => ({
  kind: "search",
  at: 0,
  items: queries,
  found,
});

const place: Place = { words: "Waiting for its turn (3rd)", at: 1, seconds: 12.4 };

const phases: [string, Partial<AnswerState>][] = [
  ["Connecting", { status: "queued" }],
  ["Connecting", { status: "connecting" }],
  ["Waiting for its turn (3rd)", { status: "connecting", place }],
  ["Searching", { status: "searching", place }],
  ["", { status: "stopped", place }],
  ["Searching", { status: "searching" }],
  ["Searching: “a b”", { status: "searching", steps: [search(["a b"])] }],
  ["Searching: “a”, “b” +2", { status: "searching", steps: [search(["a", "b", "c", "d"])] }],
  ["Reading 1 source", { status: "searching", steps: [search(["a"], 1)], sources: sources(1) }],
  [
    "Reading 2 pages",
    {
      status: "searching",
      steps: [
        { kind: "read", at: 0, items: ["x", "y"], found: null },
        { kind: "thought", at: 1, items: ["Hm"], found: null },
      ],
    },
  ],
  ["Reading 9 sources", { status: "streaming", sources: sources(9) }],
  ["Writing", { status: "streaming", text: "a", sources: sources(9) }],
  ["Answered", { status: "complete" }],
  ["Incomplete", { status: "incomplete" }],
  ["", { status: "stopped" }], // the last line says it
  ["Failed", { status: "failed" }],
];

for (const [words, state] of phases) {
  test(`phase: ${words}`, () => assert.equal(phaseWords({ ...EMPTY, ...state }, null), words));
}

test("phase: a Stop in progress", () => {
  const state: AnswerState = { ...EMPTY, status: "streaming", text: "a" };
  assert.equal(phaseWords(state, "stop"), "Stopping");
  assert.equal(
    phaseWords({ ...state, stop_waits: true }, "stop"),
    "Will stop when the running cell finishes",
  );
  assert.equal(phaseWords({ ...state, status: "stopped" }, "stop"), "");
});

test("phase: a Retry that the kernel has not confirmed", () => {
  assert.equal(phaseWords({ ...EMPTY, status: "complete" }, "retry"), "Asking again");
  assert.equal(phaseWords({ ...EMPTY, status: "connecting" }, "retry"), "Connecting");
});

test("phase: time until the next retry", () => {
  const items = ["Rate limited", "…"];
  const refused: Step = { kind: "retry", at: 1, items, found: null, seconds: 3 };
  const state: AnswerState = { ...EMPTY, status: "connecting", steps: [refused] };
  assert.equal(phaseWords(state, null, 1), "Rate limited, retrying in 3 s");
  assert.equal(phaseWords(state, null, 3.2), "Rate limited, retrying in 1 s");
  assert.equal(phaseWords(state, null, 4), "Connecting");
  // A run in the background that is taken up after a cut.
  const begun: AnswerState = { ...state, status: "streaming", text: "a" };
  assert.equal(phaseWords(begun, null, 1), "Rate limited, retrying in 3 s");
  assert.equal(phaseWords(begun, null, 4), "Writing");
  assert.equal(phaseWords({ ...state, status: "searching" }, null, 4), "Searching");
  assert.equal(phaseWords({ ...state, status: "failed" }, null, 1), "Failed");
});

test("a long silence is reported once an answer has begun", () => {
  const timing = { ...EMPTY.timing, first_event: 0.2 };
  const state: AnswerState = { ...EMPTY, status: "streaming", text: "a", timing };
  assert.equal(silence(state, 4.9), "");
  assert.equal(silence(state, 12.7), "no data for 12 s");
  assert.equal(silence({ ...state, status: "complete" }, 12), "");
  assert.equal(silence({ ...state, timing: EMPTY.timing }, 12), "");
});

const read = (items: string[], done: boolean): Step => ({
  kind: "read",
  at: 0,
  items,
  found: done ? items.length : null,
});

test("the note counts searches and pages", () => {
  assert.equal(traceNote([]), "");
  assert.equal(traceNote([{ kind: "thought", at: 0, items: ["Hm"], found: null }]), "");
  assert.equal(traceNote([search(["a", "b"], 3)]), "1 search");
  assert.equal(
    traceNote([search(["a"], 3), search(["b"]), read(["x", "y"], true), read(["z"], false)]),
    "2 searches · 2 pages read",
  );
  assert.equal(traceNote([read(["x"], true)]), "1 page read");
});

const full: AnswerState = {
  ...EMPTY,
  status: "complete",
  sources: sources(10),
  citations: [1, 2, 3, 4, 5, 6].map((number) => ({ number, id: number, count: 1 })),
  usage: { input_tokens: 9, output_tokens: 412, total_tokens: 421, cost: 0.0061, currency: "USD" },
  timing: { first_event: 0.2, first_token: 1.9, finished: 8, tokens_per_second: 61.2 },
  model: "perplexity/sonar",
};

test("the last line of a complete answer", () => {
  assert.equal(lastLine(full), "6 of 10 sources cited · $0.0061 · sonar");
  assert.equal(
    figures(full),
    "412 tokens written by the model, 9 tokens read · first token 1.9 s · 61 tokens/s · perplexity/sonar",
  );
});

test("the day of the question is named as its own clock had it", () => {
  const state: AnswerState = { ...EMPTY, status: "complete", asked: "2026-11-29T23:30:00-05:00" };
  assert.equal(figures(state), "asked on 29 November 2026");
  assert.equal(lastLine(state), "");
  assert.equal(lastLine(state, true), "asked on 29 November 2026");
});

test("the last line of an unfinished answer says so first", () => {
  assert.match(lastLine({ ...full, status: "stopped" }), /^Stopped · 6 of 10 sources/);
  assert.match(
    lastLine({ ...full, status: "incomplete", reason: "max_output_tokens" }),
    /^Incomplete: max_output_tokens · /,
  );
  // Its error card is just above.
  assert.equal(lastLine({ ...EMPTY, status: "failed" }), "");
});

test("amounts and times keep their significant digits", () => {
  assert.deepEqual(
    [0, 0.00001, 0.0061, 0.05, 0.126, 1.5, 12].map((amount) => money(amount, "USD")),
    ["$0.00", "$0.000010", "$0.0061", "$0.050", "$0.13", "$1.50", "$12.00"],
  );
  assert.equal(money(0.5, "EUR"), "0.50 EUR");
  assert.deepEqual([-1, 3.24, 59.94, 75].map(seconds), ["0.0 s", "3.2 s", "59.9 s", "1 min 15 s"]);
});

test("a long text is cut between characters, on one line", () => {
  assert.equal(shortened("  a\n b ", 5), "a b");
  assert.equal(shortened("abcdef", 6), "abcdef");
  assert.equal(shortened("abc def", 5), "abc…");
  assert.equal(shortened("🚀🚀🚀", 2), "🚀…");
});

test("how long a question will still wait for its turn", () => {
  const waiting: AnswerState = { ...EMPTY, status: "connecting", place };
  assert.equal(turnNote(waiting, 1), "about 12 s");
  assert.equal(turnNote(waiting, 6), "about 7 s");
  assert.equal(turnNote(waiting, 13), "");
  assert.equal(turnNote({ ...waiting, place: { ...place, seconds: null } }, 1), "");
  assert.equal(turnNote({ ...waiting, status: "streaming" }, 1), "");
});
