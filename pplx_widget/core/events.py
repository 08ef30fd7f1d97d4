"""The events of an answer: the complete set that providers yield and that `AnswerState` handles.

Events are immutable and independent of any provider. Sources arrive inside
`SourcesFound` and `PagesFetched`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from .amounts import DOLLARS, amount, count
from .errors import PplxError


@dataclass(frozen=True, slots=True)
class Source:
    """A web page that the service retrieved.

    Attributes
    ----------
    id : int
        The number that markers in the text use. In the chat format: the 1-based position in the list.
    title, url : str
        The title and address, as sent by the service.
    site : str
        The host of ``url`` without ``www.``.
    date, last_updated : str or None
        The dates, as sent: usually ``YYYY-MM-DD``, often missing, sometimes absurd.
    snippet : str
        An extract of the web page (Markdown, up to several kilobytes).
    query : str or None
        The search query that found it.
    """

    id: int
    title: str
    url: str
    site: str
    date: str | None = None
    last_updated: str | None = None
    snippet: str = ""
    query: str | None = None


_MOST_PIXELS = 100_000


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a search found. It is not fetched until you click it.

    Attributes
    ----------
    url : str
        The address of the image.
    origin : str
        The address of the web page with the image; ``""`` if unknown.
    title : str
        The title, as sent by the service, or ``""``.
    width, height : int or None
        The size in pixels; None if unknown or impossible: not a whole number from 1 to 100,000.
    """

    url: str
    origin: str = ""
    title: str = ""
    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if type(value) is not int or not 0 < value <= _MOST_PIXELS:
                object.__setattr__(self, name, None)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The calls and cost of one of the service's tools.

    Attributes
    ----------
    name : str
        The service's name for the tool, such as ``search_web``.
    calls : int
        How often it ran; 0 if unknown.
    cost : float or None
        The cost in the currency of the `Usage`; None if unknown or implausible.
    """

    name: str
    calls: int = 0
    cost: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", count(self.calls))
        # The currency is unknown here; `Usage` checks the cost again.
        object.__setattr__(self, "cost", amount(self.cost, ""))


_COUNTS = ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens")


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens and cost of an answer.

    Attributes
    ----------
    input_tokens, output_tokens, total_tokens : int
        The service's token counts; 0 for an impossible number, such as a negative one.
    cost : float or None
        The total cost in ``currency``; None if unknown or implausible: negative, not finite, or more
        than 1,000 US dollars.
    currency : str
        The ISO code of the currency.
    reasoning_tokens : int
        The part of ``output_tokens`` that is reasoning and not part of the text.
    tools : tuple of ToolUse
        The use of each tool, if the service reports it.
    cached_tokens : int
        The part of the input that the service had in a cache.

    Notes
    -----
    The constructor checks all numbers, because the budget adds them up.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: float | None = None
    currency: str = DOLLARS
    reasoning_tokens: int = 0
    tools: tuple[ToolUse, ...] = ()
    cached_tokens: int = 0

    def __post_init__(self) -> None:
        for name in _COUNTS:
            object.__setattr__(self, name, count(getattr(self, name)))
        object.__setattr__(self, "cost", amount(self.cost, self.currency))
        tools = (replace(tool, cost=amount(tool.cost, self.currency)) for tool in self.tools)
        object.__setattr__(self, "tools", tuple(tools))


@dataclass(frozen=True, slots=True)
class Opened:
    """The service has accepted the request; ``model`` is the model that it chose, if known.

    ``created`` is the service's time of the request, if that is not now: the answer was stored or
    recorded.
    """

    response_id: str | None = None
    model: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request failed before anything arrived, and is sent again after a pause.

    Or a run in the background was cut, and is taken up after a pause; nothing is asked again then.

    ``error`` is the failure, ``seconds`` the length of the pause.
    """

    error: PplxError
    seconds: float


LAST_PLACE: Final = 100
"""In a queue, a question is told its place up to this one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request waits for its turn, because the service limits the rate of requests.

    ``place`` is its place in the queue from 1, or 101 for all places behind the hundredth; 0 once its
    turn has come. ``seconds`` is about how long it will wait, if that is known. This time counts for no
    timeout.
    """

    place: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A notice: one sentence on how the request was reinterpreted, such as a retired model's name."""

    text: str


@dataclass(frozen=True, slots=True)
class Searching:
    """A search has begun."""

    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """A search has found sources. The same source may arrive several times.

    ``queries`` are those of the search that these sources end, if known. If two sources have the same
    id, the first one counts, unless ``replace`` is True: then these sources replace those with the same
    ids.
    """

    sources: tuple[Source, ...]
    queries: tuple[str, ...] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class SearchingImages:
    """A search for images has begun."""

    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImagesFound:
    """A search has found images. The same image may arrive several times."""

    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Fetching:
    """The service has begun to fetch whole web pages."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PagesFetched:
    """The service has fetched the web pages. ``sources`` are those that no search has found."""

    urls: tuple[str, ...]
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the model's reasoning, as the service shows it."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The next delta of the answer's text."""

    delta: str


@dataclass(frozen=True, slots=True)
class TextWithdrawn:
    """The text so far is not part of the answer.

    Some servers leave out the tag that opens a model's reasoning, so that it looks like text until the
    closing tag comes. The same words follow as `Thought`.
    """


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Tokens and cost; a later report replaces an earlier one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The service has ended the answer.

    ``status`` is the outcome; ``reason`` says why the answer is not complete.
    """

    status: Literal["complete", "incomplete", "stopped"] = "complete"
    reason: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer failed; the text and sources that had arrived are kept."""

    error: PplxError


@dataclass(frozen=True, slots=True)
class Unknown:
    """A payload of an unknown type, kept for inspection only.

    ``payload`` is its JSON, cut to `UNKNOWN_LENGTH` characters.
    """

    type: str
    payload: str


UNKNOWN_LENGTH = 2000

CONTEXT_ID: Final = 10_001
"""The lowest id of a source that was sent with the question: higher than those of its searches."""

Event: TypeAlias = (
    Opened
    | Retrying
    | Waiting
    | Noted
    | Searching
    | SourcesFound
    | SearchingImages
    | ImagesFound
    | Fetching
    | PagesFetched
    | Thought
    | Text
    | TextWithdrawn
    | UsageReported
    | Finished
    | Failed
    | Unknown
)


def site_of(url: str) -> str:
    """Return the host of an address without ``www.``; ``""`` if it has no host."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # a malformed IPv6 address
        return ""
    return host.removeprefix("www.")
