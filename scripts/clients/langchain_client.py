"""LangChain's ChatPerplexity, over both APIs; it reads its base URL from the environment."""

from __future__ import annotations

import os
import sys
from typing import Any

from _shown import show
from langchain_perplexity import ChatPerplexity

os.environ["PERPLEXITY_BASE_URL"], QUESTION = sys.argv[1:]


def urls(message: Any) -> list[str]:
    """Return the citations of a message, or the sources that the Agent API has instead."""
    said = message.additional_kwargs
    return said.get("citations") or [result["url"] for result in said.get("search_results", [])]


models: dict[str, Any] = {
    "chat completions": ChatPerplexity(model="sonar", api_key="none"),
    "Agent API": ChatPerplexity(model="perplexity/sonar", api_key="none", use_responses_api=True),
}
for api, model in models.items():
    whole = model.invoke(QUESTION)
    show(api, "whole", whole.content, urls(whole))
    message: Any = None
    for chunk in model.stream(QUESTION):
        message = chunk if message is None else message + chunk
    show(api, "streamed", message.content, urls(message))
