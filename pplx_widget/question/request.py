"""A request: a question and its options, checked before anything is sent.

The options have the names that `ask` uses; each provider translates them for its API.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, Self, TypedDict, get_args

from ..core import checks as check
from ..core import efforts, errors
from ..core.options import Attached, ContextSize, Effort, ReasoningEffort, Recency, SearchType
from ..core.secret import learn_tried
from ..core.text import clean
from . import attachments
from .attachments import Attachment
from .context.summary import Summary, summarise
from .extras import ExtraBody, ExtraHeaders, seal
from .schema import Schema
from .schema import schema as schema_of
from .tools import BARE_SITE
from .tools import tools as tools_of

_DOMAINS_MAX = 20
_DOMAIN_MAX = 253  # characters
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
        Sites to search, at most 20; a leading ``-`` excludes a site.
    recency : {"hour", "day", "week", "month", "year"}, optional
        The maximum age of a web page. It excludes ``after`` and ``before``.
    after, before : datetime.date, optional
        The bounds of a web page's publication date.
    updated_after, updated_before : datetime.date, optional
        The bounds of a web page's last update.
    context : {"low", "medium", "high"}, optional
        How much text of the web pages the model reads.
    max_results : int, optional
        The maximum number of results, 1 to 50.
    type : {"web", "fast"}, optional
        The search engine's mode.
    country, region, city : str, optional
        The location to search from: the country as two letters (ISO 3166), the others as names.
    latitude, longitude : float, optional
        The location in degrees, north and east; give both, together with the country.
    required : bool, optional
        Whether the model has to search. Otherwise it may answer without a search.

    Raises
    ------
    InvalidRequest
        A value is invalid; the service would refuse it.

    Notes
    -----
    The fields and limits are those of the Agent API's ``web_search`` tool in the official SDK and
    documentation, November 2026. If no web page passes the filters, the answer has no sources.

    Examples
    --------
    >>> from datetime import date
    >>> import pplx_widget as pplx
    >>> pplx.Search(domains=["europa.eu", "-wikipedia.org"], after=date(2026, 1, 1)).recency
    >>> pplx.Search(recency="fortnight")
    Traceback (most recent call last):
    ...
    pplx_widget.core.errors.InvalidRequest: search recency cannot be 'fortnight'. It must be one of ...
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
    required: bool = False

    def __new__(cls, **options: object) -> Self:
        """Refuse an unknown option with a more helpful error than that of the dataclass."""
        known = [field.name for field in fields(cls)]
        if unknown := [name for name in options if name not in known]:
            learn_tried(options)
            options.clear()
            raise errors.unknown_option("Search", unknown[0], known)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        domains = _tuple("search domains", self.domains, 'a list of sites, such as ["europa.eu"]')
        object.__setattr__(self, "domains", domains)
        self._check_dates()
        if len(self.domains) > _DOMAINS_MAX:
            raise check.invalid("number of search domains", len(self.domains), "at most 20")
        for d in domains:
            if not isinstance(d, str) or not BARE_SITE.fullmatch(d):
                raise check.invalid("search domain", d, 'a bare site, such as "europa.eu"')
            if len(d.removeprefix("-")) > _DOMAIN_MAX:
                raise check.invalid("search domain", d[:60] + "…", "at most 253 characters long")
        check.one_of("search recency", self.recency, get_args(Recency))
        check.one_of("search context", self.context, get_args(ContextSize))
        check.one_of("search type", self.type, get_args(SearchType))
        check.whole_number("search max_results", self.max_results, 1, _RESULTS_MAX)
        if self.country is not None and not re.fullmatch(r"[A-Za-z]{2}", str(self.country)):
            raise check.invalid("search country", self.country, 'two letters, such as "DE"')
        check.text("search region", self.region)
        check.text("search city", self.city)
        check.number("search latitude", self.latitude, -90, 90)
        check.number("search longitude", self.longitude, -180, 180)
        if not isinstance(self.required, bool):
            raise check.invalid("search required", self.required, "True or False")
        given = [self.latitude is not None, self.longitude is not None]
        if any(given) and not (all(given) and self.country):
            raise errors.InvalidRequest(
                "The location of the search is incomplete.",
                "The service accepts latitude and longitude only together, and with a country.",
                'Give all three, such as `country="DE", latitude=52.5, longitude=13.4`.',
            )

    def _check_dates(self) -> None:
        for name in ("after", "before", "updated_after", "updated_before"):
            if isinstance(moment := getattr(self, name), datetime):
                object.__setattr__(self, name, moment.date())
        for name in ("after", "before", "updated_after", "updated_before"):
            if not isinstance(getattr(self, name), date | None):
                allowed = "a date, such as datetime.date(2026, 1, 31)"
                raise check.invalid(f"search {name}", getattr(self, name), allowed)
        if self.recency and (self.after or self.before):
            named = "after" if self.after else "before"
            raise errors.InvalidRequest(
                f"search recency and {named} cannot be given together.",
                "Both bound the date of publication, and the service accepts one of them.",
                f"Leave out `recency` or `{named}`.",
            )
        for first, last in (("after", "before"), ("updated_after", "updated_before")):
            start, end = getattr(self, first), getattr(self, last)
            if start and end and start > end:
                raise check.invalid(f"search {first}", start, f"not later than `{last}` ({end})")


class RequestOptions(TypedDict, total=False):
    """The options of a question as callers pass them, with the names that `ask` documents."""

    context: Any
    effort: Effort | None
    preset: Effort | None  # an alias of effort
    model: str | None
    models: Iterable[str] | None
    instructions: str | None
    messages: Iterable[Mapping[str, Any]] | None
    search: Search | bool | Literal["required"] | None
    tools: Iterable[str | Mapping[str, Any]] | None
    max_tokens: int | None
    max_steps: int | None
    temperature: float | None
    top_p: float | None
    reasoning_effort: ReasoningEffort | None
    language: str | None
    images: Attached | None
    files: Attached | None
    schema: Any
    evidence: bool | None
    background: bool | None
    extra_body: Mapping[str, Any] | None
    extra_headers: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question with its valid options; a `Provider` gets this.

    It accepts the options of `ask`. An option that is not set is None or an empty tuple. These
    attributes differ from the options:

    Attributes
    ----------
    question : str
        The question as asked. Send ``prompt`` instead, which adds the user's data, if any.
    messages : tuple of mapping
        The earlier turns, as ``{"role": …, "content": …}``; a content is a text or a list of parts.
    tools : tuple of mapping
        The service's tools beside the search, each with its ``type`` and its options.
    images, files : tuple of Attachment
        The attachments: bytes with their media type, or an address.
    schema : Schema or None
        The schema to send: ``name`` and ``definition``, a JSON schema. With evidence, it asks for the
        sources of each value.
    evidence : bool or None
        Whether the answer names the sources of each value.
    context : Summary or None
        The summary of the user's data that is sent.
    search : Search or bool or None
        The options of the search; ``"required"`` has become ``Search(required=True)``.
    background : bool or None
        Whether the service continues if the connection is lost, and keeps the response.
    extra_body : ExtraBody or None
        Further fields for the body: a mapping that shows no key.
    extra_headers : ExtraHeaders or None
        Further headers, likewise.
    previous_response_id : str or None
        The id of the answer at the end of ``messages``, if the service may still have it. A provider
        sends either the id or the messages.

    Raises
    ------
    InvalidRequest
        An option is invalid; the error names it and its allowed values.
    """

    question: str
    effort: Effort | None = None
    model: str | None = None
    models: tuple[str, ...] = ()
    instructions: str | None = None
    messages: tuple[Mapping[str, Any], ...] = ()
    search: Search | bool | None = None
    tools: tuple[Mapping[str, Any], ...] = ()
    max_tokens: int | None = None
    max_steps: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    reasoning_effort: ReasoningEffort | None = None
    language: str | None = None
    images: tuple[Attachment, ...] = ()
    files: tuple[Attachment, ...] = ()
    schema: Schema | None = None
    evidence: bool | None = None
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
            # Copied, so that a retry sends the same messages even if the caller changes the list.
            "messages": copy.deepcopy(
                _tuple("messages", self.messages or (), "a list of earlier turns")
            ),
            "tools": tools_of(self.tools),
            "images": attachments.images(self.images),
            "files": attachments.files(self.files),
            "schema": self._schema(),
            "context": None if self.context is None else summarise(self.context),
            "search": Search(required=True) if _is_required(self.search) else self.search,
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
        if self.instructions != "":  # which clears an effort's own instructions
            check.text("instructions", self.instructions)
        check.text("language", self.language)
        check.whole_number("max_tokens", self.max_tokens, _TOKENS_MIN)
        check.whole_number("max_steps", self.max_steps, 1, _STEPS_MAX)
        check.number("temperature", self.temperature, 0, 2)
        check.number("top_p", self.top_p, 0, 1)
        check.flag("background", self.background)

    def _schema(self) -> Schema | None:
        check.flag("evidence", self.evidence)
        schema = schema_of(self.schema)
        plain = schema and (schema.plain or schema)
        if not self.evidence:
            return plain
        if plain is None:
            raise errors.InvalidRequest(
                "evidence=True was given without a schema.",
                "It adds the sources to each value of a structured answer.",
                "Give `schema=…`, or leave `evidence` out.",
            )
        from .wrapped import wrapped  # noqa: PLC0415 (few questions need it)

        return wrapped(plain)

    def _check_who_answers(self) -> None:
        """Check effort, models and search, since not all combinations are valid."""
        efforts.check("effort", self.effort)
        check.text("model", self.model)
        if not all(isinstance(m, str) and m for m in self.models):
            raise check.invalid("models", self.models, "a list of names")
        if len(self.models) > _MODELS_MAX:
            raise check.invalid("number of models", len(self.models), f"at most {_MODELS_MAX}")
        if self.model and self.models:
            raise errors.InvalidRequest(
                "Both model and models were given.",
                "",
                "List all of them in `models`, first choice first.",
            )
        if self.search is not None and not isinstance(self.search, Search | bool):
            allowed = 'True, False, "required" or pplx.Search(…)'
            raise check.invalid("search", self.search, allowed)

    def asking(self, question: str) -> Self:
        """Return the same request with another question; its options were checked already."""
        other = copy.copy(self)
        object.__setattr__(other, "question", clean(question))
        return other

    @property
    def prompt(self) -> str:
        """The full text of this turn: the question and the summary of the user's data."""
        return f"{self.question}\n\n{self.context}" if self.context else self.question


def asked_of(request: Request) -> tuple[str | None, str | None]:
    """Return the effort and the model of a request; the effort is ``"fast"`` if it has neither."""
    extra: Mapping[str, Any] = request.extra_body or {}  # merged last, so it decides
    model = _name(extra.get("model")) or request.model or next(iter(request.models), None)
    effort = _name(extra.get("effort")) or _name(extra.get("preset")) or request.effort
    return (effort or (None if model else "fast")), model


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_required(search: object) -> bool:
    return isinstance(search, str) and search == "required"


def _tuple(name: str, values: Any, allowed: str) -> tuple[Any, ...]:
    """Return the values of a list-like option, given as any iterable."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise check.invalid(name, values, allowed)
    return tuple(values)
