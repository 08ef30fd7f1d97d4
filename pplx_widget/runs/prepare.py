"""From a question and its options to runs of it: what all the ways to ask have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from .. import providers
from ..config import configure, connection, option_names, settings
from ..config.base_url import is_loopback
from ..core import errors
from ..core.events import Event
from ..core.options import Attached, Effort, ReasoningEffort
from ..core.secret import learn_tried
from ..question import attachments
from ..question.request import Request, Search, request
from ..recordings import replay
from .session import Session


class RequestOptions(TypedDict, total=False):
    """What is asked for, by the names that `pplx_widget.ask` documents."""

    context: Any
    effort: Effort | None
    preset: Effort | None
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


class Options(RequestOptions, total=False):
    """The same, and how it is asked."""

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
    """

    request: Request
    provider: Any = None
    timeout: float | tuple[float, float] | None = None
    before: Callable[[], Session] | None = None
    replayed: Any = None

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
        ours = providers.ours(chosen)
        stored = isinstance(chosen, providers.Stored)
        session = Session(
            self.request,
            providers.resolve(chosen, where, self.request),
            heard=heard,
            place=(where.base_url, "agent" if stored else chosen or "agent")
            if ours
            else id(chosen),
            before=self.before and self.before(),
        )
        try:
            if ours and where.written and where.written not in _corrected:
                _corrected.add(where.written)
                session.note(
                    f'The base URL "{where.written}" is that of the retired API; {where.base_url} was '
                    "asked in its place."
                )
            # An object of the user's own has its own way to its service.
            if where.needs_key and ours:
                session.fail(where.missing_key())
            else:
                session.start(
                    paid=not (stored or isinstance(chosen, replay.Replay)),
                    priced=ours and not is_loopback(where.base_url),
                )
            return session  # noqa: TRY300 (an interrupt may come this late)
        except BaseException:  # no caller gets the run, and it costs money
            session.stop()
            raise

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
        # What is kept answers no further question; the service that keeps it does.
        kept = isinstance(self.provider, providers.Stored)
        provider = None if kept else self.provider
        inherited: dict[str, Any] = {"provider": provider, "timeout": self.timeout}
        for field in dataclasses.fields(self.request):
            if field.name in RequestOptions.__annotations__ and field.name not in _OF_ONE_QUESTION:
                value = getattr(self.request, field.name)
                inherited[field.name] = None if value == () else value
        if any(name in options for name in _WHO_ANSWERS):
            inherited = {name: v for name, v in inherited.items() if name not in _WHO_ANSWERS}
        merged: Any = inherited | options
        return dataclasses.replace(prepared(question, **merged), before=before)


# Addresses that some answer has said it of: once is enough.
_corrected: set[str] = set()

_WHO_ANSWERS = ("effort", "preset", "model", "models")
_OF_ONE_QUESTION = ("messages", "images", "files", "context")


def prepared(
    question: str,
    *,
    provider: Any = None,
    timeout: float | tuple[float, float] | None = None,
    **options: Unpack[RequestOptions],
) -> Prepared:
    """Check a question and its options, and return what begins a run of it.

    Raises
    ------
    InvalidRequest
        An option cannot be what it is; nothing was sent.
    """
    defaults = settings()
    if all(options.get(name) is None for name in _WHO_ANSWERS):
        options["effort"], options["model"] = defaults.effort, defaults.model
    read: Any = {
        "images": attachments.images(options.get("images")),
        "files": attachments.files(options.get("files")),
    }
    asked = request(question, **(options | read))
    return Prepared(asked, provider, timeout, replayed=replay.active())


def refuse_unknown(function: str, options: dict[str, Any], known: Iterable[str] = OPTIONS) -> None:
    """Raise where an option is none of those that are known.

    Raises
    ------
    UnknownOption
        Names the nearest one, or where the option belongs.
    """
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
