"""The OpenAI Agents SDK, with a Responses model."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from _shown import show
from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled
from openai import AsyncOpenAI

BASE_URL, QUESTION = sys.argv[1:]


def urls(result: Any) -> list[str]:
    """Return the sources of a run's responses."""
    items = [
        item if isinstance(item, dict) else item.model_dump(warnings=False)
        for response in result.raw_responses
        for item in response.output
    ]
    found = [item for item in items if item["type"] == "search_results"]
    return [source["url"] for item in found for source in item["results"]]


async def main() -> None:
    """Ask twice."""
    set_tracing_disabled(disabled=True)
    client = AsyncOpenAI(base_url=BASE_URL, api_key="none")
    model = OpenAIResponsesModel(model="perplexity/sonar", openai_client=client)
    agent = Agent(name="Assistant", instructions="Answer briefly.", model=model)
    whole: Any = await Runner.run(agent, QUESTION)
    show("Responses", "whole", whole.final_output, urls(whole))
    streamed: Any = Runner.run_streamed(agent, QUESTION)
    deltas = [
        event.data.delta
        async for event in streamed.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    show("Responses", "streamed", "".join(deltas), urls(streamed))


asyncio.run(main())
