"""The closed set of events: all that a provider can say, and all that a state understands.

An event is frozen and knows no provider. Sources travel inside `SourcesFound`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from .errors import PplxError


@dataclass(frozen=True, slots=True)
class Source:
    """A page that the service retrieved.

    Attributes
    ----------
    id : int
        What a marker in the text names. In the chat shape: the 1-based place in the list.
    title, url : str
        As the service sent them.
    site : str
        The host of ``url`` without ``www.``.
    date, last_updated : str or None
        As sent, usually ``YYYY-MM-DD``; often missing, sometimes absurd.
    snippet : str
        An extract of the page (Markdown, up to kilobytes).
    query : str or None
        The search that found it.
    """

    id: int
    title: str
    url: str
    site: str
    date: str | None = None
    last_updated: str | None = None
    snippet: str = ""
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took.

    Attributes
    ----------
    input_tokens, output_tokens, total_tokens : int
        Tokens as the service counted them.
    cost : float or None
        The whole cost in ``currency``; None where the service names none.
    currency : str
        ISO code.
    reasoning_tokens : int
        The part of ``output_tokens`` that was thought and not said.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: float | None = None
    currency: str = "USD"
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The service has taken the request; ``model`` is the resolved one where it is known."""

    response_id: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Searching:
    """A search has begun."""

    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """A search has brought sources. The same source may come several times.

    ``queries`` are those of the search that is over with it, where that is known.
    """

    sources: tuple[Source, ...]
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetching:
    """Pages are being read whole."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PagesFetched:
    """The pages that were asked for have been read."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the model's reasoning that the service shows."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer's text."""

    delta: str


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Tokens and cost; a later report replaces an earlier one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The service says that the answer is over.

    ``status`` says how; ``reason`` says why where it is not complete.
    """

    status: Literal["complete", "incomplete", "stopped"] = "complete"
    reason: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer failed; what had arrived stays."""

    error: PplxError


Event: TypeAlias = (
    Opened
    | Searching
    | SourcesFound
    | Fetching
    | PagesFetched
    | Thought
    | Text
    | UsageReported
    | Finished
    | Failed
)


def site_of(url: str) -> str:
    """Return the host of an address without ``www.``; ``""`` where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # a malformed IPv6 address
        return ""
    return host.removeprefix("www.")
