"""The official SDK: the Agent API, chat completions and the Search API."""

from __future__ import annotations

import sys
from typing import Any

from _shown import show
from perplexity import Perplexity

BASE_URL, QUESTION = sys.argv[1:]
client = Perplexity(base_url=BASE_URL, api_key="none")


def urls(response: Any) -> list[str]:
    """Return the sources of the items that the SDK reads as search results."""
    items = [i for i in response.output if type(i).__name__.startswith("SearchResultsOutputItem")]
    return [result.url for item in items for result in item.results]


def text(response: Any) -> str:
    """Return the text of the messages of a response."""
    messages = [item for item in response.output if item.type == "message"]
    return "".join(part.text for message in messages for part in message.content)


whole = client.responses.create(input=QUESTION, effort="fast")
show("Agent API", "whole", text(whole), urls(whole))

deltas, found, end = [], [], None
for event in client.responses.create(input=QUESTION, effort="fast", stream=True):
    match event.type:
        case "response.output_text.delta":
            deltas.append(event.delta)
        case "response.reasoning.search_results":
            found += [result.url for result in event.results]
        case "response.completed":
            end = event.response
if end is None or urls(end) != found:
    sys.exit("the terminal response has other sources than the stream")
show("Agent API", "streamed", "".join(deltas), found)

messages: Any = [{"role": "user", "content": QUESTION}]
chat: Any = client.chat.completions.create(model="sonar", messages=messages)
show("chat completions", "whole", chat.choices[0].message.content, chat.citations)
deltas = []
for chunk in client.chat.completions.create(model="sonar", messages=messages, stream=True):
    deltas.append(chunk.choices[0].delta.content or "")
    cited = chunk.citations
show("chat completions", "streamed", "".join(deltas), cited)

results = client.search.create(query=[QUESTION, "exponential backoff"], max_results=20).results
show("Search API", "whole", None, [result.url for result in results])
