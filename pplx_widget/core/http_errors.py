"""Errors of this package from HTTP statuses and from failures of the connection.

The module imports no SDK and no HTTP library: it knows their exceptions by the names of the classes.
"""

from __future__ import annotations

import email.utils
import errno
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from . import error_bodies
from .error_bodies import ErrorBody
from .errors import (
    KEYS_PAGE,
    ConnectionFailed,
    EndpointRetired,
    Forbidden,
    KeyRejected,
    NotFound,
    PplxError,
    RateLimited,
    RequestRejected,
    ServiceFailed,
    TimedOut,
    cut,
    their_words,
    told,
)
from .secret import redact
from .words import say


def from_response(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    *,
    host: str = "api.perplexity.ai",
    extra: Collection[str] = (),
) -> PplxError:
    """Return the error for an HTTP response.

    Parameters
    ----------
    status : int
        The HTTP status.
    headers : mapping
        The response's headers, names in lower case or a case-insensitive mapping.
    body : object
        The body, as bytes or as parsed JSON; HTML is not shown.
    host : str
        The host that was asked, for the message.
    extra : collection of str
        The fields that the request has from ``extra_body``.

    Notes
    -----
    Statuses and error types are those of November 2026, recorded and documented. Only a refusal counts
    as transient: after any other status (408, 500, 504, 522, …) the service may still answer the
    question and bill it.
    """
    parsed = error_bodies.read(body)
    wait = _wait(status, headers)
    error = _of_status(status, parsed, headers, host, extra=extra, wait=wait)
    error.retry_after = wait
    error.said, error.field = redact(their_words(parsed.message)), redact(parsed.param)
    refused = status == 429 or (status == 503 and wait is not None)  # noqa: PLR2004
    may_pass = headers.get("x-should-retry") != "false" and not parsed.out_of_credits
    error.transient = refused and may_pass
    if status == 402:  # noqa: PLR2004
        error.retry = True  # with new credits
    return error


def reported(body: Any, *, host: str) -> PplxError:
    """Return the error that a response with HTTP 200 reports in its stream or in place of a stream.

    Parameters
    ----------
    body : object
        The report: parsed JSON or text.
    host : str
        The host that was asked, for the message.
    """
    parsed = error_bodies.read(body)
    if parsed.status not in (None, 500):
        return _of_status(parsed.status or 500, parsed, None, host)
    lines = "error.reported.what", "", "error.try_later"
    return told(ServiceFailed, *lines, said=their_words(parsed.message))


def _of_status(
    status: int,
    body: ErrorBody,
    headers: Mapping[str, str] | None,
    host: str,
    *,
    extra: Collection[str] = (),
    wait: float | None = None,
) -> PplxError:
    """Return the error of a status: that of HTTP, or the body's own if ``headers`` is None."""
    http = say("error.http", status=status) if headers is not None else ""
    headers = headers or {}
    said = their_words(body.message)
    request_id = headers.get("x-request-id")
    ours = host == "api.perplexity.ai"
    if body.type in ("chat_completions_not_available", "agent_api_migration_required"):
        lines = "error.retired.what", "error.retired.why", "error.retired.try"
        return told(EndpointRetired, *lines, request_id=request_id)
    if 300 <= status < 400 and (address := _address(headers.get("location"))):  # noqa: PLR2004
        how = "error.redirect.try" if "://" in address else "error.check_base_url"
        return told(
            NotFound,
            *("error.redirect.what", "error.redirect.why", how),
            request_id=request_id,
            host=host,
            http=http,
            address=address,
            base=_base(address),
        )
    error, lines, blanks = _refusal(status, body, wait, ours=ours)
    if error is KeyRejected and ours:
        said = ""  # it names only one of two causes
    if lines[0] == "error.rejected.what":
        how, blanks["argument"] = _argument_hint(f"{said} {body.param}", extra)
        lines = *lines[:2], how
    return told(error, *lines, said=said, request_id=request_id, host=host, http=http, **blanks)


def _refusal(
    status: int, body: ErrorBody, wait: float | None, *, ours: bool
) -> tuple[type[PplxError], tuple[str, str, str], dict[str, Any]]:
    """Return the class of the error for a refusal, the ids of its lines, and their values."""
    if status == 402 or body.out_of_credits:  # noqa: PLR2004
        how = "error.quota.ours.try" if ours else "error.quota.try"
        error = RateLimited if status == 429 else RequestRejected  # noqa: PLR2004
        return error, ("error.quota.what", "error.quota.why", how), {"page": KEYS_PAGE}
    if status == 401 and ours:  # noqa: PLR2004
        lines = "error.key_rejected.ours.why", "error.key_rejected.ours.try"
        return KeyRejected, ("error.key_rejected.what", *lines), {"page": KEYS_PAGE}
    if status == 404 and body.message and body.unknown_model:  # noqa: PLR2004
        return NotFound, ("error.no_model.what", "", "error.no_model.try"), {}
    if status == 404 and ours:  # noqa: PLR2004
        lines = "error.not_found.why", "error.not_found.ours.try"
        return NotFound, ("error.not_found.what", *lines), {}
    if status == 413 and ours:  # noqa: PLR2004
        lines = "error.too_large.ours.why", "error.too_large.try"
        return RequestRejected, ("error.too_large.what", *lines), {}
    if status == 429:  # noqa: PLR2004
        how = "error.rate.try.moment" if wait is None else "error.rate.try"
        if wait is not None and wait < 1:
            how = "error.rate.try.second"
        return RateLimited, ("error.rate.what", "error.rate.why", how), {"n": f"{wait or 0:.0f}"}
    if status in _REFUSALS:
        return *_REFUSALS[status], {}
    if status >= 500 or status in (408, 409):  # noqa: PLR2004
        return ServiceFailed, ("error.service.what", "error.service.why", "error.try_later"), {}
    lines = "error.rejected.why", "error.rejected.try"
    return RequestRejected, ("error.rejected.what", *lines), {}


_REFUSALS: dict[int, tuple[type[PplxError], tuple[str, str, str]]] = {
    401: (
        KeyRejected,
        ("error.key_rejected.what", "error.key_rejected.why", "error.key_rejected.try"),
    ),
    403: (Forbidden, ("error.forbidden.what", "error.forbidden.why", "error.forbidden.try")),
    404: (NotFound, ("error.not_found.what", "error.not_found.why", "error.not_found.try")),
    413: (RequestRejected, ("error.too_large.what", "error.too_large.why", "error.too_large.try")),
}


def from_transport(error: BaseException, *, host: str, started: bool) -> PplxError:
    """Return the error for a failure below HTTP.

    Parameters
    ----------
    error : BaseException
        The exception; its chain of causes is searched for the origin.
    host : str
        The host that was asked.
    started : bool
        Whether part of the answer had arrived: then the connection was cut and not refused.
    """
    chain = list(_causes(error))
    names = {type(e).__name__ for e in chain}
    timed_out = any("Timeout" in name for name in names)
    surely_not_taken = bool(names & _NOT_CONNECTED)
    if timed_out and (started or not surely_not_taken):
        lines = "error.silent.what", "error.silent.why", "error.silent.try"
        return told(TimedOut, *lines, host=host)
    if started:
        return cut(kept=True)
    for e in chain:
        if type(e).__name__ in _OF_A_PAGE:
            return _of_a_page(e, host)
        if isinstance(e, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(e):
            return told(
                ConnectionFailed,
                "error.insecure.what",
                "error.insecure.certificate.why",
                "error.insecure.certificate.try",
                host=host,
            )
        if isinstance(e, ssl.SSLError):
            lines = "error.insecure.what", "error.insecure.tls.why", "error.insecure.tls.try"
            return told(ConnectionFailed, *lines, host=host)
    unreached = _unreached(chain, host, timed_out=timed_out)
    unreached.transient, unreached.sent = surely_not_taken, not surely_not_taken
    return unreached


# The exceptions of `providers.fetch`. The server may have received the question.
_OF_A_PAGE = ("FetchFailed", "FetchRedirected")


def _of_a_page(error: BaseException, host: str) -> PplxError:
    if type(error).__name__ == "FetchRedirected":
        lines = "error.page.redirect.what", "error.page.redirect.why", "error.page.redirect.try"
        return told(NotFound, *lines, host=host)
    how = "error.page.ours.try" if host == "api.perplexity.ai" else "error.page.try"
    origin = getattr(error, "origin", "") or "ORIGIN"
    refused = told(
        ConnectionFailed, "error.page.what", "error.page.why", how, host=host, origin=origin
    )
    refused.sent = True
    return refused


# The exceptions of httpx, httpx2 and the system before a request has been sent.
_NOT_CONNECTED = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "ConnectionRefusedError",
        "PoolTimeout",
        "ProxyError",
        "gaierror",
    }
)


def _address(location: str | None) -> str:
    """Return the address that a redirect names, without a user, a query or a fragment in it."""
    found = re.fullmatch(
        r"((?:https?:)?//)?(?:[^/?#@]*@)?([^?#]*).*", location or "", re.IGNORECASE
    )
    address = f"{found[1] or ''}{found[2]}" if found else ""
    return address if re.fullmatch(r"[!-_a-~]{1,200}", address) else ""


def _base(address: str) -> str:
    """Return the base URL of an endpoint's address."""
    return re.sub(r"/(?:responses|chat/completions|models)/?\Z", "", address)


_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


def _unreached(chain: list[BaseException], host: str, *, timed_out: bool) -> PplxError:
    if timed_out:
        lines = "error.slow_connect.what", "error.slow_connect.why", "error.slow_connect.try"
        return told(TimedOut, *lines, host=host)
    if any(isinstance(e, OSError) and e.errno in _TOO_MANY_FILES for e in chain):
        lines = "error.files.what", "error.files.why", "error.files.try"
        return told(ConnectionFailed, *lines, host=host)
    for e in chain:
        if isinstance(e, socket.gaierror) or "Name or service not known" in str(e):
            lines = "error.no_host.what", "error.no_host.why", "error.no_host.try"
            return told(ConnectionFailed, *lines, host=host)
        # The system raises the first two. httpx2 says "disconnected" after an orderly close or a reset.
        if isinstance(e, ConnectionResetError | BrokenPipeError) or "disconnected" in str(e):
            lines = "error.hung_up.what", "error.hung_up.why", "error.hung_up.try"
            return told(ConnectionFailed, *lines, host=host)
    if any(isinstance(e, ConnectionRefusedError) or "refused" in str(e).lower() for e in chain):
        lines = "error.refused.what", "error.refused.why", "error.refused.try"
        return told(ConnectionFailed, *lines, host=host)
    lines = "error.unreached.what", "error.unreached.why", "error.unreached.try"
    return told(ConnectionFailed, *lines, host=host)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__


def _wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait by the headers; None if they name no plausible time."""
    named = {"retry-after-ms": 0.001, "retry-after": 1.0}
    now = server_time(headers)
    # Every reply has this header; only with status 429 does it say when to come back.
    for name, unit in (named | ({"x-ratelimit-reset": 1.0} if status == 429 else {})).items():  # noqa: PLR2004
        seconds = seconds_until(headers.get(name, "").strip(), now)
        if seconds is not None and abs(seconds * unit) < 86_400:  # noqa: PLR2004 (a day)
            return max(0.0, seconds * unit)
    return None


def server_time(headers: Mapping[str, str]) -> float:
    """Return the Unix time by the ``Date`` of a response, or else by this machine's clock.

    That clock may be wrong by minutes.
    """
    there = _moment(headers.get("date", ""))
    return time.time() if there is None else there


def seconds_until(value: str, now: float) -> float | None:
    """Read seconds, a Unix time in seconds or milliseconds, or a date; None for anything else.

    Parameters
    ----------
    value : str
        The value of a header.
    now : float
        The Unix time from which a time counts.
    """
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value, re.ASCII):
        seconds = float(value)
        if seconds > 1e11:  # noqa: PLR2004 (in seconds, the year 5138)
            seconds /= 1000
        return seconds - now if seconds > 1e9 else seconds  # noqa: PLR2004
    at = _moment(value)
    return None if at is None else at - now


def _moment(value: str) -> float | None:
    """Return the Unix time of a date as HTTP or ISO 8601 writes it."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(value)
            return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    return None


# The service's name for a field → the argument of `ask` that it came from.
_ARGUMENTS = {
    "recency": "search=Search(recency=…)",
    "domain": "search=Search(domains=…)",
    "last_updated_after": "search=Search(updated_after=…)",
    "last_updated_before": "search=Search(updated_before=…)",
    "search_after_date": "search=Search(after=…)",
    "search_before_date": "search=Search(before=…)",
    "max_output_tokens": "max_tokens=…",
    "max_tool_calls": "search=False",
    "tool_choice": 'search="required"',
    "reasoning": "reasoning_effort=…",
    "preset": "effort=…",
    "effort": "effort=…",
    "instructions": "instructions=…",
    "tools": "search=…",
    "model": "model=…",
}


def _argument_hint(said: str, extra: Collection[str]) -> tuple[str, str]:
    """Return the id of the line that says where a rejected field came from, and the argument."""
    for field in extra:
        if re.search(rf"(?<!\w){re.escape(field)}(?!\w)", said):
            return "error.rejected.argument", f"extra_body={{{field!r}: …}}"
    said = said.lower()
    if "previous_response_id" in said:
        return "error.rejected.conversation", ""
    for field, argument in _ARGUMENTS.items():
        if field in said:
            return "error.rejected.argument", argument
    return "error.rejected.try", ""
