"""What can go wrong, said so that a person can act on it.

Every error has three sentences: what happened, why, and what to try. Nothing from the wire is shown
raw: no HTML, no key, nothing endless.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from ..core.visible import printable
from .secret import redact
from .text import clean, shortened
from .tracebacks import in_ipython

KEYS_PAGE = "https://console.perplexity.ai"

_LONGEST = 600

# What makes a text HTML: a `<` alone is a sign like any other ("must be < 2").
_TAG = re.compile(r"<(?:!doctype|!--|/?[a-z][a-z0-9-]*(?=[\s/>]))[^<>]*>?", re.IGNORECASE)


LINES: Final = ("what", "why", "try_this")
"""The attributes that are shown of an error; its card, its record and its exports go by this list."""

# The classes by their kinds, for errors that come back from a file.
_kinds: dict[str, type[PplxError]] = {}


class PplxError(Exception):
    """The family of every error of this package.

    Attributes
    ----------
    what : str
        What happened.
    why : str
        The reason, as far as it is known; may be empty.
    try_this : str
        What to do about it; code stands in backticks. May be empty.
    request_id : str or None
        The service's name for the request, to quote to its support.
    retry_after : float or None
        Seconds that the service asks to wait before the next try; None where it does not say.
    transient : bool
        Whether the service surely did not take the question, and for a reason that may pass: it could
        not be connected to, or it refused with HTTP 429, or with 503 and ``Retry-After``. Such a
        question is asked again by itself (``configure(max_retries=…)``).
    sent : bool
        Whether the connection failed after the question may have gone out: the service may bill it.
    kind : str
        A stable short name of the cause.
    retry : bool
        Whether asking the same again may help.

    Notes
    -----
    ``str(error)`` is at most 600 characters and holds no HTML and no key.
    """

    kind: ClassVar[str] = "error"
    retry: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # One that is made otherwise cannot be made again from what a record keeps.
        if "kind" in vars(cls) and cls.__init__ is PplxError.__init__:
            _kinds.setdefault(cls.kind, cls)

    def __init__(
        self, what: str, why: str = "", try_this: str = "", *, request_id: str | None = None
    ) -> None:
        self.what, self.why, self.try_this = (_presentable(s) for s in (what, why, try_this))
        self.request_id = _presentable(request_id) if request_id else None
        self.retry_after: float | None = None
        self.transient = self.sent = False
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
        """What is shown of it, a line each in their order; a line that says nothing is left out."""
        told = ((name, getattr(self, name)) for name in LINES)
        return {name: line for name, line in told if line}

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in the place of its own traceback."""
        return in_ipython(self)


class InvalidRequest(PplxError, ValueError):
    """The question or an option is not usable; nothing was sent."""

    kind = "invalid-request"


class UnknownOption(PplxError, TypeError):
    """A keyword that there is not; names the nearest one."""

    kind = "unknown-option"


class MissingKey(PplxError):
    """No API key was found."""

    kind = "no-key"
    retry = True  # once there is one


class BudgetReached(PplxError):
    """The question could pass the budget of `configure`; nothing was sent."""

    kind = "budget-reached"
    retry = True  # once there is more; until then it says the same again


class KeyRejected(PplxError):
    """HTTP 401: the key is invalid, or the account has no credits left (the API does not say which)."""

    kind = "key-rejected"
    retry = True  # with another one


class Forbidden(PplxError):
    """HTTP 403 for another reason than a retired endpoint."""

    kind = "forbidden"


class EndpointRetired(PplxError):
    """HTTP 403: the chat-completions endpoint that every tutorial names has been retired."""

    kind = "endpoint-retired"


class RequestRejected(PplxError):
    """HTTP 400 and the like: the service did not take the request as it was."""

    kind = "request-rejected"


class NotFound(PplxError):
    """HTTP 404: a wrong base URL, or something named that does not exist."""

    kind = "not-found"


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
    """The service could not be reached in time, or fell silent for too long."""

    kind = "timed-out"
    retry = True


class SchemaMismatch(PplxError, ValueError):
    """The answer came whole, and is not in the form that was asked for."""

    kind = "schema-mismatch"
    retry = True


class ProviderFailed(PplxError):
    """Something unforeseen went wrong while the answer was read."""

    kind = "provider-failed"
    retry = True


def of_kind(kind: str) -> type[PplxError]:
    """Return the class of errors that has a kind, wherever it is defined; `PplxError` if none has."""
    return _kinds.get(kind, PplxError)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean 'x'?"`` for the closest known word, or ``""`` where none is close."""
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


def missing_key() -> MissingKey:
    """Return the error of a session without a key, with every way to give it one."""
    return MissingKey(
        "No API key was found.",
        f"Perplexity answers only those who have one; make yours at {KEYS_PAGE}.",
        "Set the environment variable `PERPLEXITY_API_KEY` before Jupyter starts, or call\n"
        '`pplx.configure(api_key="…")`. In Colab, add a secret named `PERPLEXITY_API_KEY`.\n'
        "To try it without a key: run `pplx-widget serve` in a terminal, then\n"
        '`pplx.configure(base_url="http://127.0.0.1:8911/v1")`: scripted samples, offline.',
    )


def cut(*, kept: bool) -> ConnectionCut:
    """Return the error of a stream that ended without its terminal event.

    ``kept`` says whether there is text that came before.
    """
    return ConnectionCut(
        "The connection was cut.",
        "The stream ended before the service said that the answer was complete"
        + ("; what had arrived is kept." if kept else ", and before any of its text."),
        "Try again.",
    )


def garbled(why: str | None = None) -> ProviderFailed:
    """Return the error of a stream that cannot be read on: what a piece of it said is lost."""
    return ProviderFailed(
        "The answer could not be read.",
        f"{why or 'A piece of the stream is not valid JSON'}; what had arrived before it is kept.",
        "Try again; if it stays, the server or a proxy on the way changes the stream.",
    )


def oversized(what: str, most: int, unit: str = "MiB") -> ProviderFailed:
    """Return the error of an answer that passes a bound.

    ``what`` begins the sentence; ``most`` is the bound, in bytes if ``unit`` is ``"MiB"``.
    """
    bound = most // 2**20 if unit == "MiB" else most
    return ProviderFailed(
        "The answer is larger than this package reads.",
        f"{what} has more than {bound} {unit}; what had arrived before it is kept.",
        "Try again; if it stays, the server sends something else than an answer.",
    )


def no_stream(content_type: str, *, host: str, said: str = "") -> ServiceFailed:
    """Return the error of an answer with status 200 that is no event stream.

    ``said`` is what it says, if those are words.
    """
    kind = their_words(content_type.partition(";")[0]) or "nothing that has a type"
    why = f"“{said}”" if said else "this may be a proxy's or a login page"
    return ServiceFailed(
        f"{host} did not answer with a stream.",
        f"It sent {kind} in place of events: {why}.",
        "Check the base URL and the network, then try again; `pplx-widget doctor` asks the API.",
    )


def unforeseen(error: BaseException) -> ProviderFailed:
    """Return the error for an exception that no border foresaw."""
    return ProviderFailed(
        "The answer could not be read.",
        f"{type(error).__name__}: {their_words(str(error)) or 'no details'}",
        "Try again; if it stays, please report it with the versions that `pplx-widget doctor` shows.",
    )


def their_words(message: Any) -> str:
    """Return the service's own words where they are words: a page of HTML is not."""
    if not isinstance(message, str) or _TAG.search(message):
        return ""
    # An error is shown in a notebook, which is shared: where a file lies is nobody's business.
    return shortened(_FOLDERS.sub("…", " ".join(message.split())), 280)


# The folders of a local path; the paths of an API are short, and begin with a version where not.
_FOLDERS = re.compile(
    r"(?<![\w/:.])/(?!v\d)(?:(?:[^\s/'\"`]+/){2,}|(?:home|root|tmp|usr|var|opt|Users)/)"
    r"|(?<!\w)[A-Za-z]:\\(?:[^\\'\"`]+\\)+|file:///?(?:[^\s/'\"`]+/)+"
)


def _presentable(text: str) -> str:
    # Nothing in it can be markup, is obeyed by a terminal, or is refused by UTF-8.
    text = redact(printable(clean(text)))
    return _TAG.sub(lambda tag: "\u2039" + tag[0][1:].replace(">", "\u203a"), text).strip()


def _rebuild(cls: type[PplxError], what: str, why: str, try_this: str) -> PplxError:
    return cls(what, why, try_this)
