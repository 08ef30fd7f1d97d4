"""The answer to a question that no sample answers: the list of questions that have one.

It has no sources and no citations, costs nothing, and names no model of the service.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..recordings.format import Exchange, RecordedEvent
from .library import Library
from .script import preface_of, quoted

_MODEL = "local/list-of-samples"
_PAUSE = 0.02  # seconds between two events
_USAGE = {
    "input_tokens": 0,
    "output_tokens": 0,
    "total_tokens": 0,
    "cost": {"total_cost": 0.0, "currency": "USD"},
}


def answer_to(question: str, library: Library, *, filtered: bool = False) -> tuple[Exchange, str]:
    """Return the recording that answers a question, and what its answer begins with.

    Parameters
    ----------
    question : str
        The question.
    library : Library
        The recordings. Unless it is strict, a question without one gets the list of the others.
    filtered : bool
        Whether the question chooses how to search, which a sample does not follow.
    """
    if (found := library.find(question)) is None:
        return unknown(question, library.questions), ""
    exchange, exact = found
    filtered = filtered and not library.strict
    return exchange, preface_of(exchange, question, exact=exact, filtered=filtered)


def unknown(question: str, known: Iterable[str]) -> Exchange:
    """Return the answer to a question that no sample answers.

    Parameters
    ----------
    question : str
        The question.
    known : iterable of str
        The questions that samples answer.
    """
    text = _text(question, known)
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    whole = message | {"content": [part]}
    response: dict[str, Any] = {"id": "resp_list", "object": "response", "model": _MODEL}
    begun = response | {"status": "in_progress", "output": []}
    ended = response | {"status": "completed", "output": [whole], "usage": _USAGE}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    payloads: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**message, "status": "in_progress", "content": None},
        },
        *(
            {"type": "response.output_text.delta", **place, "delta": line}
            for line in text.splitlines(keepends=True)
        ),
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": ended},
    ]
    events = tuple(
        RecordedEvent(n * _PAUSE, {**data, "sequence_number": n}) for n, data in enumerate(payloads)
    )
    return Exchange("unknown", "agent", True, "", (), {"input": question}, events)


def _text(question: str, known: Iterable[str]) -> str:
    asked = f"“{quoted(question)}”" if question.strip() else "an empty question"
    listed = "\n".join(f"* {_listed(each)}" for each in known)
    return (
        f"> **No sample answers this.** You asked {asked}.\n\n"
        "This server has no model and no search. It plays scripted samples, which answer these "
        f"questions and close paraphrases of them:\n\n{listed}\n\n"
        "Filters of the search and other options are not applied. To ask anything else, ask the "
        "service: set `PERPLEXITY_API_KEY` and unset `PERPLEXITY_BASE_URL`."
    )


def _listed(question: str) -> str:
    with_data = " (with the data that it was recorded with)" if "\n\n" in question.strip() else ""
    return quoted(question) + with_data
