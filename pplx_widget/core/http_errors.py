"""The border where an HTTP status or a failure of the connection becomes an error of ours.

It knows no SDK and no HTTP library: exceptions of theirs are known by the names of their classes.
"""

from __future__ import annotations

import email.utils
import re
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Mapping
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
)


def from_response(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    *,
    host: str = "api.perplexity.ai",
    extra: Collection[str] = (),
) -> PplxError:
    """Return the error that an HTTP answer stands for.

    Parameters
    ----------
    status : int
        The HTTP status.
    headers : mapping
        The response's headers, names in lower case or a case-insensitive mapping.
    body : object
        The body, as bytes or as parsed JSON; HTML is not shown.
    host : str
        Who was asked, for the message.
    extra : collection of str
        The fields that the request has by ``extra_body``.

    Notes
    -----
    Statuses and error types as recorded and documented in November 2026. A question is asked again
    only after a refusal: behind every other status (408, 500, 504, 522, …) the service may be at work
    on it, and bills it.
    """
    said = error_bodies.read(body)
    error = _of_status(status, said, headers, host, extra)
    error.retry_after = _wait(status, headers)
    refused = status == 429 or (status == 503 and error.retry_after is not None)  # noqa: PLR2004
    may_pass = headers.get("x-should-retry") != "false" and not said.out_of_credits
    error.transient = refused and may_pass
    return error


def reported(body: Any, *, host: str) -> PplxError:
    """Return the error that a response with HTTP 200 reports in its stream or in place of one.

    Parameters
    ----------
    body : object
        What reports it: parsed JSON or text.
    host : str
        Who was asked, for the message.
    """
    said = error_bodies.read(body)
    if said.status not in (None, 500):
        return _of_status(said.status or 500, said, None, host, ())
    return ServiceFailed(
        "The service reported that the answer failed.",
        their_words(said.message),
        "Usually this passes: try again in a moment.",
    )


def _of_status(
    status: int,
    body: ErrorBody,
    headers: Mapping[str, str] | None,
    host: str,
    extra: Collection[str],
) -> PplxError:
    """Return the error of a status; without ``headers`` it is not HTTP's but the body's own."""
    http = f" (HTTP {status})" if headers is not None else ""
    headers = headers or {}
    said = their_words(body.message)
    request_id = headers.get("x-request-id")
    ours = host == "api.perplexity.ai"
    if body.type in ("chat_completions_not_available", "agent_api_migration_required"):
        return EndpointRetired(
            "This endpoint was retired.",
            "Perplexity closed its chat-completions (Sonar) API in September 2026; your key is not "
            "the problem.",
            "Use the Agent API, which is the default here: leave `provider` out, and let `base_url` "
            "be `https://api.perplexity.ai/v1`.",
            request_id=request_id,
        )
    if status == 402 or body.out_of_credits:  # noqa: PLR2004
        kind = RateLimited if status == 429 else RequestRejected  # noqa: PLR2004
        return kind(
            f"The account's quota at {host} is used up{http}.",
            said or "The server asks for a payment.",
            f"Add credits at {KEYS_PAGE}, then ask again."
            if ours
            else "Add credits or raise the limit there, then ask again.",
            request_id=request_id,
        )
    match status:
        case _ if 300 <= status < 400 and (address := _address(headers.get("location"))):  # noqa: PLR2004
            return NotFound(
                f"{host} sends elsewhere{http}.",
                f"It names `{address}`. The question was not sent there: it may be another host.",
                f'If that is the right one: `pplx.configure(base_url="{_base(address)}", api_key="…")`.'
                if "://" in address
                else "Check the base URL.",
                request_id=request_id,
            )
        case 401:
            return KeyRejected(
                f"{host} did not accept the API key{http}.",
                "Either the key is wrong or no longer valid, or the account is out of credits: the "
                "API gives the same answer for both."
                if ours
                else said or "The key is not one of this server.",
                f"Look at your keys and your balance at {KEYS_PAGE}, then "
                '`pplx.configure(api_key="…")` or set `PERPLEXITY_API_KEY`.'
                if ours
                else 'Give the key of this server: `pplx.configure(api_key="…", base_url="…")`.',
                request_id=request_id,
            )
        case 403:
            return Forbidden(
                f"{host} refused the request{http}.",
                said or "It gave no reason; a proxy or firewall on the way answers like this too.",
                "Check what your key and your network may do.",
                request_id=request_id,
            )
        case 404 if said and body.unknown_model:
            return NotFound(
                f"{host} does not have this model{http}.",
                said,
                "Check `model=…`; `pplx.models()` lists the names that the server knows. A server on "
                "your machine may have to download a model first.",
                request_id=request_id,
            )
        case 404:
            return NotFound(
                f"{host} knows nothing at this address{http}.",
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
                f"The request is too large{http}.",
                said or ("The limit is 32 MiB." if ours else f"It is more than {host} takes."),
                "Send less: shorter messages, smaller files.",
                request_id=request_id,
            )
        case 429:
            return RateLimited(
                f"Too many requests{http}.",
                said or "The account's rate limit was reached.",
                f"Wait {_in_words(_wait(status, headers))} and try again.",
                request_id=request_id,
            )
        case _ if status >= 500 or status in (408, 409):  # noqa: PLR2004
            return ServiceFailed(
                f"{host} is failing{http}.",
                said or "It sent an error page in place of an answer.",
                "Usually this passes: try again in a moment.",
                request_id=request_id,
            )
        case _:
            return RequestRejected(
                f"{host} rejected the request{http}.",
                said or "It gave no reason that could be read.",
                _argument_hint(f"{said} {body.param}", extra),
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
    surely_not_taken = bool(names & _NOT_CONNECTED)
    if timed_out and (started or not surely_not_taken):
        return TimedOut(
            f"{host} fell silent.",
            "No data came for longer than the read timeout.",
            "Try again; for slow answers give more time: `timeout=180` (seconds between bytes).",
        )
    if started:
        return cut(kept=True)
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
    unreached.transient, unreached.sent = surely_not_taken, not surely_not_taken
    return unreached


# What httpx, httpx2 and the system raise before a request has been sent.
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
    """Return the seconds to wait by the headers; None where they say nothing that can be right."""
    named = {"retry-after-ms": 0.001, "retry-after": 1.0}
    # On every reply: only with this status does it say when to come back.
    for name, unit in (named | ({"x-ratelimit-reset": 1.0} if status == 429 else {})).items():  # noqa: PLR2004
        seconds = _seconds(headers.get(name, "").strip())
        if seconds is not None and abs(seconds * unit) < 86_400:  # noqa: PLR2004 (a day)
            return max(0.0, seconds * unit)
    return None


def _seconds(value: str) -> float | None:
    """Read a number of seconds, a moment in Unix time, or a date; None for anything else."""
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", value, re.ASCII):
        seconds = float(value)
        return seconds - time.time() if seconds > 1e9 else seconds  # noqa: PLR2004
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError, OSError):
        return None


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


def _argument_hint(said: str, extra: Collection[str]) -> str:
    for field in extra:
        if re.search(rf"(?<!\w){re.escape(field)}(?!\w)", said):
            return f"This came from `extra_body={{{field!r}: …}}`."
    for field, argument in _ARGUMENTS.items():
        if field in said.lower():
            return f"This came from `{argument}`."
    return "Check the options that were given to `ask`."
