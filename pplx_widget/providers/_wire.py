"""Values off the wire, where anything may stand in any place: read if they are right, else passed over.

What both shapes of the API have in common is here too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from ..core import amounts, errors, http_errors
from ..core.events import UNKNOWN_LENGTH, Event, Image, Source, Unknown, site_of
from ..core.text import clean, shortened

CUT_AT_LIMIT = "cut off at the output limit (max_tokens)"
FILTERED = "withheld by a content filter"
REFUSED = "refused"

amount = amounts.amount
count = amounts.count

# Types of frames and of payloads that only keep a connection open.
KEEPALIVES = frozenset({"ping", "keepalive", "keep-alive", "heartbeat"})

# Timestamps from 2020 to 2100; others, such as zero, are placeholders.
_FIRST, _LAST = 1_577_836_800, 4_102_444_800

_TO_A_TOOL = "stopped to call a tool that is not there"
_SERVICE_FAILED = "the service failed in mid-answer"

# Why a model stopped, in the words of OpenAI, Google, Mistral, Anthropic, DeepSeek, Zhipu and the
# servers that pass them on → the reason that an answer is incomplete; None if it is complete.
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
        _TO_A_TOOL,
    ),
    **dict.fromkeys(
        ("insufficient_system_resource", "network_error", "server_error", "timeout"),
        _SERVICE_FAILED,
    ),
    **dict.fromkeys(("abort", "aborted", "cancelled", "canceled"), "aborted by the service"),
}


def word(code: str) -> str:
    """Return a service's code in one spelling: ``"MAX-TOKENS"`` is ``"max_tokens"``."""
    spelt = re.sub(r"[\s_-]+", "_", code.strip().lower())
    return re.sub(r"^(?:finish_?reason|stop_?reason)[._]", "", spelt)


def completes(code: str) -> bool:
    """Return whether a finish reason says that the answer is complete."""
    return _REASONS.get(word(code), code) is None


def reason_of(code: str) -> str | None:
    """Return why an answer is incomplete, in words; None if the code is complete or not known."""
    return _REASONS.get(word(code))


def ended_as(code: str) -> str:
    """Return the reason of an answer that ended in a way that is not known here."""
    return f"the service ended it as {shortened(' '.join(code.split()), 60)!r}"


class Reader(Protocol):
    """Turns the payloads of one shape into events.

    Attributes
    ----------
    ended : bool
        Whether the answer is over; nothing is read any more.
    closing : bool
        Whether nothing but usage is still to come.
    """

    ended: bool

    @property
    def closing(self) -> bool:
        """See above."""
        ...

    def read(self, payload: Any) -> list[Event]:
        """Return the events that a payload stands for; none after the end."""
        ...

    def end(self, *, whole: bool) -> list[Event]:
        """Return the events that were held back; the stream is over.

        ``whole`` says whether it ended in order: it was closed as HTTP closes a body, or its last
        frame was the ``[DONE]`` of chat completions. If not, it was cut, or fell silent.
        """
        ...


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(values: Any) -> list[Mapping[str, Any]]:
    """Return the JSON objects of a list."""
    return [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []


def texts(values: Any) -> tuple[str, ...]:
    """Return the texts of a list that say something."""
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


def source(id_: int, result: Mapping[str, Any], queries: tuple[str, ...] = ()) -> Source | None:
    """Return a search result as a source; None where it has no address."""
    url = clean(result.get("url"))
    if not url:
        return None
    site = site_of(url)
    return Source(
        id=id_,
        title=" ".join(clean(result.get("title")).split()) or site or url,
        url=url,
        site=site,
        date=clean(result.get("date")) or None,
        last_updated=clean(result.get("last_updated")) or None,
        snippet=clean(result.get("snippet")),
        query=" · ".join(queries) or None,
    )


def missing(given: str, whole: str) -> str:
    """Return what a whole text has beyond what was given of it; nothing where the two differ."""
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
    """Return the images of a list; the services name their fields differently."""
    found = []
    for value in mappings(values):
        if url := clean(value.get("image_url")) or clean(value.get("url")):
            origin = clean(value.get("origin_url")) or clean(value.get("source_url"))
            found.append(Image(url, origin, " ".join(clean(value.get("title")).split())))
    return tuple(found)


def unknown(type_: Any, payload: Any) -> Unknown:
    """Return the event for what is not understood."""
    try:
        shown = json.dumps(payload, sort_keys=True, default=repr)
    except (TypeError, ValueError, RecursionError):
        shown = ""
    return Unknown(clean(type_)[:UNKNOWN_LENGTH], shown[:UNKNOWN_LENGTH])


def failure(error: Any, host: str) -> errors.PplxError:
    """Return the error for an error object inside a stream that began well (HTTP 200)."""
    said = {"message": error} if isinstance(error, str) else mapping(error)
    code = said.get("code")
    if isinstance(code, str) and code.isdecimal() and len(code) == 3:  # noqa: PLR2004 (LiteLLM)
        code = int(code)
    status = code if isinstance(code, int) and 400 <= code < 600 else 500  # noqa: PLR2004
    if status != 500:  # noqa: PLR2004
        error_ = http_errors.from_response(status, {}, {"error": said}, host=host)
        error_.transient = False  # something has come
        return error_
    message = clean(said.get("message"))
    return errors.ServiceFailed(
        "The service reported that the answer failed.",
        message[:280],
        "Usually this passes: try again in a moment.",
    )
