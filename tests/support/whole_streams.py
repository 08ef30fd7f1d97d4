"""Whole answers as services stream them, written here in recorded formats.

The sentences are ours and every address is invented. Each stream comes with its expected reading.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEXT = (
    "Honey bees **dance** on the comb. The angle tells the direction,[7] and the length of the run "
    "the distance.[2][7] A round dance says that it is near.[99]\n\n- `[1]` is not a source"
)
QUERY = "How do honey bees tell where flowers are?"


@dataclass(frozen=True)
class WholeStream:
    """A stream, and its expected reading."""

    payloads: list[Json]
    text: str
    status: str = "complete"
    sources: tuple[int, ...] = ()
    cited: tuple[int, ...] = ()
    searched: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    thoughts: tuple[str, ...] = ()
    cost: float | None = None
    done: bool = field(default=False)

    @property
    def sent(self) -> bytes:
        """Return the bytes on the wire."""
        frames = [*map(_frame, self.payloads), *(["data: [DONE]\n\n"] if self.done else [])]
        return "".join(frames).encode()


def _frame(payload: Json) -> str:
    # Chat chunks have no event line; in concise ones `type` has another meaning.
    named = f"event: {payload['type']}\n" if "sequence_number" in payload else ""
    return f"{named}data: {json.dumps(payload, ensure_ascii=False)}\n\n"


def pieces(text: str) -> Iterator[str]:
    """Yield the pieces of a text as models send it: words, and each marker in three pieces."""
    word = ""
    for sign in text:
        if sign in " [0123456789]\n" and word:
            yield word
            word = ""
        word += sign
    yield word


# ---- the Agent API ------------------------------------------------------------------------------


def source(id_: int, **more: Any) -> Json:
    """Return one result of a search."""
    return {
        "id": id_,
        "title": f"Bees, page {id_}",
        "url": f"https://bees.example.org/{id_}",
        "snippet": f"|Page|{id_}|\n...\n**Bees** dance, says page {id_}.\n- and more\n",
        "source": "web",
        "last_updated": "2026-09-01",
    } | more


def _numbered(events: Iterable[Json]) -> list[Json]:
    """Return the events with increasing numbers that have gaps, like those of the service."""
    numbers = itertools.accumulate(itertools.cycle([1, 1, 2, 1, 3]))
    return [
        event | {"sequence_number": number} for event, number in zip(events, numbers, strict=False)
    ]


def _response(status: str, **more: Any) -> Json:
    nothing = ("error", "incomplete_details", "instructions", "metadata", "reasoning", "user")
    return {
        "id": "resp_written",
        "object": "response",
        "created_at": 1790000000,
        "completed_at": None,
        "model": "fast",
        "status": status,
        "output": [],
        "usage": None,
        "tools": [{"type": "web_search"}],
        **dict.fromkeys(nothing),
    } | more


def _usage(cost: float, **more: Any) -> Json:
    cost_ = {"currency": "USD", "input_cost": 0, "output_cost": cost / 2, "total_cost": cost}
    return {"input_tokens": 40, "output_tokens": 60, "total_tokens": 100, "cost": cost_} | more


def _opened(model: str = "fast") -> list[Json]:
    response = _response("in_progress", model=model)
    return [{"type": f"response.{how}", "response": response} for how in ("created", "in_progress")]


def _searched(query: str, results: list[Json], at: int) -> list[Json]:
    call = {
        "type": "function_call",
        "id": f"fc_{at}",
        "call_id": f"call_{at}",
        "name": "search_web",
        "arguments": json.dumps({"queries": [query]}),
        "status": "completed",
    }
    found = {"type": "search_results", "queries": [query], "results": results}
    reasoning = {"call_id": call["call_id"]}
    return [
        {"type": "response.output_item.added", "item": call, "output_index": at},
        {
            "type": "response.reasoning.search_queries",
            "queries": [query],
            "thought": "Searching the web...",
            **reasoning,
        },
        {
            "type": "response.reasoning.search_results",
            "results": results,
            "thought": None,
            **reasoning,
        },
        {"type": "response.output_item.done", "item": found, "output_index": at},
    ]


def _message(text: str) -> Json:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "type": "message",
        "id": "msg_written",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def _said(text: str, at: int) -> list[Json]:
    place = {"item_id": "msg_written", "output_index": at, "content_index": 0}
    begun = _message("") | {"content": None}
    return [
        {"type": "response.output_item.added", "item": begun, "output_index": at},
        *({"type": "response.output_text.delta", "delta": p, **place} for p in pieces(text)),
        {"type": "response.output_text.done", "text": text, **place},
        {"type": "response.output_item.done", "item": _message(text), "output_index": at},
    ]


def search() -> WholeStream:
    """Return an answer after one search, its sources sent three times."""
    results = [source(n) for n in (1, 2, 3)] + [source(7, date="2006-11-28"), source(9)]
    called = {"search_web": {"invocation": 1}}
    usage = _usage(0.0021, tool_calls_details=called)
    usage["cost"] |= {"tool_calls_cost": 0.002, "tool_calls_cost_details": {"search_web": 0.002}}
    output = [{"type": "search_results", "queries": [QUERY], "results": results}, _message(TEXT)]
    events = [
        *_opened(),
        *_searched(QUERY, results, 0),
        *_said(TEXT, 1),
        {
            "type": "response.completed",
            "response": _response("completed", model="maker/model-1", output=output, usage=usage),
        },
    ]
    return WholeStream(
        _numbered(events), TEXT, "complete", (1, 2, 3, 7, 9), (7, 2), (QUERY,), cost=0.0021
    )


def research() -> WholeStream:
    """Return an answer after two searches and a page, with thoughts and keepalives between."""
    page = "https://bees.example.org/whole"
    more = "How far do honey bees fly?"
    first, second = [source(7), source(2)], [source(12), source(2), source(5, date="0001-01-01")]
    contents = [{"title": "The whole page", "url": page, "snippet": "## Dance\n\nIt is one."}]
    events = [
        *_opened("high"),
        {"type": "response.reasoning.started", "thought": "The question has two parts."},
        *_searched(QUERY, first, 0),
        {"type": "response.keepalive"},
        *_searched(more, second, 1),
        {"type": "response.reasoning.fetch_url_queries", "urls": [page], "thought": None},
        {"type": "response.reasoning.fetch_url_results", "contents": contents},
        {"type": "response.reasoning.stopped", "thought": None},
        {"type": "response.future_event", "anything": [1, None, {"a": "b"}]},
        *_said("They fly far.[web:12] So it is.[5][2]", 2),
        {"type": "response.completed", "response": _response("completed", usage=_usage(0.05))},
    ]
    return WholeStream(
        _numbered(events),
        "They fly far.[web:12] So it is.[5][2]",
        sources=(7, 2, 12, 5, 13),
        cited=(12, 5, 2),
        searched=(QUERY, more),
        read=(page,),
        thoughts=("The question has two parts.",),
        cost=0.05,
    )


def whole() -> WholeStream:
    """Return an answer with its text in the last event only, after a fetched page."""
    page = "https://style.example.org/lines"
    output = [
        {
            "type": "fetch_url_results",
            "contents": [{"title": "Lines", "url": page, "snippet": "- 79"}],
        },
        _message("A line has at most 79 signs. [web:0]"),
    ]
    last = _response("completed", model="maker/model-1", output=output, usage=_usage(0.004))
    events = [*_opened("low"), {"type": "response.completed", "response": last}]
    return WholeStream(
        _numbered(events),
        "A line has at most 79 signs. [web:0]",
        sources=(0,),
        cited=(0,),
        read=(page,),
        cost=0.004,
    )


def cut_off() -> WholeStream:
    """Return an answer that ended at its limit, reported as completed and empty."""
    last = _response(
        "incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=_usage(0.00001)
    )
    events = [*_opened(), {"type": "response.completed", "response": last}]
    return WholeStream(_numbered(events), "", "incomplete", cost=0.00001)


def cancelled() -> WholeStream:
    """Return an answer that was cancelled at the service."""
    error = {"code": "cancelled", "message": "cancelled", "type": "cancelled"}
    last = _response("cancelled", error=error, incomplete_details={"reason": "cancelled"})
    events = [*_opened(), *_said("Bees", 0)[:-2], {"type": "response.cancelled", "response": last}]
    return WholeStream(_numbered(events), "Bees", "stopped")


def failed() -> WholeStream:
    """Return an answer that failed midway."""
    error = {"code": "server_error", "message": "the model is overloaded", "type": "server_error"}
    last = _response("failed", error=error)
    events = [
        *_opened(),
        *_said("Honey bees ", 0)[:-2],
        {"type": "response.failed", "response": last},
    ]
    return WholeStream(_numbered(events), "Honey bees ", "failed")


def broken() -> WholeStream:
    """Return an answer that ends with a bare error event."""
    error = {"type": "error", "code": "server_error", "message": "it broke", "param": None}
    return WholeStream(_numbered([*_opened(), *_said("Honey ", 0)[:-2], error]), "Honey ", "failed")


def silent() -> WholeStream:
    """Return an answer whose stream ends without a last event."""
    return WholeStream(_numbered([*_opened(), *_said("Honey bees", 0)]), "Honey bees", "failed")


AGENT = {
    each.__name__: each
    for each in (search, research, whole, cut_off, cancelled, failed, broken, silent)
}

# ---- chat completions -----------------------------------------------------------------------------

PLACES = [f"https://bees.example.org/{n}" for n in range(1, 5)]
CHAT_TEXT = "Bees dance[2] for the others.[1][4] `[3]` is code."
THOUGHT = "Looking for what bees do..."


def _chunk(delta: Json, finish: str | None = None, **more: Any) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "chat_written",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "sonar",
        "choices": [choice],
    } | more


def _tokens(count: int) -> Json:
    return {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": 10 + count}


def sonar() -> WholeStream:
    """Return a stream with the citations and the usage so far in each chunk."""
    chunks = [
        _chunk({"role": "assistant", "content": piece}, citations=PLACES, usage=_tokens(count))
        for count, piece in enumerate(pieces(CHAT_TEXT), start=1)
    ]
    for chunk in chunks:
        del chunk["choices"][0]["finish_reason"]
    end = _chunk({"role": "assistant", "content": ""}, "stop", citations=PLACES, usage=_tokens(99))
    chunks.append(end | {"object": "chat.completion.done"})
    return WholeStream(chunks, CHAT_TEXT, sources=(1, 2, 3, 4), cited=(2, 1, 4))


def full() -> WholeStream:
    """Return a stream with the message so far beside each delta."""
    chunks, so_far = [], ""
    for piece in pieces(CHAT_TEXT):
        so_far += piece
        chunk = _chunk({"role": "assistant", "content": piece}, citations=PLACES)
        chunk["choices"][0]["message"] = {"role": "assistant", "content": so_far}
        chunks.append(chunk | {"object": "chat.completion"})
    chunks[-1]["choices"][0]["finish_reason"] = "stop"
    return WholeStream(chunks, CHAT_TEXT, sources=(1, 2, 3, 4), cited=(2, 1, 4))


def concise() -> WholeStream:
    """Return a stream with its steps, and with its sources only between the steps and the text."""
    results = [{"title": f"Page {n}", "url": url} for n, url in enumerate(PLACES, start=1)]
    step = {
        "type": "web_search",
        "thought": THOUGHT,
        "web_search": {"search_keywords": [QUERY], "search_results": []},
    }
    empty = {"role": "assistant", "content": ""}
    cost = {"input_tokens_cost": 0.0, "output_tokens_cost": 0.004, "total_cost": 0.01}
    begun = _chunk({**empty, "reasoning_steps": [step]}, object="chat.reasoning", type="message")
    thought = _chunk(empty, object="chat.reasoning.done", search_results=results, images=[])
    end = _chunk(empty, "stop", object="chat.completion.done", search_results=results, images=[])
    end["usage"] = _tokens(50) | {"search_context_size": "low", "cost": cost}
    chunks = [begun, thought, *(_chunk({"content": piece}) for piece in pieces(CHAT_TEXT)), end]
    for chunk in chunks:
        message = {"role": "assistant", "content": CHAT_TEXT if chunk is end else ""}
        chunk["choices"][0]["message"] = message
    return WholeStream(
        chunks,
        CHAT_TEXT,
        sources=(1, 2, 3, 4),
        cited=(2, 1, 4),
        searched=(QUERY,),
        thoughts=(THOUGHT,),
        cost=0.01,
    )


def openai_like() -> WholeStream:
    """Return the stream of most servers: a role, separate thoughts, the usage last, and an end."""
    thought = "The bees come to mind."
    chunks = [
        _chunk({"role": "assistant", "content": ""}),
        *(_chunk({"reasoning_content": piece, "content": None}) for piece in pieces(thought)),
        *(_chunk({"content": piece}) for piece in pieces("Bees dance.")),
        _chunk({}, "stop"),
        _chunk({}, usage=_tokens(7)) | {"choices": []},
    ]
    return WholeStream(chunks, "Bees dance.", thoughts=(thought,), done=True)


def thinking() -> WholeStream:
    """Return a stream with thoughts in its text, between tags that are split over chunks."""
    said = ["<th", "ink>", "Hm, ", "bees.</", "think>", "\n\nBees ", "dance."]
    chunks = [*(_chunk({"content": piece}) for piece in said), _chunk({"content": ""}, "stop")]
    return WholeStream(chunks, "Bees dance.", thoughts=("Hm, bees.",), done=True)


def limited() -> WholeStream:
    """Return a stream that was cut off at its limit."""
    return WholeStream(
        [_chunk({"content": "Bees"}), _chunk({}, "length")], "Bees", "incomplete", done=True
    )


def refused() -> WholeStream:
    """Return a stream that ends with an error chunk."""
    error = {"error": {"message": "too many bees", "type": "rate_limit", "code": 429}}
    return WholeStream([_chunk({"content": "Bees "}), error], "Bees ", "failed")


CHAT = {
    each.__name__: each for each in (sonar, full, concise, openai_like, thinking, limited, refused)
}
