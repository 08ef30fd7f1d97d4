// Answers like those of models, the same for the same seed; four characters per token.

const WORDS =
  "the model retrieves several documents from an index and ranks them by relevance before writing an answer that cites each source so that readers can verify its claims quickly latency kernel cache layer gradient baseline widget notebook server memory query vector precision recall experiment figure theorem parameter signal estimate variance matrix tensor batch scheduler worker queue replica leader consensus snapshot".split(
    " ",
  );

function writer(seed) {
  let state = seed;
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const between = (low, high) => low + Math.floor(chance() * (high - low + 1));
  const one = (choices) => choices[between(0, choices.length - 1)];
  const words = (count) => Array.from({ length: count }, () => one(WORDS)).join(" ");
  const repeat = (low, high, make) => Array.from({ length: between(low, high) }, (_, i) => make(i));

  const span = () =>
    one([
      () => `**${words(between(1, 3))}**`,
      () => `*${words(2)}*`,
      () => `\`${one(WORDS)}_${one(WORDS)}()\``,
      () => `[${words(2)}](https://example.org/${one(WORDS)})`,
      () => one(["$x_i^2 + y_i^2$", "\\(p(y \\mid x)\\)", "$O(n \\log n)$"]),
      () => `~~${words(2)}~~`,
    ])();
  const sentence = () => {
    const start = words(between(5, 12));
    const middle = chance() < 0.7 ? ` ${span()} ${words(between(3, 9))}` : "";
    const cited = chance() < 0.5 ? `[${between(1, 20)}]` : "";
    return `${start[0].toUpperCase()}${start.slice(1)}${middle}${cited}.`;
  };
  const paragraph = () => repeat(2, 5, sentence).join(" ");
  const code = () => `${" ".repeat(4 * between(0, 3))}${one(WORDS)} = ${one(WORDS)}(${words(2)}, ${between(0, 99)})`;
  const listing = () => `\`\`\`python\n${repeat(6, 30, code).join("\n")}\n\`\`\``;
  const list = () =>
    repeat(3, 8, () => {
      const nested = chance() < 0.3 ? `\n${repeat(1, 3, () => `  - ${sentence()}`).join("\n")}` : "";
      return `- **${words(2)}**: ${sentence()}${nested}`;
    }).join("\n");
  const row = () => `| ${words(2)} | ${between(1, 9999)} | ${words(between(3, 8))} | [${between(1, 20)}] |`;
  const head = "| name | value | note | source |\n|---|---:|:---:|---|";
  const table = () => [head, ...repeat(3, 10, row)].join("\n");
  const block = () =>
    one([paragraph, paragraph, paragraph, paragraph, list, list, listing, table, () => `> ${sentence()}`, () => "$$\nx = \\frac{a}{b}\n$$"])();
  return {
    mixed: () => `## ${words(4)}\n\n${repeat(2, 5, block).join("\n\n")}\n\n`,
    paragraph: () => `${sentence()} `,
    list: () => `- **${words(2)}**: ${sentence()}\n`,
    table: (i) => (i === 0 ? `${head}\n` : `${row()}\n`),
    code: (i) => (i === 0 ? "```python\n" : `${code()}\n`),
    nested: (i) =>
      `${i + 1}. **${words(3)}**\n\n   ${paragraph()}\n\n${repeat(2, 5, () => `   - ${sentence()}\n\n     > ${sentence()}\n`).join("\n")}\n`,
  };
}

/** The answer in batches of `perBatch` tokens, one for each frame. */
export function batches(kind, tokens, perBatch, seed = 1) {
  const write = writer(seed)[kind];
  let text = "";
  for (let i = 0; text.length < 4 * tokens; i++) text += write(i);
  const size = 4 * perBatch;
  const count = Math.ceil((4 * tokens) / size);
  return Array.from({ length: count }, (_, i) => text.slice(i * size, (i + 1) * size));
}
