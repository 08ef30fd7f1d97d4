"""Defensive accessors for wire payloads: values of the wrong type or range are ignored.

What both API formats have in common is here too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from ..core import amounts
from ..core.entities import plain
from ..core.events import UNKNOWN_LENGTH, Event, Image, Source, Unknown, site_of
from ..core.text import clean, shortened

CUT_AT_LIMIT = "cut off at the output limit (max_tokens)"
FILTERED = "withheld by a content filter"
REFUSED = "refused"
NO_TEXT = "the service sent no text"
TO_A_TOOL = "stopped to call a tool that is not there"

DONE: Final = "[DONE]"
"""The payload that stands for the frame of this text, with which chat completions end."""

amount = amounts.amount
count = amounts.count

# Types of frames and payloads that only keep a connection open.
KEEPALIVES = frozenset({"ping", "keepalive", "keep-alive", "heartbeat"})

# Timestamps from 2020 to 2100; others, such as zero, are placeholders.
_FIRST, _LAST = 1_577_836_800, 4_102_444_800

_SERVICE_FAILED = "the service failed in mid-answer"

# The finish reasons of OpenAI, Google, Mistral, Anthropic, DeepSeek, Zhipu and gateways → why the
# answer is incomplete; None if it is complete.
_REASONS: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("stop", "end_turn", "stop_sequence", "eos", "eos_token", "completed")),
    **dict.fromkeys(
        (
            "length",
            "length_limit",
            "max_length",
            "max_output_tokens",
            "max_tokens",
            "model_length",
            "model_context_window_exceeded",
            "token_limit",
        ),
        CUT_AT_LIMIT,
    ),
    **dict.fromkeys(
        (
            "blocklist",
            "content_filter",
            "content_filtered",
            "guardrail_intervened",
            "image_safety",
            "prohibited_content",
            "recitation",
            "safety",
            "sensitive",
            "spii",
        ),
        FILTERED,
    ),
    **dict.fromkeys(("refusal", "refused"), REFUSED),
    **dict.fromkeys(
        ("function_call", "malformed_function_call", "tool_call", "tool_calls", "tool_use"),
        TO_A_TOOL,
    ),
    **dict.fromkeys(
        ("insufficient_system_resource", "network_error", "server_error", "timeout"),
        _SERVICE_FAILED,
    ),
    **dict.fromkeys(("abort", "aborted", "cancelled", "canceled"), "aborted by the service"),
}


_LONGEST_ADDRESS: Final = 8192  # of an image, and of its page
_LONGEST_TITLE: Final = 300


def word(code: str) -> str:
    """Return a service's code in one spelling: ``"MAX-TOKENS"`` is ``"max_tokens"``."""
    spelt = re.sub(r"[\s_-]+", "_", code.strip().lower())
    return re.sub(r"^(?:finish_?reason|stop_?reason)[._]", "", spelt)


def completes(code: str) -> bool:
    """Return whether a finish reason says that the answer is complete."""
    return _REASONS.get(word(code), code) is None


def reason_of(code: str) -> str | None:
    """Return why an answer is incomplete; None if the code means complete or is unknown."""
    return _REASONS.get(word(code))


def to_a_tool(name: str) -> str:
    """Return the reason of an answer that ended with a call of a tool."""
    return f"{TO_A_TOOL}: {shortened(' '.join(name.split()), 60)!r}"


def ended_as(code: str) -> str:
    """Return the reason of an answer whose finish reason is unknown."""
    return f"the service ended it as {shortened(' '.join(code.split()), 60)!r}"


class Reader(Protocol):
    """Turns the payloads of one API format into events.

    Attributes
    ----------
    ended : bool
        Whether the answer is over; later payloads are ignored.
    closing : bool
        Whether only usage is still expected.
    """

    ended: bool

    @property
    def closing(self) -> bool:
        """Whether only usage is still expected."""
        ...

    def read(self, payload: Any) -> list[Event]:
        """Return the events that a payload, or `DONE`, stands for; none after the end."""
        ...

    def end(self, *, whole: bool) -> list[Event]:
        """Return the events that were held back; the stream is over.

        ``whole`` says whether the response ended regularly. If not, the connection was cut or the
        server fell silent.
        """
        ...


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(values: Any) -> list[Mapping[str, Any]]:
    """Return the JSON objects of a list."""
    return [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []


def texts(values: Any) -> tuple[str, ...]:
    """Return the texts of a list that are not empty."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        return ()
    return tuple(text for text in map(clean, values) if text)


def moment(value: Any) -> datetime | None:
    """Return the time of a Unix timestamp; None if it is not a time of this service."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value, UTC) if _FIRST <= value < _LAST else None


def place(value: Any) -> int | None:
    """Return the id of a result: a whole number, or one written as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:  # noqa: PLR2004
        return int(value)
    return value if type(value) is int and abs(value) <= amounts.LARGEST else None


def source(
    id_: int, result: Mapping[str, Any], queries: tuple[str, ...] = (), *, bare: bool = False
) -> Source | None:
    """Return a search result as a source; None if it has no address, unless ``bare`` allows that."""
    url = clean(result.get("url"))
    if not url and not bare:
        return None
    site = site_of(url)
    return Source(
        id=id_,
        title=" ".join(plain(clean(result.get("title"))).split()) or site or url,
        url=url,
        site=site,
        date=clean(result.get("date")) or None,
        last_updated=clean(result.get("last_updated")) or None,
        snippet=plain(clean(result.get("snippet"))),
        query=" · ".join(queries) or None,
    )


def missing(given: str, whole: str) -> str:
    """Return the rest of a whole text after the part already emitted, or ``""`` if the two differ."""
    if whole.startswith(given):
        return whole[len(given) :]
    try:
        given.encode()
    except UnicodeEncodeError:
        # Surrogate pairs that came in halves are single characters in the whole.
        a, b = (text.encode("utf-16-le", "surrogatepass") for text in (given, whole))
        rest = b[len(a) :] if b.startswith(a) else b""
        return rest.decode("utf-16-le", "surrogatepass")
    return ""


def images(values: Any) -> tuple[Image, ...]:
    """Return the images of a list; services name their fields differently.

    Only an address on the web is one: not a ``data:`` address of megabytes.
    """
    found = []
    for value in mappings(values):
        url = clean(value.get("image_url")) or clean(value.get("url"))
        if url[:8].lower() == "https://" and len(url) <= _LONGEST_ADDRESS:
            origin = clean(value.get("origin_url")) or clean(value.get("source_url"))
            title = shortened(" ".join(plain(clean(value.get("title"))).split()), _LONGEST_TITLE)
            origin = origin if len(origin) <= _LONGEST_ADDRESS else ""
            found.append(Image(url, origin, title, value.get("width"), value.get("height")))
    return tuple(found)


def unknown(type_: Any, payload: Any) -> Unknown:
    """Return the event for an unknown payload."""
    try:
        shown = json.dumps(payload, sort_keys=True, default=repr)
    except (TypeError, ValueError, RecursionError):
        shown = ""
    return Unknown(clean(type_)[:UNKNOWN_LENGTH], shown[:UNKNOWN_LENGTH])


# Fields of an answer: a payload with one of them is not an error, whatever other fields it has.
_OF_AN_ANSWER: Final = frozenset({"choices", "citations", "usage", "response", "item", "output"})
_CODES: Final = ("code", "status", "status_code", "statusCode", "error_code", "error_msg", "type")


def error_in(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the object that reports an error in a stream that began well; None if none does.

    The response objects of the Agent API are not looked into.
    """
    if payload.get("choices") and not ("error" in payload or "x_groq" in payload):
        return None  # by far the most
    kind = payload.get("type")
    if isinstance(kind, str) and (kind.startswith("response.") or kind in KEEPALIVES):
        return payload if payload.get("error") and "response" not in payload else None
    if payload.get("error") or kind == "error" or payload.get("object") == "error":
        return payload
    if inner := mapping(payload.get("x_groq")).get("error"):
        return {"error": inner}
    if payload.keys() & _OF_AN_ANSWER and payload.get("choices") != []:
        return None
    if payload.get("errors") or payload.get("detail") or payload.get("fault"):
        return payload
    if payload.get("success") is False or mapping(payload.get("base_resp")).get("status_code"):
        return payload
    coded = any(payload.get(name) for name in _CODES) or "object" not in payload
    if isinstance(payload.get("message"), str) and payload["message"] and coded:
        return payload
    return payload if payload.get("error_msg") else None
