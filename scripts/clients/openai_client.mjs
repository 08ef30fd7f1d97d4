// The OpenAI SDK for Node: Responses and chat completions.

import OpenAI from "openai";

const [baseURL, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none" });
const show = (api, way, text, citations) =>
  console.log(JSON.stringify({ api, way, text, citations }));
const urls = (response) =>
  response.output
    .filter((item) => item.type === "search_results")
    .flatMap((item) => item.results.map((result) => result.url));

const whole = await client.responses.create({ input: question, effort: "fast" });
show("Responses", "whole", whole.output_text, urls(whole));
let text = "";
let end;
for await (const event of await client.responses.create({
  input: question,
  effort: "fast",
  stream: true,
})) {
  if (event.type === "response.output_text.delta") text += event.delta;
  if (event.type === "response.completed") end = event.response;
}
show("Responses", "streamed", text, urls(end));

const messages = [{ role: "user", content: question }];
const chat = await client.chat.completions.create({ model: "sonar", messages });
show("chat completions", "whole", chat.choices[0].message.content, chat.citations);
text = "";
let citations = [];
for await (const chunk of await client.chat.completions.create({
  model: "sonar",
  messages,
  stream: true,
})) {
  text += chunk.choices[0].delta.content ?? "";
  citations = chunk.citations;
}
show("chat completions", "streamed", text, citations);
