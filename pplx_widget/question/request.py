"""What is asked: the question and its options, checked before a byte is sent.

Names here are the names of `ask`; what a provider makes of them on the wire is the provider's matter.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self, TypedDict, get_args

from ..core import checks as check
from ..core import errors
from ..core.options import Attached, ContextSize, Effort, ReasoningEffort, Recency, SearchType
from ..core.secret import learn_tried
from ..core.text import clean
from . import attachments
from .attachments import Attachment
from .context.summary import Summary, summarise
from .extras import ExtraBody, ExtraHeaders, seal
from .schema import Schema
from .schema import schema as schema_of

_DOMAINS_MAX = 20
_RESULTS_MAX = 50
_STEPS_MAX = 100
_TOKENS_MIN = 16
_MODELS_MAX = 5
_ROLES = ("user", "assistant", "system", "developer")


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to search the web.

    Parameters
    ----------
    domains : sequence of str, optional
        Sites to search, at most 20; a leading ``-`` leaves a site out.
    recency : {"hour", "day", "week", "month", "year"}, optional
        How old a page may be.
    after, before : datetime.date, optional
        Bounds of a page's date of publication.
    updated_after, updated_before : datetime.date, optional
        Bounds of a page's last update.
    context : {"low", "medium", "high"}, optional
        How much of the pages the model gets to read.
    max_results : int, optional
        1 to 50.
    type : {"web", "fast"}, optional
        The search engine's mode.
    country, region, city : str, optional
        Where to search from: the country in two letters (ISO 3166), the others by name.
    latitude, longitude : float, optional
        The same in degrees, north and east; both, and together with the country.

    Raises
    ------
    InvalidRequest
        A value that the service would refuse.

    Notes
    -----
    Fields and limits of the Agent API's ``web_search`` tool, November 2026, as the official SDK's types
    and documentation have them. Where the filters let no page through, an answer has no sources.

    Examples
    --------
    >>> from datetime import date
    >>> import pplx_widget as pplx
    >>> pplx.Search(domains=["europa.eu", "-wikipedia.org"], after=date(2026, 1, 1)).recency
    >>> pplx.Search(recency="fortnight")
    Traceback (most recent call last):
    ...
    pplx_widget.core.errors.InvalidRequest: search recency cannot be 'fortnight'. It is one of ...
    """

    domains: tuple[str, ...] | list[str] = ()
    recency: Recency | None = None
    after: date | None = None
    before: date | None = None
    updated_after: date | None = None
    updated_before: date | None = None
    context: ContextSize | None = None
    max_results: int | None = None
    type: SearchType | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    def __new__(cls, **options: object) -> Self:
        """Refuse a misspelt option before the dataclass does so less helpfully."""
        known = [field.name for field in fields(cls)]
        if unknown := [name for name in options if name not in known]:
            learn_tried(options)
            options.clear()
            raise errors.unknown_option("Search", unknown[0], known)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        domains = _tuple("search domains", self.domains, 'a list of sites, such as ["europa.eu"]')
        object.__setattr__(self, "domains", domains)
        for name in ("after", "before", "updated_after", "updated_before"):
            if isinstance(moment := getattr(self, name), datetime):
                object.__setattr__(self, name, moment.date())
        if len(self.domains) > _DOMAINS_MAX:
            raise check.invalid("number of search domains", len(self.domains), "at most 20")
        for d in domains:
            if not isinstance(d, str) or not re.fullmatch(r"-?[^\s/:-][^\s/:]*", d):
                raise check.invalid("search domain", d, 'a bare site, such as "europa.eu"')
        check.one_of("search recency", self.recency, get_args(Recency))
        check.one_of("search context", self.context, get_args(ContextSize))
        check.one_of("search type", self.type, get_args(SearchType))
        check.whole_number("search max_results", self.max_results, 1, _RESULTS_MAX)
        for name in ("after", "before", "updated_after", "updated_before"):
            if not isinstance(getattr(self, name), date | None):
                allowed = "a date, such as datetime.date(2026, 1, 31)"
                raise check.invalid(f"search {name}", getattr(self, name), allowed)
        for first, last in (("after", "before"), ("updated_after", "updated_before")):
            start, end = getattr(self, first), getattr(self, last)
            if start and end and start > end:
                raise check.invalid(f"search {first}", start, f"not later than {last} ({end})")
        if self.country is not None and not re.fullmatch(r"[A-Za-z]{2}", str(self.country)):
            raise check.invalid("search country", self.country, 'two letters, such as "DE"')
        check.text("search region", self.region)
        check.text("search city", self.city)
        check.number("search latitude", self.latitude, -90, 90)
        check.number("search longitude", self.longitude, -180, 180)
        given = [self.latitude is not None, self.longitude is not None]
        if any(given) and not (all(given) and self.country):
            raise errors.InvalidRequest(
                "A latitude or a longitude stands alone.",
                "The service takes the two together, and with the country.",
                'Give all three, such as `country="DE", latitude=52.5, longitude=13.4`.',
            )


class RequestOptions(TypedDict, total=False):
    """The options of a question as callers give them, by the names that `ask` documents."""

    context: Any
    effort: Effort | None
    preset: Effort | None  # another name for the effort
    model: str | None
    models: Iterable[str] | None
    instructions: str | None
    messages: Iterable[Mapping[str, Any]] | None
    search: Search | bool | None
    max_tokens: int | None
    max_steps: int | None
    temperature: float | None
    top_p: float | None
    reasoning_effort: ReasoningEffort | None
    language: str | None
    images: Attached | None
    files: Attached | None
    schema: Any
    background: bool | None
    extra_body: Mapping[str, Any] | None
    extra_headers: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question with its options, all of them valid; what a `Provider` is given.

    The options are those of `ask`, and are taken in the same ways; None, or an empty tuple, where
    nothing was said. Otherwise:

    Attributes
    ----------
    question : str
        As it was put. What is to be sent is ``prompt``: the question, and its data where there is any.
    messages : tuple of mapping
        The turns before it, as ``{"role": …, "content": …}``; a content is a text or a list of parts.
    images, files : tuple of Attachment
        Read and known: bytes with their media type, or an address.
    schema : Schema or None
        The form that the answer is to have: ``name`` and ``definition``, a JSON schema.
    context : Summary or None
        What goes out of the asker's data.
    background : bool or None
        Whether the service goes on when the connection is lost, and keeps the response.
    extra_body : ExtraBody or None
        Further fields for the body: a mapping that shows no key.
    extra_headers : ExtraHeaders or None
        Further headers, likewise.
    previous_response_id : str or None
        The answer that ``messages`` end with, where the service may remember it: a provider sends
        either.

    Raises
    ------
    InvalidRequest
        Says which option is wrong and what it may be.
    """

    question: str
    effort: Effort | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    instructions: str | None = None
    messages: tuple[Mapping[str, Any], ...] = ()
    search: Search | bool | None = None
    max_tokens: int | None = None
    max_steps: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    reasoning_effort: ReasoningEffort | None = None
    language: str | None = None
    images: tuple[Attachment, ...] = ()
    files: tuple[Attachment, ...] = ()
    schema: Schema | None = None
    context: Summary | None = None
    background: bool | None = None
    extra_body: ExtraBody | None = None
    extra_headers: ExtraHeaders | None = None
    previous_response_id: str | None = None

    def __post_init__(self) -> None:
        extras: dict[str, Any] = {n: getattr(self, n) for n in ("extra_body", "extra_headers")}
        seal(extras)
        read: dict[str, Any] = {
            **extras,
            "question": clean(self.question),
            "models": _tuple(
                "models", self.models or (), "a list of names; for a single one use `model`"
            ),
            # Copied, since a retry asks what was asked.
            "messages": copy.deepcopy(
                _tuple("messages", self.messages or (), "a list of earlier turns")
            ),
            "images": attachments.images(self.images),
            "files": attachments.files(self.files),
            "schema": schema_of(self.schema),
            "context": None if self.context is None else summarise(self.context),
        }
        for name, value in read.items():
            object.__setattr__(self, name, value)
        self._check_who_answers()
        for turn in self.messages:
            if not (
                isinstance(turn, Mapping) and turn.get("role") in _ROLES and turn.get("content")
            ):
                raise check.invalid("a message", turn, '{"role": "user", "content": "…"}')
        check.one_of("reasoning_effort", self.reasoning_effort, get_args(ReasoningEffort))
        check.text("instructions", self.instructions)
        check.text("language", self.language)
        check.whole_number("max_tokens", self.max_tokens, _TOKENS_MIN)
        check.whole_number("max_steps", self.max_steps, 1, _STEPS_MAX)
        check.number("temperature", self.temperature, 0, 2)
        check.number("top_p", self.top_p, 0, 1)
        check.flag("background", self.background)

    def _check_who_answers(self) -> None:
        """Check effort, models and search, which go together in some ways only."""
        check.one_of("effort", self.effort, get_args(Effort))
        check.text("model", self.model)
        if not all(isinstance(m, str) and m for m in self.models):
            raise check.invalid("models", self.models, "a list of names")
        if len(self.models) > _MODELS_MAX:
            raise check.invalid("number of models", len(self.models), f"at most {_MODELS_MAX}")
        if self.model and self.models:
            raise errors.InvalidRequest(
                "Both model and models were given.",
                "",
                "Put them all into `models`, first choice first.",
            )
        if self.search is not None and not isinstance(self.search, Search | bool):
            raise check.invalid("search", self.search, "True, False or pplx.Search(…)")
        if self.search is False and (self.effort or not (self.model or self.models)):
            raise errors.InvalidRequest(
                "search=False needs a model, and no effort.",
                "An effort is a preset of the service that searches by itself.",
                'Name a model, for example `model="perplexity/sonar"`.',
            )

    @property
    def prompt(self) -> str:
        """The question, and what goes out with it: all that is said in this turn."""
        return f"{self.question}\n\n{self.context}" if self.context else self.question


def _tuple(name: str, values: Any, allowed: str) -> tuple[Any, ...]:
    """Return the values of a list-like option, whatever kind of iterable it is."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise check.invalid(name, values, allowed)
    return tuple(values)
