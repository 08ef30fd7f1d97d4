"""Values off the wire, where anything may stand in any place: read if they are right, else passed over.

What both shapes of the API have in common is here too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from .. import _amounts, errors
from .._text import clean
from ..events import UNKNOWN_LENGTH, Event, Image, Source, Unknown, site_of

CUT_AT_LIMIT = "cut off at the output limit (max_tokens)"
FILTERED = "withheld by a content filter"
REFUSED = "refused"

amount = _amounts.amount
count = _amounts.count


class Reader(Protocol):
    """Turns the payloads of one shape into events.

    Attributes
    ----------
    ended : bool
        Whether the answer is over; nothing is read any more.
    closing : bool
        Whether all but some figures has come: a connection that is cut now cuts nothing off.
    """

    ended: bool

    @property
    def closing(self) -> bool:
        """See above."""
        ...

    def read(self, payload: Any) -> list[Event]:
        """Return the events that a payload stands for; none after the end."""
        ...

    def end(self) -> list[Event]:
        """Return what was held back; the stream is over, whole or not."""
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


def place(value: Any) -> int | None:
    """Return the id of a result: a whole number, or one written as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:  # noqa: PLR2004
        return int(value)
    return value if type(value) is int and abs(value) <= _amounts.LARGEST else None


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
        error_ = errors.from_response(status, {}, {"error": said}, host=host)
        error_.transient = False  # something has come
        return error_
    message = clean(said.get("message"))
    return errors.ServiceFailed(
        "The service reported that the answer failed.",
        message[:280],
        "Usually this passes: try again in a moment.",
    )
