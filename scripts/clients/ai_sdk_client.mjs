// The Perplexity provider of the AI SDK, which speaks chat completions.

import { createPerplexity } from "@ai-sdk/perplexity";
import { generateText, streamText } from "ai";

const [baseURL, question] = process.argv.slice(2);
const model = createPerplexity({ baseURL, apiKey: "none" })("sonar");
const show = async (way, answer) =>
  console.log(
    JSON.stringify({
      api: "chat completions",
      way,
      text: await answer.text,
      citations: (await answer.sources).map((source) => source.url),
    }),
  );

await show("whole", await generateText({ model, prompt: question }));
const streamed = streamText({ model, prompt: question });
await streamed.consumeStream();
await show("streamed", streamed);
