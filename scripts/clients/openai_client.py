"""The OpenAI SDK for Python: Responses and chat completions."""

from __future__ import annotations

import sys
from typing import Any

from _shown import show
from openai import OpenAI

BASE_URL, QUESTION = sys.argv[1:]
client = OpenAI(base_url=BASE_URL, api_key="none")
EFFORT: Any = {"effort": "fast"}


def urls(response: Any) -> list[str]:
    """Return the sources of a response."""
    data = response.model_dump(warnings=False)
    items = [item for item in data["output"] if item["type"] == "search_results"]
    return [result["url"] for item in items for result in item["results"]]


whole = client.responses.create(input=QUESTION, extra_body=EFFORT)
show("Responses", "whole", whole.output_text, urls(whole))
deltas, end = [], None
for event in client.responses.create(input=QUESTION, extra_body=EFFORT, stream=True):
    if event.type == "response.output_text.delta":
        deltas.append(event.delta)
    elif event.type == "response.completed":
        end = event.response
show("Responses", "streamed", "".join(deltas), urls(end))

messages: Any = [{"role": "user", "content": QUESTION}]
chat: Any = client.chat.completions.create(model="sonar", messages=messages)
show("chat completions", "whole", chat.choices[0].message.content, chat.citations)
deltas, cited = [], []
chunk: Any
for chunk in client.chat.completions.create(model="sonar", messages=messages, stream=True):
    deltas.append(chunk.choices[0].delta.content or "")
    cited = chunk.citations
show("chat completions", "streamed", "".join(deltas), cited)
