"""The checks of the connection to the service: proxies, certificates, the key, the API."""

from __future__ import annotations

import os
import re
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from ... import config
from ...config.base_url import is_loopback, is_perplexity, proxied
from ...core.errors import KEYS_PAGE, InvalidRequest, PplxError, RateLimited, ServiceFailed
from ...core.http_errors import from_response, from_transport
from .check import Check, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_SECONDS = httpx2.Timeout(8.0, connect=4.0)


def proxies() -> list[Check]:
    """Check the proxy settings, and whether they affect a server on this machine."""
    variables = [v for name in _PROXIES for v in (name, name.lower()) if os.environ.get(v)]
    shown = "; ".join(f"{v}={masked(os.environ[v])}" for v in variables)
    checks = [Check("proxy", "ok", shown or "none set")]
    url = _base_url()
    if url is not None and is_loopback(url) and proxied(url):
        found = f"{url} is on this machine, but a proxy is configured for it"
        checks.append(Check("proxy", "warn", found, f"Set NO_PROXY={urlsplit(url).hostname}"))
    return checks


def masked(value: str) -> str:
    """Return a proxy setting without its user name and password."""
    # Up to the last @, because a password that is not percent-encoded may contain one.
    return re.sub(r"^([a-z][a-z0-9+.-]*://)?.*@", r"\1***@", value, flags=re.IGNORECASE | re.DOTALL)


def certificates() -> Check:
    """Check the file of certificates, if one is set."""
    path = os.environ.get("SSL_CERT_FILE", "")
    if not path:
        found = "SSL_CERT_FILE is not set; the built-in certificates are used"
        return Check("certificates", "ok", found)
    advice = "Set SSL_CERT_FILE to a readable file of PEM certificates, or unset it."
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        found = f"SSL_CERT_FILE={path}: not a file of PEM certificates"
        return Check("certificates", "fail", found, advice)
    except OSError as error:
        found = f"SSL_CERT_FILE={path}: {error.strerror or 'cannot be read'}"
        return Check("certificates", "fail", found, advice)
    return Check("certificates", "ok", f"SSL_CERT_FILE={path}")


def key() -> Check:
    """Check for a key and name its origin; the key itself is never shown."""
    try:
        connection = config.connection()
    except PplxError as error:
        return _unusable("API key", error)
    if connection.key:
        return Check("API key", "ok", f"found in {connection.key_from}")
    kept = connection.withheld
    if not connection.needs_key:
        found = f"the key from {kept.key_from} is for {kept.owner}" if kept else "no key found"
        return Check("API key", "ok", f"{found}; none is needed for {connection.base_url}")
    if kept is None and is_perplexity(connection.base_url):
        return Check(
            "API key",
            "warn",
            "none found",
            f"Create a key at {KEYS_PAGE} and set PERPLEXITY_API_KEY. `pplx-widget demo` needs no "
            "key.",
        )
    return _unusable("API key", connection.missing_key())


def api() -> Check:
    """Check the API with the cheapest request, the list of models."""
    try:
        connection = config.connection()
    except PplxError as error:
        return _unusable("API", error)
    url, host = connection.base_url, connection.host
    headers = {"Accept": "application/json"}
    if connection.key:
        headers["Authorization"] = f"Bearer {connection.key.reveal()}"
    try:
        with httpx2.Client(timeout=_SECONDS) as client:
            answer = client.get(f"{url}/models", headers=headers)
    # An unusable proxy or certificate file raises the errors that are not an HTTPError.
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        problem = from_transport(error, host=host, started=False)
        # An offline machine is not an error.
        level: Level = "fail" if is_loopback(url) or _is_tls(error) else "warn"
        return Check("API", level, f"{problem.what} {problem.why}", problem.try_this)
    return _judge(answer, url, host, asked_with_key=bool(connection.key))


def _judge(answer: httpx2.Response, url: str, host: str, *, asked_with_key: bool) -> Check:
    body = _json(answer)
    if answer.is_success and isinstance(body, dict):
        return Check("API", "ok", f"{url} answers")
    if answer.is_success or answer.is_redirect:
        return Check(
            "API",
            "fail",
            f"{url} answers, but is not the API (HTTP {answer.status_code})",
            "Check the base URL. A proxy or the login page of a network may have answered instead.",
        )
    problem = from_response(answer.status_code, answer.headers, body, host=host)
    if answer.status_code == HTTPStatus.UNAUTHORIZED and not asked_with_key:
        return Check("API", "ok", f"{url} answers (asked without a key)")
    # Too many requests, or a failure of the service: these are temporary.
    level: Level = "warn" if isinstance(problem, RateLimited | ServiceFailed) else "fail"
    return Check("API", level, f"{problem.what} {problem.why}", problem.try_this)


def _json(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _base_url() -> str | None:
    try:
        return config.connection().base_url
    except InvalidRequest:  # `key` and `api` report it
        return None


def _unusable(name: str, error: PplxError) -> Check:
    return Check(name, "fail", f"{error.what} {error.why}".strip(), error.try_this)


def _is_tls(error: BaseException) -> bool:
    return any(isinstance(e, ssl.SSLError) or "CERTIFICATE" in str(e) for e in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
