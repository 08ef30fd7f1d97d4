"""LiteLLM: chat completions and responses."""

from __future__ import annotations

import os
import sys
from typing import Any

from _shown import show

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it downloads its list of prices

import litellm

BASE_URL, QUESTION = sys.argv[1:]
SERVER: Any = {"api_base": BASE_URL, "api_key": "none"}

messages: Any = [{"role": "user", "content": QUESTION}]
whole: Any = litellm.completion(model="perplexity/sonar", messages=messages, **SERVER)
show("chat completions", "whole", whole.choices[0].message.content, whole.citations)
deltas, cited = [], []
chunk: Any
for chunk in litellm.completion(model="perplexity/sonar", messages=messages, stream=True, **SERVER):
    deltas.append(chunk.choices[0].delta.content or "")
    cited = getattr(chunk, "citations", None) or cited
show("chat completions", "streamed", "".join(deltas), cited)


def urls(response: Any) -> list[str]:
    """Return the sources of a response."""
    data = response.model_dump(warnings=False)
    items = [item for item in data["output"] if item["type"] == "search_results"]
    return [result["url"] for item in items for result in item["results"]]


def text(response: Any) -> str:
    """Return the text of a response."""
    data = response.model_dump(warnings=False)
    messages = [item for item in data["output"] if item["type"] == "message"]
    return "".join(part["text"] for message in messages for part in message["content"])


response: Any = litellm.responses(model="perplexity/preset/fast", input=QUESTION, **SERVER)
show("responses", "whole", text(response), urls(response))
deltas, end = [], None
event: Any
for event in litellm.responses(
    model="perplexity/preset/fast", input=QUESTION, stream=True, **SERVER
):
    if event.type == "response.output_text.delta":
        deltas.append(event.delta)
    elif event.type == "response.completed":
        end = event.response
show("responses", "streamed", "".join(deltas), urls(end))
