"""Where the key, the base URL and the defaults come from.

`configure` merges into the settings of this process; an argument of `ask` wins over them, and they win
over the environment. `connection` looks everything up anew for each question, so that a key set in the
next cell counts.
"""

from __future__ import annotations

import importlib
import inspect
import ipaddress
import math
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, get_args
from urllib.parse import urlsplit

from .core import checks, errors
from .core.options import Effort, ProviderName
from .core.secret import Secret

DEFAULT_BASE_URL = "https://api.perplexity.ai/v1"
_API_HOST = "api.perplexity.ai"
_MOST_RETRIES = 10
_KEY_VARIABLES = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")


class Unchanged(Enum):
    """Stands for what was not given where None says something."""

    UNCHANGED = "unchanged"

    def __repr__(self) -> str:
        return "<unchanged>"


@dataclass(frozen=True)
class Timeout:
    """Seconds to wait.

    A stream may take minutes as a whole, so there is no limit on the whole: ``connect`` is short,
    since a host that does not answer at once rarely does later; ``read`` is the longest silence
    between two pieces of the stream.
    """

    connect: float = 5.0
    read: float = 60.0


@dataclass(frozen=True)
class Settings:
    """What `configure` has set; None where it has not."""

    api_key: Secret | None = None
    base_url: str | None = None
    written: str | None = None
    provider: Any = None
    model: str | None = None
    effort: Effort | None = None
    timeout: Timeout | None = None
    max_retries: int = 2
    check: bool = False
    budget: float | None = None


@dataclass(frozen=True)
class Connection:
    """Where to ask and with which key.

    Attributes
    ----------
    base_url : str
        With ``/v1`` and no slash at the end.
    key : Secret or None
        None where none was found.
    key_from : str or None
        In words where the key was found, never the key.
    timeout : Timeout
        Seconds to wait for a connection and between bytes.
    max_retries : int
        How often a question is asked again that was refused before anything of an answer had come.
    written : str or None
        The base URL as it was given, where it was that of the retired API.
    """

    base_url: str
    key: Secret | None
    key_from: str | None
    timeout: Timeout
    max_retries: int = 0
    written: str | None = None

    @property
    def host(self) -> str:
        """The host that is asked, with a port where it is not the usual one."""
        return urlsplit(self.base_url).netloc

    @property
    def needs_key(self) -> bool:
        """Whether a key is missing; a server on this machine is asked without one."""
        return not self.key and not is_loopback(self.base_url)


_settings = Settings()
_listeners: list[Callable[[], None]] = []


def configure(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    provider: Any = None,
    model: str | None = None,
    effort: Effort | None = None,
    timeout: float | tuple[float, float] | None = None,
    max_retries: int | None = None,
    check: bool | None = None,
    budget: float | Unchanged | None = Unchanged.UNCHANGED,
    **unknown: object,
) -> None:
    """Set defaults for the questions to come. What is not given stays as it is.

    Parameters
    ----------
    api_key : str, optional
        The key; it wins over ``PERPLEXITY_API_KEY`` and ``PPLX_API_KEY``. It is never shown again.
    base_url : str, optional
        With ``/v1``; ``https://api.perplexity.ai`` is understood without it.
    provider : str or Provider, optional
        ``"agent"``, ``"chat"``, ``"raw"`` or a `Raw`, or an object of the protocol `Provider`.
    model, effort : str, optional
        What to ask where `ask` names neither.
    timeout : float or (float, float), optional
        Seconds between bytes, or (seconds to connect, seconds between bytes).
    max_retries : int, optional
        How often a question is asked again by itself if the service surely did not take it: no
        connection, HTTP 429, or 503 with ``Retry-After``; 2 unless set. The answer shows each pause.
        After any other failure the service may be at work on it, which costs: press Retry.
    check : bool, optional
        Whether a failed answer fails the cell that shows it where nobody watches.
    budget : float or None, optional
        US dollars that the questions of this kernel may cost, those asked before included; None lifts
        it. A question is refused before anything is sent (`BudgetReached`) where it could pass the
        budget: by what was spent, and by estimates of what it and the answers under way will cost. The
        estimate is the most that a question of that effort has cost here, before the first one what
        the service says that one typically costs (`pplx_widget.runs.ledger.TYPICAL`), and nothing for a
        model of which nothing is known. What an answer costs is known only at its end, and none is
        stopped on the way: one that costs more than its estimate can pass the budget.

    Raises
    ------
    UnknownOption
        A keyword that there is not.
    InvalidRequest
        A value that cannot be.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.configure(effort="low", timeout=120)
    """
    global _settings  # noqa: PLW0603 (the settings of the process)
    # Rebound before anything can be raised: a traceback that shows arguments shows no key.
    secret = Secret(api_key) if isinstance(api_key, str) else None
    given, api_key = api_key is not None, None
    if unknown:
        name = next(iter(unknown))
        unknown.clear()
        raise errors.unknown_option("configure", name, option_names(configure))
    if given and not secret:
        raise errors.InvalidRequest(
            "The API key is empty or no text.", "", f"Copy it whole from {errors.KEYS_PAGE}."
        )
    if secret:
        _check_key(secret, "api_key")
    checks.one_of("effort", effort, get_args(Effort))
    checks.text("model", model)
    if isinstance(provider, str):
        checks.one_of("provider", provider, get_args(ProviderName))
    checks.whole_number("max_retries", max_retries, 0, _MOST_RETRIES)
    checks.flag("check", check)
    if not isinstance(budget, Unchanged):
        checks.number("budget", budget, 0, math.inf)
    _settings = replace(
        _settings,
        api_key=secret or _settings.api_key,
        base_url=check_base_url(base_url) if base_url is not None else _settings.base_url,
        written=base_url if base_url is not None else _settings.written,
        provider=provider if provider is not None else _settings.provider,
        model=model if model is not None else _settings.model,
        effort=effort if effort is not None else _settings.effort,
        timeout=check_timeout(timeout) if timeout is not None else _settings.timeout,
        max_retries=max_retries if max_retries is not None else _settings.max_retries,
        check=check if check is not None else _settings.check,
        budget=_settings.budget if isinstance(budget, Unchanged) else budget,
    )
    for listener in _listeners:
        listener()


def settings() -> Settings:
    """Return what `configure` has set."""
    return _settings


def on_configure(listener: Callable[[], None]) -> None:
    """Call ``listener`` after each `configure`: the warm-up wants to know a new base URL."""
    _listeners.append(listener)


def option_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's keyword options."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def connection(
    timeout: float | tuple[float, float] | None = None, *, open_stores: bool = True
) -> Connection:
    """Return where to ask now and with which key.

    ``open_stores`` false looks only where nobody can be asked for permission.
    """
    written = _settings.written or os.environ.get("PERPLEXITY_BASE_URL") or DEFAULT_BASE_URL
    base_url = _settings.base_url or check_base_url(written, "PERPLEXITY_BASE_URL")
    # Colab's secrets and a keyring may ask a person: only for a host that needs a key.
    key, key_from = _find_key(open_stores=open_stores and not is_loopback(base_url))
    limit = check_timeout(timeout) if timeout is not None else _settings.timeout or Timeout()
    corrected = base_url == DEFAULT_BASE_URL and not written.strip("/ ").endswith("/v1")
    return Connection(
        base_url, key, key_from, limit, _settings.max_retries, written if corrected else None
    )


def check_base_url(url: str, name: str = "base_url") -> str:
    """Return a base URL as it is used, understanding what tutorials write.

    Raises
    ------
    InvalidRequest
        It is no http or https address, or carries a password or a query.
    """
    text = url.strip() if isinstance(url, str) else ""
    if text.partition("/")[0] == _API_HOST:
        text = "https://" + text
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        shown = re.sub(r"[^/\s]*@", "…@", text)  # what stands before an @ may be a password
        raise errors.InvalidRequest(
            f"{name} cannot be {shown!r}.", "", f"It is an address such as `{DEFAULT_BASE_URL}`."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise errors.InvalidRequest(
            f"{name} carries more than an address.",
            "A user, a password or a query in it would be written into logs.",
            "Give the bare address, and the key by `api_key`.",
        )
    if parts.hostname == _API_HOST:
        # Every tutorial leaves /v1 out, and some paste the whole endpoint. Never in the clear.
        return DEFAULT_BASE_URL
    return text.rstrip("/")


def check_timeout(timeout: float | tuple[float, float]) -> Timeout:
    """Return a timeout from seconds between bytes, or from (connect, read)."""
    match timeout:
        case Timeout():
            return timeout
        case (connect, read):
            limit = (connect, read)
        case read:
            limit = (Timeout.connect, read)
    if not all(isinstance(s, int | float) and not isinstance(s, bool) and s > 0 for s in limit):
        raise errors.InvalidRequest(
            f"timeout cannot be {timeout!r}.",
            "",
            "It is seconds between bytes, or (seconds to connect, seconds between bytes).",
        )
    return Timeout(*map(float, limit))


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _find_key(*, open_stores: bool) -> tuple[Secret | None, str | None]:
    if _settings.api_key:
        return _settings.api_key, "configure"
    for name in _KEY_VARIABLES:
        if os.environ.get(name, "").strip():
            where = f"the environment variable {name}"
            return _check_key(Secret(os.environ[name]), where), where
    if open_stores:
        for found, where in ((_colab_key, "Colab's secrets"), (_keyring_key, "the keyring")):
            key = found()
            if key:
                return _check_key(Secret(key), where), where
    return None, None


def _check_key(key: Secret, where: str) -> Secret:
    """Raise where a key could not even be sent: a header is printable ASCII."""
    value = key.reveal()
    usable, value = value.isascii() and value.isprintable() and " " not in value, ""
    if not usable:
        raise errors.InvalidRequest(
            f"The API key from {where} has characters that no key has.",
            "White space, quotes or an ellipsis came along when it was copied.",
            f"Copy it whole, and alone, from {errors.KEYS_PAGE}.",
        )
    return key


def _colab_key() -> str | None:
    if "google.colab" not in sys.modules:
        return None
    userdata = importlib.import_module("google.colab.userdata")
    for name in _KEY_VARIABLES:
        try:
            value = userdata.get(name)
        except Exception:  # noqa: BLE001, S112 (no such secret, or access not granted)
            continue
        if value:
            return str(value)
    return None


def _keyring_key() -> str | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    for name in _KEY_VARIABLES:
        try:
            value = keyring.get_password("pplx_widget", name)
        except Exception:  # noqa: BLE001 (no backend, a locked keyring: as if there were none)
            return None
        if value:
            return str(value)
    return None
