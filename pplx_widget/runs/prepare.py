"""From a question and its options to runs of it: what all the ways to ask have in common."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Unpack

from ..config import Connection, configure, connection, option_names, settings
from ..config.base_url import in_the_clear, is_loopback, origin, over_tls
from ..core import errors
from ..core.events import Event
from ..core.secret import learn_tried
from ..providers import describe
from ..question.extras import seal
from ..question.request import Request, RequestOptions, Search
from ..recordings import replay
from .session import Session


class Options(RequestOptions, total=False):
    """The options of a question, and how it is asked."""

    provider: Any
    timeout: float | tuple[float, float] | None


# Their names.
OPTIONS = tuple(sorted(Options.__annotations__))


@dataclass(frozen=True)
class Prepared:
    """A question that was checked: begins a run of it when called, as often as wanted.

    Attributes
    ----------
    request : Request
        The question and its options.
    provider, timeout : object
        How it is asked; None as the settings say at the time.
    before : callable or None
        Gives the run of the question before it in a conversation.
    replayed : object
        The replay that was on when it was asked.
    headers_for : str or None
        The server that ``extra_headers`` were given for; they go to no other one.
    """

    request: Request
    provider: Any = None
    timeout: float | tuple[float, float] | None = None
    before: Callable[[], Session] | None = None
    replayed: Any = None
    headers_for: str | None = None

    def __call__(self, heard: Callable[[Event], None] | None = None, /) -> Session:
        """Begin a run; ``heard(event)`` is called after each event, on the background thread.

        Raises
        ------
        InvalidRequest
            The provider cannot send what is asked.
        """
        # Looked up anew for each run: a key or a server set since the first one counts for a retry.
        where = connection(self.timeout)
        chosen = self.provider if self.provider is not None else settings().provider
        # An answer of a replay is asked again there, even when the replay is over: nobody would expect
        # that to cost money.
        chosen = replay.active() or self.replayed or chosen
        described = describe(chosen)
        described.check(self.request)
        if described.keyed:
            self.check_headers(where)
        session = Session(
            self.request,
            functools.partial(described.make, where),
            heard=heard,
            place=described.place(where),
            before=self.before and self.before(),
        )
        try:
            if described.keyed and where.written and where.written not in _corrected:
                _corrected.add(where.written)
                session.note(
                    f'The base URL "{where.written}" is that of the retired API; {where.base_url} was '
                    "asked in its place."
                )
            if described.keyed and where.needs_key and not _brings_key(self.request):
                session.fail(where.missing_key())
            else:
                session.start(
                    paid=described.paid,
                    priced=described.keyed and not is_loopback(where.base_url),
                )
            return session  # noqa: TRY300 (an interrupt may come this late)
        except BaseException:  # no caller gets the run, and it costs money
            session.stop()
            raise

    def check_headers(self, where: Connection) -> None:
        """Raise `InvalidRequest` if further headers would reach whoever they were not given for."""
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
        self, question: str, before: Callable[[], Session], **options: Unpack[Options]
    ) -> Prepared:
        """Check a further question in the same conversation, and return what begins a run of it.

        Parameters
        ----------
        question : str
            What else there is to know.
        before : callable
            Gives the run of this question that the conversation goes on from.
        **options
            Those of `prepared`; what is not given is as it was for this question. What answers
            (effort, model, models) is one thing here: naming one leaves out the others.

        Raises
        ------
        InvalidRequest
            As for any question; nothing was sent.
        """
        if options.get("messages") is not None:
            raise errors.InvalidRequest(
                "A further question takes no messages.",
                "What was said before it is the conversation.",
                "For another one: `pplx.ask(…, messages=[…])`.",
            )
        only_fetched = describe(self.provider).one_answer
        changes: dict[str, Any] = {
            "provider": None if only_fetched else self.provider,
            "timeout": self.timeout,
            **dict.fromkeys(_OF_ONE_QUESTION),
            **(dict.fromkeys(_WHO_ANSWERS) if any(n in options for n in _WHO_ANSWERS) else {}),
            **options,
        }
        return _prepared(question, changes, self, before)


# Addresses that some answer has said it of: once is enough.
_corrected: set[str] = set()

_WHO_ANSWERS = ("effort", "preset", "model", "models")
_OF_ONE_QUESTION = ("messages", "images", "files", "context", "previous_response_id")


def prepared(question: str, **options: Unpack[Options]) -> Prepared:
    """Check a question and its options, and return what begins a run of it.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option cannot be what it is; nothing was sent.
    """
    return _prepared(question, dict(options))


def _prepared(
    question: str,
    options: dict[str, Any],
    earlier: Prepared | None = None,
    before: Callable[[], Session] | None = None,
) -> Prepared:
    """Do so; what is not given is as in the ``earlier`` question."""
    seal(options)
    last = earlier.request if earlier else None
    if not isinstance(question, str) or not question.strip():
        what = "is empty" if question is None or isinstance(question, str) else "is no text"
        raise errors.InvalidRequest(
            f"The question {what}.",
            "" if what == "is empty" else "Data goes along with one: `context=…`.",
            'Ask something: `pplx.ask("What is HTTP/3?")`.',
        )
    provider, timeout = options.pop("provider", None), options.pop("timeout", None)
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
    return Prepared(asked, provider, timeout, before, replay.active(), headers_for)


def _brings_key(request: Request) -> bool:
    """Return whether further headers hold a key, in the place of the one that would be looked for."""
    return request.extra_headers is not None and request.extra_headers.secret


def _read_preset(options: dict[str, Any]) -> None:
    """Put the effort where its other name was used."""
    preset, effort = options.pop("preset", None), options.get("effort")
    if preset is None:
        return
    if effort not in (None, preset):
        raise errors.InvalidRequest(
            f"effort={effort!r} and preset={preset!r} contradict each other.",
            "They are two names for one thing.",
            "Give one of them.",
        )
    options["effort"] = preset


def refuse_unknown(function: str, options: dict[str, Any], known: Iterable[str] = OPTIONS) -> None:
    """Raise where an option is none of those that are known.

    Raises
    ------
    UnknownOption
        Names the nearest one, or where the option belongs.
    """
    if set(options) & {"extra_body", "extra_headers"} & set(known):
        seal(options)
    if unknown := [name for name in options if name not in known]:
        # Known and emptied before anything is raised: a traceback that shows the call or its variables
        # shows no misplaced key.
        learn_tried({name: options[name] for name in unknown})
        options.clear()
        raise unknown_option(function, unknown[0], known)


def unknown_option(function: str, name: str, known: Iterable[str]) -> errors.UnknownOption:
    """Return the error for a keyword that a way to ask does not have, saying where it belongs."""
    if name in option_names(configure):
        why, how = "It belongs to the settings of the session.", f"Call `pplx.configure({name}=…)`."
    elif name in {field.name for field in dataclasses.fields(Search)}:
        why, how = "It belongs to the search.", f"Give it there: `search=pplx.Search({name}=…)`."
    else:
        return errors.unknown_option(function, name, known)
    return errors.UnknownOption(f"{function}() has no option {name!r}.", why, how)
