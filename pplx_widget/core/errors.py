"""The errors of this package, each with what a person can do about it.

An error has up to three lines: what happened, why, and what to try. Nothing from the wire is shown raw:
an error holds no HTML and no key, and is short.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, ClassVar, Final, TypeVar

from . import words
from .secret import redact
from .text import clean, shortened
from .tracebacks import in_ipython
from .visible import printable

KEYS_PAGE = "https://console.perplexity.ai"

_LONGEST = 600

# What makes a text HTML: a `<` alone is an ordinary character ("must be < 2").
_TAG = re.compile(r"<(?:!doctype|!--|/?[a-z][a-z0-9-]*(?=[\s/>]))[^<>]*>?", re.IGNORECASE)


LINES: Final = ("what", "why", "try_this")
"""The attributes of an error that are shown, in order: on its card, in its record, in exports."""

# Classes by their kinds, for errors that are read from a file.
_kinds: dict[str, type[PplxError]] = {}


class PplxError(Exception):
    """The base class of every error of this package.

    Attributes
    ----------
    what : str
        What happened.
    why : str
        The reason, if it is known; may be empty.
    try_this : str
        What to do about it; code is in backticks. May be empty.
    request_id : str or None
        The service's name for the request, to quote to its support.
    retry_after : float or None
        Seconds to wait before the next try, as the service asks; None if it does not say.
    transient : bool
        Whether the service certainly did not accept the question, for a reason that may pass: no
        connection, HTTP 429, or HTTP 503 with ``Retry-After``. Such a question is asked again
        automatically (``configure(max_retries=…)``).
    sent : bool
        Whether the connection failed after the question may have gone out: the service may bill it.
    said : str
        The service's own words, if it gave any.
    field : str
        The field that the service names beside its words; ``""`` if it names none.
    kind : str
        A stable short name of the cause.
    retry : bool
        Whether asking the same again may help.

    Notes
    -----
    ``str(error)`` is at most 600 characters and holds no HTML and no key.
    """

    kind: ClassVar[str] = "error"
    retry: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A class with another constructor cannot be made again from a record.
        if "kind" in vars(cls) and cls.__init__ is PplxError.__init__:
            _kinds.setdefault(cls.kind, cls)

    def __init__(
        self, what: str, why: str = "", try_this: str = "", *, request_id: str | None = None
    ) -> None:
        self.what, self.why, self.try_this = (_presentable(s) for s in (what, why, try_this))
        self.request_id = _presentable(request_id) if request_id else None
        self.retry_after: float | None = None
        self.transient = self.sent = False
        self.said = self.field = ""
        parts = [*self.lines.values()]
        # The service's own words often end without a stop.
        ended = [s + "." if s[-1].isalnum() else s for s in parts[:-1]]
        said = " ".join([*ended, *parts[-1:]])
        super().__init__(shortened(said, _LONGEST))

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the one joined sentence.
        return _rebuild, (type(self), self.what, self.why, self.try_this), self.__dict__

    @property
    def lines(self) -> dict[str, str]:
        """The lines that are shown, by name and in order, without empty ones."""
        told = ((name, getattr(self, name)) for name in LINES)
        return {name: line for name, line in told if line}

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of its own traceback."""
        return in_ipython(self)


class InvalidRequest(PplxError, ValueError):
    """The question or an option is invalid; nothing was sent."""

    kind = "invalid-request"


class UnknownOption(PplxError, TypeError):
    """An unknown keyword; the error names the closest known one."""

    kind = "unknown-option"


class MissingKey(PplxError):
    """No API key was found."""

    kind = "no-key"
    retry = True  # with a key


class BudgetReached(PplxError):
    """The question could exceed the budget of `configure`; nothing was sent."""

    kind = "budget-reached"
    retry = True  # with a higher budget


class KeyRejected(PplxError):
    """HTTP 401: the key is invalid, or the account has no credits left (the API does not say which)."""

    kind = "key-rejected"
    retry = True  # with another key


class Forbidden(PplxError):
    """HTTP 403, except for a retired endpoint."""

    kind = "forbidden"


class EndpointRetired(PplxError):
    """HTTP 403: the chat-completions endpoint, which many tutorials use, was retired."""

    kind = "endpoint-retired"


class RequestRejected(PplxError):
    """HTTP 400 and similar: the service rejected the request."""

    kind = "request-rejected"


class NotFound(PplxError):
    """HTTP 404: the base URL is wrong, or the request names something that does not exist."""

    kind = "not-found"


class NotRecorded(PplxError):
    """The question is not in the recording."""

    kind = "not-recorded"


class RateLimited(PplxError):
    """HTTP 429: too many requests in a short time."""

    kind = "rate-limited"
    retry = True


class ServiceFailed(PplxError):
    """The service failed: HTTP 5xx, or a run that it reports as failed."""

    kind = "service-failed"
    retry = True


class ConnectionFailed(PplxError):
    """The service could not be reached."""

    kind = "connection-failed"
    retry = True


class ConnectionCut(PplxError):
    """The stream ended before the answer did."""

    kind = "connection-cut"
    retry = True


class TimedOut(PplxError, TimeoutError):
    """The service could not be reached in time, or stopped responding."""

    kind = "timed-out"
    retry = True


class SchemaMismatch(PplxError, ValueError):
    """The answer is complete but does not fit its schema."""

    kind = "schema-mismatch"
    retry = True


class StoreFailed(PplxError):
    """The file of `configure`'s ``store`` cannot be used, or did not take an answer."""

    kind = "store-failed"


class ProviderFailed(PplxError):
    """An unexpected error while the answer was read."""

    kind = "provider-failed"
    retry = True


def of_kind(kind: str) -> type[PplxError]:
    """Return the class of errors with a kind; `PplxError` if there is none."""
    return _kinds.get(kind, PplxError)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean 'x'?"`` for the closest known word, or ``""`` if none is close."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else ""


def unknown_option(function: str, name: str, known: Iterable[str]) -> UnknownOption:
    """Return the error for a keyword that a function does not have."""
    known = sorted(known)
    return UnknownOption(
        f"{function}() has no option {name!r}.",
        nearest(name, known),
        f"The options are: {', '.join(known)}.",
    )


E = TypeVar("E", bound="PplxError")


def told(
    kind: type[E],
    what: str,
    why: str = "",
    try_this: str = "",
    /,
    *,
    said: str = "",
    request_id: str | None = None,
    **blanks: object,
) -> E:
    """Return an error with its lines in the current language.

    Parameters
    ----------
    kind : type
        Its class.
    what, why, try_this : str
        The ids of its lines (see `words.say`); ``""`` for no line.
    said : str
        The service's own words; if not empty, they replace the second line.
    request_id : str, optional
        The service's name for the request.
    **blanks
        Values for the blanks of the lines.
    """
    lines = [words.say(id_, **blanks) if id_ else "" for id_ in (what, why, try_this)]
    return kind(lines[0], said or lines[1], lines[2], request_id=request_id)


def missing_key() -> MissingKey:
    """Return the error of a session without a key, with every way to give it one."""
    return told(
        MissingKey, "error.no_key.what", "error.no_key.why", "error.no_key.try", page=KEYS_PAGE
    )


def cut(*, kept: bool) -> ConnectionCut:
    """Return the error of a stream that ended without its terminal event.

    ``kept`` says whether some of the text had arrived.
    """
    why = "error.cut.kept" if kept else "error.cut.nothing"
    return told(ConnectionCut, "error.cut.what", why, "error.try_again")


def forked() -> PplxError:
    """Return the error of an answer in a forked child: its run exists only in the parent."""
    lines = "error.forked.what", "error.forked.why", "error.forked.try"
    return told(PplxError, *lines)


def garbled(why: str = "error.garbled.piece", *, message: str = "") -> ProviderFailed:
    """Return the error of an unreadable stream; ``why`` is the id of the second line."""
    return told(ProviderFailed, "error.garbled.what", why, "error.garbled.try", message=message)


def oversized(why: str, most: int) -> ProviderFailed:
    """Return the error of an answer that exceeds a limit.

    ``why`` is the id of the second line, ``most`` the limit in the unit that this line names.
    """
    limit = words.thousands(most)
    return told(ProviderFailed, "error.oversized.what", why, "error.oversized.try", n=limit)


def no_stream(content_type: str, *, host: str, message: str = "") -> ServiceFailed:
    """Return the error of a response with status 200 that is not an event stream.

    ``message`` is its own message, or ``""``.
    """
    kind = their_words(content_type.partition(";")[0]) or words.say("error.no_stream.untyped")
    return told(
        ServiceFailed,
        "error.no_stream.what",
        "error.no_stream.said" if message else "error.no_stream.why",
        "error.no_stream.try",
        host=host,
        type=kind,
        message=message,
    )


def unforeseen(error: BaseException) -> ProviderFailed:
    """Return the error for an unexpected exception."""
    return told(
        ProviderFailed,
        "error.garbled.what",
        "error.unforeseen.why",
        "error.unforeseen.try",
        error=type(error).__name__,
        details=their_words(str(error)) or words.say("error.unforeseen.no_details"),
    )


def their_words(message: Any) -> str:
    """Return the service's own message; ``""`` if it is not text or is a page of HTML."""
    if not isinstance(message, str) or _TAG.search(message):
        return ""
    # A notebook is shared, so its errors must not show where files lie.
    return shortened(_FOLDERS.sub("…", " ".join(message.split())), 280)


# The folders of a local path. The paths of an API are short or begin with a version.
_FOLDERS = re.compile(
    r"(?<![\w/:.])/(?!v\d)(?:(?:[^\s/'\"`]+/){2,}|(?:home|root|tmp|usr|var|opt|Users)/)"
    r"|(?<!\w)[A-Za-z]:\\(?:[^\\'\"`]+\\)+|file:///?(?:[^\s/'\"`]+/)+"
)


def _presentable(text: str) -> str:
    # Without markup, without control characters of a terminal, and valid UTF-8.
    text = redact(printable(clean(text)))
    return _TAG.sub(lambda tag: "\u2039" + tag[0][1:].replace(">", "\u203a"), text).strip()


def _rebuild(cls: type[PplxError], what: str, why: str, try_this: str) -> PplxError:
    return cls(what, why, try_this)
