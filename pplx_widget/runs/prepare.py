"""Checks of a question and its options, shared by all functions that ask."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ..config import Connection, configure, connection, option_names, settings
from ..config.base_url import in_the_clear, is_loopback, origin, over_tls
from ..config.settings import check_cache, no_store
from ..core import checks, errors
from ..core.events import Event
from ..core.secret import learn_tried
from ..core.words import say
from ..providers import Provider, describe, instead
from ..question.extras import seal
from ..question.request import Request, RequestOptions, Search
from .ledger import Ledger
from .session import Session

if TYPE_CHECKING:
    from .keeping import Keeping


class Options(RequestOptions, total=False):
    """The options of a question, with how it is asked."""

    provider: Any
    timeout: float | tuple[float, float] | None
    cache: str | timedelta | bool | None
    refresh: bool | None


OPTIONS = tuple(sorted(Options.__annotations__))


@dataclass(frozen=True)
class Way:
    """How a question is asked: the server, and the provider that asks it.

    Attributes
    ----------
    where : Connection
        The server and its key.
    provider : object
        The provider that was chosen: a name, a `Raw` or an object.
    make : callable
        Makes the provider.
    place : hashable
        Identifies the service.
    keyed, paid : bool
        As for `providers.Described`.
    priced : bool
        Whether Perplexity's prices apply.
    missing_key : MissingKey or None
        The error, if a key is needed and missing.
    keeping : Keeping or None
        The store for the answer.
    """

    where: Connection
    provider: Any
    make: Callable[[], Awaitable[Provider]]
    place: Hashable
    keyed: bool
    paid: bool
    priced: bool
    missing_key: errors.MissingKey | None
    keeping: Keeping | None


@dataclass(frozen=True)
class Prepared:
    """A checked question; each call starts a run of it.

    Attributes
    ----------
    request : Request
        The question and its options.
    provider, timeout : object
        The provider and the timeout; None for those of the settings when the run starts.
    before : callable or None
        Returns the run of the previous question in the conversation, or None if it was withdrawn.
    replayed : object
        The replay that was active when the question was asked.
    headers_for : str or None
        The server that ``extra_headers`` were given for; they go to no other one.
    cache : str, timedelta, bool or None
        The highest age of an answer of the store; None for that of the settings.
    refresh : bool
        Whether the first run asks the service in any case.
    ledgers : tuple of Ledger
        The ledgers of the conversation, beside that of the process.
    """

    request: Request
    provider: Any = None
    timeout: float | tuple[float, float] | None = None
    before: Callable[[], Session | None] | None = None
    replayed: Any = None
    headers_for: str | None = None
    cache: str | timedelta | bool | None = None
    refresh: bool = False
    ledgers: tuple[Ledger, ...] = ()

    def __call__(
        self, heard: Callable[[Event], None] | None = None, /, *, refresh: bool = False
    ) -> Session:
        """Start a run; ``heard(event)`` is called after each event, on the background thread.

        ``refresh`` asks the service in any case, as a retry does.

        Raises
        ------
        InvalidRequest
            The provider cannot send this request.
        """
        way = self.way(refresh=refresh)
        where = way.where
        session = Session(
            self.request,
            way.make,
            heard=heard,
            place=way.place,
            before=self.before,
            keeping=way.keeping,
            ledgers=self.ledgers,
        )
        try:
            if way.keyed and where.written and where.written not in _corrected:
                _corrected.add(where.written)
                session.note(say("notice.base_url", written=where.written, asked=where.base_url))
            session.start(paid=way.paid, priced=way.priced, refused=way.missing_key)
            return session  # noqa: TRY300 (an interrupt can arrive here)
        except BaseException:  # the caller does not get the run, which costs money
            session.stop()
            raise

    def way(self, *, refresh: bool = False, store: Path | None = None) -> Way:
        """Return how the question is asked now.

        Looked up for each run, so that a retry uses a key or server that was set in the meantime.

        Parameters
        ----------
        refresh : bool
            Whether the service is asked in any case.
        store : Path, optional
            The store; by default that of the settings, which keeps no recordings.

        Raises
        ------
        InvalidRequest
            The provider cannot send this request.
        """
        where = connection(self.timeout)
        chosen = self.provider if self.provider is not None else settings().provider
        # A retry of a replayed answer uses the replay again, even after the replay has ended: users do
        # not expect it to cost money.
        chosen = instead.active() or self.replayed or chosen
        described = describe(chosen)
        described.check(self.request)
        if described.keyed:
            self.check_headers(where)
        lacks = described.keyed and where.needs_key and not _brings_key(self.request)
        return Way(
            where,
            chosen,
            functools.partial(described.make, where),
            described.place(where),
            keyed=described.keyed,
            paid=described.paid,
            priced=described.keyed and not is_loopback(where.base_url),
            missing_key=where.missing_key() if lacks else None,
            keeping=self._keeping(chosen, where, store, refresh=refresh or self.refresh),
        )

    def _keeping(
        self, provider: Any, where: Connection, store: Path | None, *, refresh: bool
    ) -> Keeping | None:
        """Return what the store does for a run; None if there is no store for it."""
        described = describe(provider)
        path = store or (settings().store if described.keyed or described.paid else None)
        if path is None:
            return None
        from .keeping import Keeping, place_of  # noqa: PLC0415 (few set a store)

        place = place_of(provider, where)
        cache = settings().cache if self.cache is None else check_cache(self.cache)
        if self.cache and not place.exact:
            raise errors.InvalidRequest(
                "`cache=` does not work with this provider.",
                "Two objects of its class may ask different models, so equal questions to them are "
                "not the same.",
                'Name what it asks in an attribute: `server = "my model"`.',
            )
        return Keeping(path, place, None if refresh else cache)

    def check_headers(self, where: Connection) -> None:
        """Raise `InvalidRequest` if the extra headers were given for another server."""
        headers = self.request.extra_headers
        if not headers:
            return
        asked = origin(where.base_url)
        if self.headers_for not in (None, asked):
            raise errors.InvalidRequest(
                f"The extra headers were given for {self.headers_for}.",
                f"This question goes to {asked}, and a header may hold a key.",
                "Give them again: `extra_headers={…}`.",
            )
        if headers.secret and in_the_clear(where.base_url):
            raise errors.InvalidRequest(
                f"The extra headers are not sent to {asked}.",
                "One of them holds a key, and others on the way could read it.",
                f'Use https: `pplx.configure(base_url="{over_tls(where.base_url)}")`.',
            )

    def then(
        self,
        question: str,
        before: Callable[[], Session | None],
        **options: Unpack[Options],
    ) -> Prepared:
        """Check a follow-up question in the same conversation, and return a callable that runs it.

        Parameters
        ----------
        question : str
            The follow-up question.
        before : callable
            Returns the run of this question that the conversation continues.
        **options
            The options of `prepared`; the others keep their values of this question. ``effort``,
            ``model`` and ``models`` belong together: giving one of them resets the others.

        Raises
        ------
        InvalidRequest
            As for any question; nothing was sent.
        """
        if options.get("messages") is not None:
            raise errors.InvalidRequest(
                "A follow-up question takes no messages.",
                "Its earlier messages are those of the conversation.",
                "To start another conversation, call `pplx.ask(…, messages=[…])`.",
            )
        only_fetched = describe(self.provider).one_answer
        changes: dict[str, Any] = {
            "provider": None if only_fetched else self.provider,
            "timeout": self.timeout,
            "cache": self.cache,
            **dict.fromkeys(_OF_ONE_QUESTION),
            **(dict.fromkeys(_WHO_ANSWERS) if any(n in options for n in _WHO_ANSWERS) else {}),
            # Without a schema there is nothing to give evidence for.
            **({"evidence": False} if options.get("schema", self) is None else {}),
            **options,
        }
        return _prepared(question, changes, self, before)

    def again(self, question: str, **options: Unpack[Options]) -> Prepared:
        """Check another question in the place of this one; options that are not given stay.

        Raises
        ------
        InvalidRequest
            As for any question; nothing was sent.
        """
        changes: dict[str, Any] = {
            "provider": self.provider,
            "timeout": self.timeout,
            **(dict.fromkeys(_WHO_ANSWERS) if any(n in options for n in _WHO_ANSWERS) else {}),
            **options,
        }
        return _prepared(question, changes, self, self.before)


class Loaded(Prepared):
    """The question of an answer from a file, which does not contain its options."""

    def __call__(
        self,
        _heard: Callable[[Event], None] | None = None,
        /,
        *,
        refresh: bool = False,  # noqa: ARG002
    ) -> Session:
        """Refuse a retry."""
        lines = "error.from_file.what", "error.from_file.why", "error.from_file.try"
        raise errors.told(errors.InvalidRequest, *lines)


# Retired base URLs for which an answer has already carried the notice.
_corrected: set[str] = set()

_WHO_ANSWERS = ("effort", "preset", "model", "models")
_OF_ONE_QUESTION = ("messages", "images", "files", "context", "previous_response_id")


def prepared(question: str, **options: Unpack[Options]) -> Prepared:
    """Check a question and its options, and return a callable that runs it.

    Raises
    ------
    InvalidRequest
        The question is empty or an option has an invalid value; nothing was sent.
    """
    return _prepared(question, dict(options))


def _prepared(
    question: str,
    options: dict[str, Any],
    earlier: Prepared | None = None,
    before: Callable[[], Session | None] | None = None,
) -> Prepared:
    """Check a question; options that are not given come from the ``earlier`` question."""
    seal(options)
    last = earlier.request if earlier else None
    if not isinstance(question, str) or not question.strip():
        what = "is empty" if question is None or isinstance(question, str) else "is not text"
        raise errors.InvalidRequest(
            f"The question {what}.",
            "" if what == "is empty" else "Data belongs beside a question, in `context=…`.",
            'Ask something, for example `pplx.ask("What is HTTP/3?")`.',
        )
    provider, timeout = options.pop("provider", None), options.pop("timeout", None)
    cache, refresh = options.pop("cache", None), options.pop("refresh", None)
    checks.flag("refresh", refresh)
    if check_cache(cache) and not settings().store:
        raise no_store("cache")
    _read_preset(options)
    named = [options.get(name, getattr(last, name, None)) for name in _WHO_ANSWERS]
    if all(value is None or value == () for value in named):
        defaults = settings()
        options |= {"effort": defaults.effort, "model": defaults.model}
    options["question"] = question
    asked = Request(**options) if last is None else dataclasses.replace(last, **options)
    headers_for = earlier.headers_for if earlier else None
    if options.get("extra_headers"):
        headers_for = origin(connection(open_stores=False).base_url)
    return Prepared(
        asked,
        provider,
        timeout,
        before,
        instead.active(),
        headers_for,
        cache,
        bool(refresh),
        earlier.ledgers if earlier else (),
    )


def _brings_key(request: Request) -> bool:
    """Return whether the extra headers contain a key, so that no other key is needed."""
    return request.extra_headers is not None and request.extra_headers.secret


def _read_preset(options: dict[str, Any]) -> None:
    """Replace ``preset``, the other name of the effort, with ``effort``."""
    preset, effort = options.pop("preset", None), options.get("effort")
    if preset is None:
        return
    if effort not in (None, preset):
        raise errors.InvalidRequest(
            f"effort={checks.written(effort)} and preset={checks.written(preset)} contradict each "
            "other.",
            "Both name the same option.",
            "Give only one of them.",
        )
    options["effort"] = preset


def refuse_unknown(function: str, options: dict[str, Any], known: Iterable[str] = OPTIONS) -> None:
    """Raise an error if an option is unknown.

    Raises
    ------
    UnknownOption
        Names the most similar option, or the place where the option belongs.
    """
    if set(options) & {"extra_body", "extra_headers"} & set(known):
        seal(options)
    if unknown := [name for name in options if name not in known]:
        # An unknown option may hold a misplaced key. Its value is registered as a secret and removed
        # before raising, so that no traceback shows it.
        learn_tried({name: options[name] for name in unknown})
        options.clear()
        raise unknown_option(function, unknown[0], known)


def unknown_option(function: str, name: str, known: Iterable[str]) -> errors.UnknownOption:
    """Return the error for an unknown keyword of a function; it says where the keyword belongs."""
    if name in option_names(configure):
        why, how = "It is a setting of the whole kernel.", f"Call `pplx.configure({name}=…)`."
    elif name in {field.name for field in dataclasses.fields(Search)}:
        why, how = "It is an option of the search.", f"Pass `search=pplx.Search({name}=…)`."
    else:
        return errors.unknown_option(function, name, known)
    return errors.UnknownOption(f"{function}() has no option {name!r}.", why, how)
