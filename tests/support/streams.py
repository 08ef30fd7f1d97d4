"""Random streams of both API formats, and their bytes on the wire, for Hypothesis.

They contain nothing that the SDK cannot read: no byte order mark, invalid UTF-8 or frame without data.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import strategies as st

Json = dict[str, Any]

# A factor for the number of examples: 1 by default, more in `scripts/proof`.
FUZZ = int(os.environ.get("PPLX_FUZZ", "1"))


def examples(count: int) -> hypothesis.settings:
    """Return the Hypothesis settings of a test with ``count`` examples."""
    return hypothesis.settings(max_examples=count * FUZZ)


# Short texts: also markers, tags, halves of surrogate pairs, a NUL.
words = (
    st.text(max_size=8)
    | st.sampled_from(["[1]", ".[", "1", "]", "[web:2]", "\n\n", "data: x", "\r\n", " "])
    | st.sampled_from(["<think>", "</think>", "<thi", "nk>", "</"])
    | st.sampled_from(["\ud83d", "\ude00", "\0", "\u2028"])
)
numbers = st.integers(-3, 12) | st.none()


anything = st.none() | st.booleans() | st.integers() | st.floats() | words | st.just(10**400)


def json_values(leaves: st.SearchStrategy[Any] = anything) -> st.SearchStrategy[Any]:
    """Return a strategy for any JSON value."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    )


# ---- the Agent API ----------------------------------------------------------------------------------

_result = st.fixed_dictionaries(
    {"id": st.integers(0, 9), "url": st.sampled_from(["https://a.org/1", "https://www.b.org/2"])},
    optional={"title": words, "snippet": words, "date": st.none() | words},
)
_results = st.lists(_result, max_size=3)
_place = {"item_id": st.sampled_from(["m", "n"]), "output_index": st.just(1)}
_part = _place | {"content_index": st.integers(0, 1)}


def _event(type_: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"type": st.just(type_), **fields})


_message = st.fixed_dictionaries(
    {
        "type": st.just("message"),
        "id": st.sampled_from(["m", "n"]),
        "content": st.lists(
            st.fixed_dictionaries({"type": st.just("output_text"), "text": words})
            | st.fixed_dictionaries({"type": st.just("refusal"), "refusal": words}),
            max_size=2,
        ),
    }
)
_item = (
    _message
    | st.fixed_dictionaries({"type": st.just("search_results"), "results": _results})
    | st.fixed_dictionaries({"type": st.just("sandbox_results"), "results": json_values(words)})
)
_queries = st.lists(words, max_size=2)
_call = st.sampled_from(["c1", "c2"])
_response = st.fixed_dictionaries(
    {"id": st.just("r"), "output": st.lists(_item, max_size=2)},
    optional={
        "model": words,
        "usage": st.fixed_dictionaries(
            {"input_tokens": st.integers(0, 9), "output_tokens": st.integers(0, 9)},
            optional={
                "cost": st.fixed_dictionaries({"total_cost": st.floats(0, 1)}),
                "tool_calls_details": st.just({"search_web": {"invocation": 2}}),
            },
        ),
        "incomplete_details": st.fixed_dictionaries({"reason": words}),
        "error": st.none() | st.fixed_dictionaries({"message": words}),
    },
)
_agent_event = st.one_of(
    *[_event("response.output_text.delta", delta=words, **_part)] * 4,
    _event("response.refusal.delta", delta=words, **_part),
    _event("response.created", response=st.just({"id": "r", "output": []})),
    _event("response.reasoning.search_queries", queries=_queries, call_id=_call),
    _event("response.reasoning.search_results", results=_results, call_id=_call),
    _event("response.reasoning.fetch_url_queries", urls=_queries),
    _event("response.reasoning.fetch_url_results", contents=_results),
    _event("response.reasoning.started", thought=words),
    _event("response.reasoning.image_search_results", results=st.just([{"image_url": "u"}])),
    _event("response.output_text.done", text=words, **_part),
    _event("response.output_item.done", item=_item, output_index=st.just(1)),
    _event("response.keepalive"),
    _event("response.brand_new", value=json_values(words)),
)
_agent_end = st.one_of(
    *(_event(f"response.{how}", response=_response) for how in ("completed", "incomplete")),
    *(_event(f"response.{how}", response=_response) for how in ("failed", "cancelled")),
    _event("response.failed", response=_response, error=st.just({"message": "top"})),
    _event("error", error=st.fixed_dictionaries({"message": words, "code": numbers})),
    _event("error", message=words),
    _event("response.keepalive"),  # not an end: the stream is cut
)
agent_streams = st.tuples(st.lists(_agent_event, max_size=8), st.lists(_agent_end, max_size=2)).map(
    lambda both: both[0] + both[1]
)

# ---- chat completions ---------------------------------------------------------------------------------

_chat_delta = st.fixed_dictionaries(
    {},
    optional={
        "content": words | st.none(),
        "reasoning_content": words,
        "reasoning": words | st.none(),
        "refusal": words | st.none(),
        "reasoning_steps": st.lists(
            st.fixed_dictionaries(
                {"thought": words},
                optional={
                    "web_search": st.fixed_dictionaries(
                        {"search_keywords": _queries, "search_results": _results}
                    )
                },
            ),
            max_size=2,
        ),
    },
)
_finish = st.sampled_from([None, None, None, None, "stop", "length", "content_filter", "error"])
_choice = st.fixed_dictionaries(
    {"index": st.just(0), "delta": _chat_delta, "finish_reason": _finish},
    optional={"message": st.fixed_dictionaries({"role": st.just("assistant"), "content": words})},
)
_chunk = st.fixed_dictionaries(
    {
        "id": st.just("c"),
        "object": st.sampled_from(["chat.completion.chunk"] * 5 + ["chat.reasoning"]),
        "choices": st.lists(_choice, min_size=1, max_size=1) | st.just([]),
    },
    optional={
        "model": words,
        "citations": st.lists(st.sampled_from(["https://a.org/1", "https://b.org/2"]), max_size=2),
        "search_results": _results,
        "images": st.just([{"image_url": "u", "origin_url": "o"}]),
        "usage": st.none()
        | st.fixed_dictionaries({"prompt_tokens": st.integers(0, 9), "cost": st.floats(0, 1)}),
        "error": st.sampled_from([None, None, None, "text", {"message": "m", "code": "429"}]),
    },
)
_done = _chunk.map(lambda chunk: chunk | {"object": "chat.completion.done"})
chat_streams = st.tuples(st.lists(_chunk, max_size=8), st.lists(_done, max_size=1)).map(
    lambda both: both[0] + both[1]
)

# ---- onto the wire ------------------------------------------------------------------------------------


@st.composite
def on_the_wire(draw: Callable[..., Any], streams: st.SearchStrategy[list[Json]]) -> bytes:
    """Return the bytes of a stream, formatted in one of the ways of real servers."""
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    named, numbered = draw(st.booleans()), draw(st.booleans())
    indent = draw(st.sampled_from([None, None, 1]))
    lines: list[str] = []
    for number, payload in enumerate(draw(streams)):
        try:
            data = json.dumps(payload, ensure_ascii=False, indent=indent)
            data.encode()
        except UnicodeEncodeError:
            data = json.dumps(payload, indent=indent)
        if not numbered and draw(st.booleans()):  # after an id, a frame to the SDK
            lines += [": alone", ""]
        if named and "type" in payload:
            lines.append(f"event: {payload['type']}")
        if numbered:
            lines += [f"id: {number}", "retry: 100", ": a comment"]
        lines += [f"data:{draw(st.sampled_from(['', ' ']))}{line}" for line in data.split("\n")]
        lines.append("")
    if draw(st.booleans()):
        lines += ["data: [DONE]", ""]
    return "".join(line + newline for line in lines).encode()


@st.composite
def cut_up(draw: Callable[..., Any], data: bytes) -> list[bytes]:
    """Return the bytes in pieces of random sizes."""
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    bounds = [0, *cuts, len(data)]
    return [data[a:b] for a, b in itertools.pairwise(bounds)]
