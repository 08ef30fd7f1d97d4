"""The closed set of events: all that a provider can say, and all that a state understands.

An event is frozen and knows no provider. Sources travel inside `SourcesFound`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from .amounts import DOLLARS, amount, count
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
class Image:
    """An image that a search has found. Nothing fetches it unasked.

    Attributes
    ----------
    url : str
        Where the image lies.
    origin : str
        The page that it is from; ``""`` where the service does not say.
    title : str
        As the service sent it, or ``""``.
    """

    url: str
    origin: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What one of the service's tools took.

    Attributes
    ----------
    name : str
        As the service calls it, such as ``search_web``.
    calls : int
        How often it ran; 0 where the service does not say.
    cost : float or None
        In the currency of the `Usage`; None if the service names none, or one that cannot be.
    """

    name: str
    calls: int = 0
    cost: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", count(self.calls))
        object.__setattr__(self, "cost", amount(self.cost, ""))  # the `Usage` knows the currency


_COUNTS = ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens")


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took.

    Attributes
    ----------
    input_tokens, output_tokens, total_tokens : int
        Tokens as the service counted them; 0 for a number that cannot be, such as a negative one.
    cost : float or None
        The whole cost in ``currency``; None if the service names none, or one that cannot be: a
        negative one, one that is no finite number, or more than 1,000 US dollars.
    currency : str
        ISO code.
    reasoning_tokens : int
        The part of ``output_tokens`` that was thought and not said.
    tools : tuple of ToolUse
        What the tools took, where the service tells it.
    cached_tokens : int
        The part of the input that the service had in a cache.

    Notes
    -----
    Whoever makes one, its numbers are checked: a budget adds them up.
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
    """The service has taken the request; ``model`` is the resolved one where it is known."""

    response_id: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """Nothing has come yet, and the question is asked again after a pause.

    ``error`` says why, ``seconds`` is how long the pause is.
    """

    error: PplxError
    seconds: float


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about the question was understood or done otherwise than it was put; in a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Searching:
    """A search has begun."""

    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """A search has brought sources. The same source may come several times.

    ``queries`` are those of the search that is over with it, where that is known. Of two sources with
    one id the first counts, unless ``replace`` says that this is a newer list of the same places.
    """

    sources: tuple[Source, ...]
    queries: tuple[str, ...] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImagesFound:
    """A search has brought images. The same image may come several times."""

    images: tuple[Image, ...]


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


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the service sent and that nothing here understands; for inspection only.

    ``payload`` is its JSON, cut to `UNKNOWN_LENGTH` characters.
    """

    type: str
    payload: str


UNKNOWN_LENGTH = 2000

Event: TypeAlias = (
    Opened
    | Retrying
    | Noted
    | Searching
    | SourcesFound
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
    """Return the host of an address without ``www.``; ``""`` where it has none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # a malformed IPv6 address
        return ""
    return host.removeprefix("www.")
