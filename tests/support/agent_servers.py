"""Streams of servers with the Responses format, with the expected reading."""

from __future__ import annotations

import json
from typing import Any

from .servers import TWO, A, B, Json, Sent, frames


def said(text: str, *, place: int = 0) -> Json:
    """Return a piece of the text."""
    where = {"item_id": "m", "output_index": place, "content_index": 0}
    return {"type": "response.output_text.delta", "delta": text, **where}


def over(*output: Json, status: str = "completed", **fields: Any) -> Json:
    """Return the end."""
    response = {"id": "r1", "object": "response", "status": status, "output": [*output]} | fields
    return {"type": f"response.{status}", "response": response}


def item(kind: str, **fields: Any) -> Json:
    """Return an item of the output that is done."""
    it = {"type": kind, "id": f"{kind}_1", **fields}
    return {"type": "response.output_item.done", "output_index": 0, "item": it}


def words_of(text: str, *notes: Json) -> Json:
    """Return a message of the output."""
    part = {"type": "output_text", "text": text, "annotations": [*notes]}
    return {"type": "message", "id": "m", "role": "assistant", "content": [part]}


def noted(url: str, title: str = "", start: int = 0, end: int = 0) -> Json:
    """Return an annotation as it is added."""
    note = {"type": "url_citation", "url": url, "title": title}
    where = {"item_id": "m", "output_index": 0, "content_index": 0, "annotation_index": 0}
    return {
        "type": "response.output_text.annotation.added",
        "annotation": note | {"start_index": start, "end_index": end},
        **where,
    }


def agent(name: str, *payloads: Any, **expected: Any) -> Sent:
    """Return a stream of the Responses format."""
    begun = {"type": "response.created", "response": {"id": "r1", "status": "in_progress"}}
    return Sent(name, "agent", frames(begun, *payloads, named=True), **expected)


CALL = item("function_call", name="look_up", call_id="c", arguments="{}")
SEARCH = item(
    "web_search_call",
    status="completed",
    action={"type": "search", "queries": ["bees"], "sources": [{"type": "url", "url": A}]},
)
PERSON = {"id": 4, "title": "A", "url": A, "snippet": "s"}

AGENT = [
    agent(
        "annotations that are added",
        said("One.[1] Two.[2]"),
        noted(A, "A", 4, 7),
        noted(B, "B"),
        noted(A, "A"),
        over(words_of("One.[1] Two.[2]")),
        text="One.[1] Two.[2]",
        sources=TWO,
        cited=(1, 2),
    ),
    agent(
        "annotations at markers in another order",
        said("One.[2] Two.[1]"),
        noted(B, "B", 4, 7),
        noted(A, "A", 12, 15),
        over(),
        text="One.[2] Two.[1]",
        sources=TWO,
        cited=(2, 1),
    ),
    agent(
        "annotations of a message at the end",
        over(words_of("One.[1]", noted(A, "A")["annotation"])),
        text="One.[1]",
        sources=TWO[:1],
        cited=(1,),
    ),
    agent(
        "annotations of what a search has found",
        SEARCH,
        said("One.[1]"),
        noted(A, "A"),
        over(SEARCH["item"], words_of("One.[1]")),
        text="One.[1]",
        sources=TWO[:1],
        cited=(1,),
        steps=(("search", ("bees",)),),
    ),
    agent(
        "a page that a search has opened",
        item("web_search_call", action={"type": "open_page", "url": A}),
        said("One."),
        over(),
        text="One.",
        steps=(("read", (A,)),),
    ),
    agent(
        "a query alone",
        item("web_search_call", action={"type": "search", "query": "bees"}),
        said("One."),
        over(),
        text="One.",
        steps=(("search", ("bees",)),),
    ),
    agent(
        "citations beside the output, as xAI has them",
        said("One."),
        over(words_of("One."), citations=[A, B]),
        text="One.",
        sources=((1, A, "a.org"), (2, B, "b.org")),
    ),
    agent(
        "people",
        item("people_search_results", results=[PERSON]),
        said("One.[4]"),
        over(item("people_search_results", results=[PERSON])["item"]),
        text="One.[4]",
        sources=((4, A, "A"),),
        cited=(4,),
    ),
    agent(
        "figures without an address",
        item("finance_results", results=[{"id": 3, "title": "Quote of X", "snippet": "12"}]),
        said("One.[3]"),
        over(),
        text="One.[3]",
        sources=((3, "", "Quote of X"),),
        cited=(3,),
    ),
    agent(
        "a reasoning item alone",
        item("reasoning", summary=[{"type": "summary_text", "text": "Hm."}]),
        said("One."),
        over(),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    agent(
        "a reasoning item at the end",
        said("One."),
        over(item("reasoning", content=[{"type": "reasoning_text", "text": "Hm."}])["item"]),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    agent(
        "reasoning in pieces, whole, and in its item",
        {"type": "response.reasoning_summary_text.delta", "delta": "H", "item_id": "reasoning_1"},
        {"type": "response.reasoning_summary_text.delta", "delta": "m.", "item_id": "reasoning_1"},
        {"type": "response.reasoning_summary_text.done", "text": "Hm.", "item_id": "reasoning_1"},
        item("reasoning", summary=[{"type": "summary_text", "text": "Hm."}]),
        said("One."),
        over(item("reasoning", summary=[{"type": "summary_text", "text": "Hm."}])["item"]),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    agent(
        "reasoning in pieces that are never done",
        {"type": "response.reasoning_text.delta", "delta": "H", "item_id": "q"},
        {"type": "response.reasoning_text.delta", "delta": "m.", "item_id": "q"},
        said("One."),
        over(),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    agent(
        "thoughts in tags",
        said("<think>Hm."),
        said("</think>\n\nOne."),
        over(words_of("<think>Hm.</think>\n\nOne.")),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    agent(
        "a closing tag alone",
        said("Hm."),
        said("\n</think>\nOne."),
        over(),
        text="One.",
        steps=(("thought", ("Hm.",)),),
    ),
    agent("a call of a function", CALL, over(CALL["item"]), status="incomplete", says="look_up"),
    agent(
        "a call of a function at the end",
        over(CALL["item"]),
        status="incomplete",
        says="call a tool.*look_up",
    ),
    agent(
        "a call after some words",
        said("One moment."),
        CALL,
        over(words_of("One moment."), CALL["item"]),
        text="One moment.",
        status="incomplete",
        says="call a tool.*look_up",
    ),
    agent(
        "a call that was answered",
        CALL,
        said("One."),
        over(CALL["item"], words_of("One.")),
        text="One.",
    ),
    agent(
        "requires_action",
        CALL,
        {"type": "response.completed", "response": {"status": "requires_action", "output": []}},
        status="incomplete",
        says="requires_action.*look_up",
    ),
    agent(
        "an event of that name",
        over(CALL["item"], status="requires_action"),
        status="incomplete",
        says="requires_action.*look_up",
    ),
    agent(
        "images with numbers",
        item(
            "image_search_results",
            results=[{"id": 3, "image_url": f"{A}.png", "origin_url": A, "title": "A"}],
        ),
        said("One.[3]"),
        over(),
        text="One.[3]",
        sources=((3, A, "A"),),
        cited=(3,),
    ),
    agent(
        "people, as they are found",
        {"type": "response.reasoning.people_search_queries", "call_id": "c", "queries": ["bees"]},
        {"type": "response.reasoning.people_search_results", "call_id": "c", "results": [PERSON]},
        said("One.[4]"),
        over(),
        text="One.[4]",
        sources=((4, A, "A"),),
        steps=(("search", ("bees",)),),
    ),
    agent("no text", over(), status="incomplete", says="sent no text"),
    agent(
        "usage with a cost that is a number",
        said("One."),
        over(usage={"input_tokens": 2, "output_tokens": 3, "cost": 0.25}),
        text="One.",
        usage={"cost": 0.25, "total_tokens": 5},
    ),
    agent(
        "usage with a cache",
        said("One."),
        over(usage={"input_tokens": 9, "input_tokens_details": {"cached_tokens": 8}}),
        text="One.",
        usage={"cached_tokens": 8},
    ),
    agent(
        "usage with Perplexity's cache",
        said("One."),
        over(usage={"input_tokens": 9, "input_tokens_details": {"cache_read_input_tokens": 8}}),
        text="One.",
        usage={"cached_tokens": 8},
    ),
    agent(
        "text at the close of its part alone",
        {
            "type": "response.content_part.done",
            "item_id": "m",
            "output_index": 0,
            "content_index": 0,
            "part": {"type": "output_text", "text": "One."},
        },
        over(),
        text="One.",
    ),
    Sent(
        "a response as JSON",
        "agent",
        json.dumps(over(words_of("One."), model="m-1")["response"]).encode(),
        "One.",
        model="m-1",
        response_id="r1",
        kind="application/json",
    ),
    Sent(
        "an incomplete response as JSON",
        "agent",
        json.dumps(
            over(status="incomplete", incomplete_details={"reason": "max_output_tokens"})[
                "response"
            ]
        ).encode(),
        "",
        "incomplete",
        "output limit",
        kind="application/json",
    ),
    Sent(
        "a byte order mark",
        "agent",
        b"\xef\xbb\xbf" + frames(said("One."), over(), named=True),
        "One.",
    ),
    agent(
        "a failed response",
        said("One"),
        over(status="failed", error={"code": "server_error", "message": "Boom"}),
        text="One",
        status="failed",
        says="Boom",
    ),
]
