"""What can go wrong, said so that a person can act on it; and the border where it becomes ours.

Every error has three sentences: what happened, why, and what to try. Nothing from the wire is shown
raw: no HTML, no key, nothing endless. `from_response` and `from_transport` are the one place where an
HTTP status or a failure of the connection becomes one of these; they know no SDK and no HTTP library.
"""

from __future__ import annotations

import difflib
import email.utils
import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, ClassVar

from ._secret import redact
from ._text import clean, shortened
from .render.visible import printable

KEYS_PAGE = "https://console.perplexity.ai"

_LONGEST = 600

# What makes a text HTML: a `<` alone is a sign like any other ("must be < 2").
_TAG = re.compile(r"<(?:!doctype|!--|/?[a-z][a-z0-9-]*(?=[\s/>]))[^<>]*>?", re.IGNORECASE)


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
        Whether it was refused, or not reached, before anything of an answer had come and for a reason
        that may pass: such a question is asked again by itself (``configure(max_retries=…)``).
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

    def __init__(
        self, what: str, why: str = "", try_this: str = "", *, request_id: str | None = None
    ) -> None:
        self.what, self.why, self.try_this = (_presentable(s) for s in (what, why, try_this))
        self.request_id = _presentable(request_id) if request_id else None
        self.retry_after: float | None = None
        self.transient = False
        parts = [s for s in (self.what, self.why, self.try_this) if s]
        # The service's own words often end without a stop.
        ended = [s + "." if s[-1].isalnum() else s for s in parts[:-1]]
        said = " ".join([*ended, *parts[-1:]])
        super().__init__(shortened(said, _LONGEST))

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with the one joined sentence.
        return _rebuild, (type(self), self.what, self.why, self.try_this), self.__dict__

    def _render_traceback_(self) -> list[str]:
        """Return IPython's traceback up to the call of this package.

        What happens inside says nothing to a reader, and the places of our files would be saved into
        the notebook.
        """
        shell = sys.modules["IPython"].get_ipython()
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            type(self), self, _up_to_us(self.__traceback__)
        )
        return lines


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


def from_response(
    status: int, headers: Mapping[str, str], body: Any, *, host: str = "api.perplexity.ai"
) -> PplxError:
    """Return the error that an HTTP answer stands for.

    Parameters
    ----------
    status : int
        The HTTP status.
    headers : mapping
        The response's headers, names in lower case or a case-insensitive mapping.
    body : object
        The body, as bytes or as parsed JSON; anything but JSON (HTML, nothing) is not shown.
    host : str
        Who was asked, for the message.

    Notes
    -----
    Statuses and error types as recorded and documented in November 2026. What is transient is what
    the OpenAI SDK asks again after: 408, 409, 429 and 5xx, unless ``x-should-retry`` says otherwise.
    """
    wait = _wait(status, headers)
    error = _of_status(status, headers, body, host, wait)
    error.retry_after = wait
    should = headers.get("x-should-retry")
    passes = status in (408, 409, 429) or status >= 500  # noqa: PLR2004
    error.transient = should == "true" or (passes and should != "false")
    return error


def _of_status(
    status: int, headers: Mapping[str, str], body: Any, host: str, wait: float | None
) -> PplxError:
    if isinstance(body, bytes):
        body = _parsed(body)
    envelope = body.get("error") if isinstance(body, Mapping) else None
    detail: Mapping[str, Any] = envelope if isinstance(envelope, Mapping) else {}
    if isinstance(envelope, str):  # some gateways
        detail = {"message": envelope}
    if not detail and isinstance(body, Mapping):  # others
        detail = {"message": body.get("detail"), **body}
    said = _said(detail.get("message"))
    kind = detail.get("type")
    request_id = headers.get("x-request-id")
    ours = host == "api.perplexity.ai"
    if kind in ("chat_completions_not_available", "agent_api_migration_required"):
        return EndpointRetired(
            "This endpoint was retired.",
            "Perplexity closed its chat-completions (Sonar) API in September 2026; your key is not "
            "the problem.",
            "Use the Agent API, which is the default here: leave `provider` out, and let `base_url` "
            "be `https://api.perplexity.ai/v1`.",
            request_id=request_id,
        )
    match status:
        case 401:
            return KeyRejected(
                f"{host} did not accept the API key (HTTP 401).",
                "Either the key is wrong or no longer valid, or the account is out of credits: the "
                "API gives the same answer for both."
                if ours
                else said or "The key is not one of this server.",
                (
                    f"Look at your keys and your balance at {KEYS_PAGE}, then "
                    if ours
                    else "Give the key of this server: "
                )
                + '`pplx.configure(api_key="…")` or set `PERPLEXITY_API_KEY`.',
                request_id=request_id,
            )
        case 403:
            return Forbidden(
                f"{host} refused the request (HTTP 403).",
                said or "It gave no reason; a proxy or firewall on the way answers like this too.",
                "Check what your key and your network may do.",
                request_id=request_id,
            )
        case 404:
            return NotFound(
                f"{host} knows nothing at this address (HTTP 404).",
                said or "The base URL is probably wrong.",
                (
                    "The base URL of the Agent API is `https://api.perplexity.ai/v1`"
                    if ours
                    else "Most servers have their API under `/v1`, which belongs to the base URL"
                )
                + "; see what `PERPLEXITY_BASE_URL` and `configure(base_url=…)` say.",
                request_id=request_id,
            )
        case 413:
            return RequestRejected(
                "The request is too large (HTTP 413).",
                said or "The limit is 32 MiB.",
                "Send less: shorter messages, smaller files.",
                request_id=request_id,
            )
        case 429:
            return RateLimited(
                "Too many requests (HTTP 429).",
                said or "The account's rate limit was reached.",
                f"Wait {_in_words(wait)} and try again.",
                request_id=request_id,
            )
        case _ if status >= 500 or status in (408, 409):  # noqa: PLR2004
            return ServiceFailed(
                f"{host} is failing (HTTP {status}).",
                said or "It sent an error page in place of an answer.",
                "Usually this passes: try again in a moment.",
                request_id=request_id,
            )
        case _:
            return RequestRejected(
                f"{host} rejected the request (HTTP {status}).",
                said or "It gave no reason that could be read.",
                _argument_hint(f"{said} {detail.get('param') or ''}"),
                request_id=request_id,
            )


def from_transport(error: BaseException, *, host: str, started: bool) -> PplxError:
    """Return the error that a failure below HTTP stands for.

    Parameters
    ----------
    error : BaseException
        What was raised; its chain of causes is searched for the origin.
    host : str
        Who was asked.
    started : bool
        Whether any of the answer had arrived: then the connection was cut, not refused.
    """
    chain = list(_causes(error))
    names = {type(e).__name__ for e in chain}
    timed_out = any("Timeout" in name for name in names)
    if timed_out and (started or "ReadTimeout" in names):
        return TimedOut(
            f"{host} fell silent.",
            "No data came for longer than the read timeout.",
            "Try again; for slow answers give more time: `timeout=180` (seconds between bytes).",
        )
    if "DecodingError" in names:
        return garbled("Its compression is broken")
    if started:
        return cut(kept=True)
    if "TooManyRedirects" in names:
        return ServiceFailed(
            f"{host} sent no answer.",
            "It redirects from one address to the next without end.",
            "Check the base URL and the network, then try again; `pplx-widget doctor` asks the API.",
        )
    for e in chain:
        if isinstance(e, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(e):
            return ConnectionFailed(
                f"No secure connection to {host}.",
                "Its certificate could not be verified; networks that inspect traffic have a "
                "certificate of their own.",
                "Let `SSL_CERT_FILE` name your organisation's certificates; `pplx-widget doctor` "
                "shows what is set.",
            )
        if isinstance(e, ssl.SSLError):
            return ConnectionFailed(
                f"No secure connection to {host}.",
                "What answers there speaks no TLS, or none that is understood here.",
                "Check the base URL: a server without TLS is asked by `http://`.",
            )
    unreached = _unreached(chain, host, timed_out=timed_out)
    unreached.transient = True
    return unreached


def _parsed(body: bytes) -> Any:
    """Return a body's JSON, or None; some gateways send even an error as a server-sent event."""
    if body.lstrip().startswith(b"data:"):
        body = body.lstrip().splitlines()[0].removeprefix(b"data:")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _unreached(chain: list[BaseException], host: str, *, timed_out: bool) -> PplxError:
    if timed_out:
        return TimedOut(
            f"{host} could not be reached in time.",
            "The connection was not made within the connect timeout.",
            "Check the network, a VPN and the proxy settings (`HTTPS_PROXY`), then try again.",
        )
    for e in chain:
        if isinstance(e, socket.gaierror) or "Name or service not known" in str(e):
            return ConnectionFailed(
                f"There is no host {host}, or no network.",
                "Its name could not be looked up.",
                "Check the base URL and the network; behind a proxy set `HTTPS_PROXY`.",
            )
        # As the kernel says it; as httpx2 does where it was closed in good order, or reset.
        if isinstance(e, ConnectionResetError | BrokenPipeError) or "disconnected" in str(e):
            return ConnectionFailed(
                f"{host} hung up before it answered.",
                "The connection was made and then closed; what stands on the way may do that to one "
                "that is silent for long.",
                "Try again; if it stays, check the network and the proxy settings (`HTTPS_PROXY`).",
            )
    refused = any(
        isinstance(e, ConnectionRefusedError) or "refused" in str(e).lower() for e in chain
    )
    return ConnectionFailed(
        f"{host} refused the connection." if refused else f"{host} could not be reached.",
        "Nothing is listening there."
        if refused
        else "The connection failed before an answer came.",
        "Check the base URL and that the server runs (the samples: `pplx-widget serve`)."
        if refused
        else "Check the network and the proxy settings (`HTTPS_PROXY`), then try again.",
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


def garbled(why: str = "A piece of the stream is not valid JSON") -> ProviderFailed:
    """Return the error of a stream that cannot be read on: what a piece of it said is lost."""
    return ProviderFailed(
        "The answer could not be read.",
        f"{why}; what had arrived before it is kept.",
        "Try again; if it stays, the server or a proxy on the way changes the stream.",
    )


def check_stream(content_type: str, *, host: str) -> None:
    """Raise where an answer with status 200 and without any event is no event stream at all."""
    if not content_type.startswith("text/event-stream"):
        raise no_stream(content_type, host=host)


def no_stream(content_type: str, *, host: str) -> ServiceFailed:
    """Return the error of an answer with status 200 that is no event stream."""
    kind = _said(content_type.partition(";")[0]) or "nothing that has a type"
    return ServiceFailed(
        f"{host} did not answer with a stream.",
        f"It sent {kind} in place of events: this may be a proxy's or a login page.",
        "Check the base URL and the network, then try again; `pplx-widget doctor` asks the API.",
    )


def unforeseen(error: BaseException) -> ProviderFailed:
    """Return the error for an exception that no border foresaw."""
    return ProviderFailed(
        "The answer could not be read.",
        f"{type(error).__name__}: {_said(str(error)) or 'no details'}",
        "Try again; if it stays, please report it with the versions that `pplx-widget doctor` shows.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__


def _said(message: Any) -> str:
    """Return the service's own words where they are words: a page of HTML is not."""
    if not isinstance(message, str) or _TAG.search(message):
        return ""
    # An error is shown in a notebook, which is shared: where a file lies is nobody's business.
    return shortened(_FOLDERS.sub("…", " ".join(message.split())), 280)


def _wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait by the headers; None where they say nothing that can be right."""
    named = {"retry-after-ms": 0.001, "retry-after": 1.0}
    # On every reply: only with this status does it say when to come back.
    for name, unit in (named | ({"x-ratelimit-reset": 1.0} if status == 429 else {})).items():  # noqa: PLR2004
        seconds = _seconds(headers.get(name, "").strip()) * unit
        if 0 < seconds < 86_400:  # noqa: PLR2004 (a day)
            return seconds
    return None


def _seconds(value: str) -> float:
    """Read a number of seconds, a moment in Unix time, or a date; 0 for anything else."""
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value, re.ASCII):
        seconds = float(value)
        return seconds - time.time() if seconds > 1e9 else seconds  # noqa: PLR2004
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _in_words(seconds: float | None) -> str:
    if seconds is None:
        return "a moment"
    return f"{seconds:.0f} s" if seconds >= 1 else "a second"


# The service's words for a field → the argument here that it came from.
_ARGUMENTS = {
    "recency": "search=Search(recency=…)",
    "domain": "search=Search(domains=…)",
    "max_output_tokens": "max_tokens=…",
    "previous_response_id": "the conversation that was continued",
    "reasoning": "reasoning_effort=…",
    "preset": "effort=…",
    "tools": "search=…",
    "model": "model=…",
}


def _argument_hint(said: str) -> str:
    for field, argument in _ARGUMENTS.items():
        if field in said.lower():
            return f"This came from `{argument}`."
    return "Check the options that were given to `ask`."


# The folders of a local path; the paths of an API are short, and begin with a version where not.
_FOLDERS = re.compile(
    r"(?<![\w/:.])/(?!v\d)(?:(?:[^\s/'\"`]+/){2,}|(?:home|root|tmp|usr|var|opt|Users)/)"
    r"|(?<!\w)[A-Za-z]:\\(?:[^\\'\"`]+\\)+|file:///?(?:[^\s/'\"`]+/)+"
)


def _presentable(text: str) -> str:
    # Whatever shows the text, there is nothing in it that could be markup, that a terminal obeys, or that
    # UTF-8 refuses.
    text = redact(printable(clean(text)))
    return _TAG.sub(lambda tag: "\u2039" + tag[0][1:].replace(">", "\u203a"), text).strip()


def _up_to_us(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without what follows on the first frame of this package."""
    if traceback is None or _is_ours(traceback.tb_frame.f_globals.get("__name__", "")):
        return None
    rest = _up_to_us(traceback.tb_next)
    return TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _rebuild(cls: type[PplxError], what: str, why: str, try_this: str) -> PplxError:
    return cls(what, why, try_this)
