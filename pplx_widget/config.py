"""Where the key, the base URL and the defaults come from.

`configure` merges into the settings of this process; an argument of `ask` wins over them, and they win
over the environment. `connection` looks everything up anew for each question, so that a key set in the
next cell counts.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, get_args
from urllib.parse import urlsplit

from .base_url import (
    DEFAULT_BASE_URL,
    Owner,
    check_base_url,
    in_the_clear,
    is_loopback,
    is_perplexity,
    origin,
    over_tls,
)
from .core import checks, errors
from .core.options import Effort, ProviderName
from .core.secret import KEY_VARIABLES, Secret, learn, learn_tried

log = logging.getLogger("pplx_widget")

_MOST_RETRIES = 10


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
    key_owner: Owner = field(default_factory=Owner)
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
class Withheld:
    """A key that there is, and that does not go to the server that is asked.

    Attributes
    ----------
    key_from : str
        In words where the key was found.
    owner : str
        In words whom it belongs to.
    in_the_clear : bool
        Whether it belongs to the server that is asked, and others on the way could read it.
    """

    key_from: str
    owner: str
    in_the_clear: bool = False


@dataclass(frozen=True)
class Connection:
    """Where to ask and with which key.

    Attributes
    ----------
    base_url : str
        With ``/v1`` and no slash at the end.
    key : Secret or None
        The key that belongs to this server; None if there is none.
    key_from : str or None
        In words where the key was found, never the key.
    timeout : Timeout
        Seconds to wait for a connection and between bytes.
    max_retries : int
        How often a question is asked again that was refused before anything of an answer had come.
    written : str or None
        The base URL as it was given, where it was that of the retired API.
    withheld : Withheld or None
        A key that there is and that is not sent, if none is.
    """

    base_url: str
    key: Secret | None
    key_from: str | None
    timeout: Timeout
    max_retries: int = 0
    written: str | None = None
    withheld: Withheld | None = None

    @property
    def host(self) -> str:
        """The host that is asked, with a port where it is not the usual one."""
        return urlsplit(self.base_url).netloc

    @property
    def needs_key(self) -> bool:
        """Whether a key is missing; a server on this machine is asked without one.

        Not if a key was given for it that a proxy on the way could read.
        """
        if self.key:
            return False
        kept_back = self.withheld is not None and self.withheld.in_the_clear
        return kept_back or not is_loopback(self.base_url)

    def missing_key(self) -> errors.MissingKey:
        """Return the error of a server whose key is missing, with the one call that mends it."""
        kept, server = self.withheld, origin(self.base_url)
        if kept is None and is_perplexity(self.base_url):
            return errors.missing_key()
        call = f'`pplx.configure(api_key="…", base_url="{over_tls(self.base_url)}")`'
        if kept is not None and kept.in_the_clear:
            what = f"The API key is not sent to {server}."
            if is_loopback(self.base_url):
                why = "By the environment's settings it would go through a proxy, which could read it."
                return errors.MissingKey(what, why, f"Set `NO_PROXY={urlsplit(server).hostname}`.")
            why = "It belongs there, but anybody on the way could read what goes by http://."
        elif kept is not None:
            what = f"There is no API key for {server}."
            why = (
                f"The key from {kept.key_from} belongs to {kept.owner} and goes to no other server."
            )
        else:
            what = f"There is no API key for {server}."
            why = "A key belongs to one server, and none was given for this one."
        how = (
            f"Give both in one call: {call}. Or set `PERPLEXITY_API_KEY` and `PERPLEXITY_BASE_URL` in "
            "the same environment."
        )
        if in_the_clear(self.base_url):
            parts = urlsplit(self.base_url)
            tunnel = f"ssh -L 8000:localhost:{parts.port or 80} {parts.hostname}"
            here = f"http://127.0.0.1:8000{parts.path}"
            how = (
                f"Give both in one call, with https: {call}. Or reach it as a server on this machine, "
                f"which is asked without a key: `{tunnel}`, then `{here}`."
            )
        return errors.MissingKey(what, why, how)


_settings = Settings()
_listeners: list[Callable[[], None]] = []


def configure(
    *misplaced: object,
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
        The key; it wins over ``PERPLEXITY_API_KEY`` and ``PPLX_API_KEY``. It is never shown again. It
        belongs to the base URL of the same call, or else to the one that was set before (by
        `configure`, or by ``PERPLEXITY_BASE_URL``), and goes to no other server. If none was set, it
        belongs to Perplexity's hosts and to the next base URL that is set.
    base_url : str, optional
        With ``/v1``; ``https://api.perplexity.ai`` is understood without it. A key of the environment
        goes to Perplexity's hosts and to ``PERPLEXITY_BASE_URL``, one of Colab's secrets or a keyring
        to Perplexity's hosts alone: any other server needs a key of its own,
        ``configure(api_key=…, base_url=…)``, except one on this machine, which is asked without. No
        key goes by ``http://`` to another machine.
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
        A keyword that there is not. Nothing has changed then.
    InvalidRequest
        A value that cannot be. Nothing has changed then.

    Notes
    -----
    A key that is given here is in no error of this package, nor in the lines that IPython shows with
    one. Errors of others, and a plain Python script, show lines as they are written: a library cannot
    change that without taking ``sys.excepthook`` from the program. Write no key into a script or a
    cell, then: ``configure(api_key=getpass.getpass())``, or set ``PERPLEXITY_API_KEY``.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.configure(effort="low", timeout=120)
    >>> pplx.configure(api_key="class-of-november", base_url="https://gateway.example.edu/v1")
    """
    global _settings  # noqa: PLW0603 (the settings of the process)
    # Known before anything can be raised, and rebound: a traceback that shows the call or its arguments
    # shows no key.
    learn(api_key, *misplaced)
    learn_tried(unknown)
    secret = Secret(api_key) if isinstance(api_key, str) else None
    given, api_key = api_key is not None, None
    if misplaced:
        misplaced = ()
        raise errors.UnknownOption(
            "configure() takes its settings by name.", "", 'A key: `pplx.configure(api_key="…")`.'
        )
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
    checked = check_base_url(base_url) if base_url is not None else None
    # All at once, and after everything has been checked: a slip changes nothing.
    _settings = replace(
        _settings,
        api_key=secret or _settings.api_key,
        key_owner=_owner(checked, new_key=bool(secret)),
        base_url=checked or _settings.base_url,
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
        try:
            listener()
        except Exception:
            # What is set is set, and whoever hears of it has no say in it.
            log.exception("a listener of configure failed")


def _owner(base_url: str | None, *, new_key: bool) -> Owner:
    """Return whom the key of the settings belongs to, after a call of `configure`."""
    if new_key:
        theirs = base_url or _settings.base_url or _base_url_around()
        return Owner().and_of(theirs) if theirs else Owner(perplexity=True, open=True)
    owner = _settings.key_owner
    if base_url and owner.open:
        # A base URL that has come into the environment since was the next one.
        return owner.and_of(_base_url_around() or base_url)
    return owner


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
    around = os.environ.get("PERPLEXITY_BASE_URL", "").strip()
    written = _settings.written or around or DEFAULT_BASE_URL
    base_url = _settings.base_url or check_base_url(written, "PERPLEXITY_BASE_URL")
    key = key_from = withheld = None
    for found, where, owner in _keys(base_url, open_stores=open_stores):
        # An open key goes to what is asked now: no base URL has been set since it came.
        belongs = owner.open or owner.has(base_url)
        if belongs and not in_the_clear(base_url):
            key, key_from, withheld = _check_key(found, where), where, None
            break
        if withheld is None or belongs:
            withheld = Withheld(where, str(owner), in_the_clear=belongs)
    limit = check_timeout(timeout) if timeout is not None else _settings.timeout or Timeout()
    corrected = base_url == DEFAULT_BASE_URL and not written.strip("/ ").endswith("/v1")
    return Connection(
        base_url,
        key,
        key_from,
        limit,
        _settings.max_retries,
        written if corrected else None,
        withheld,
    )


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


def _keys(base_url: str, *, open_stores: bool) -> Iterator[tuple[Secret, str, Owner]]:
    """Yield the keys that there are, each with where it was found and whose it is."""
    if _settings.api_key:
        yield _settings.api_key, "configure", _settings.key_owner
    of_perplexity = Owner(perplexity=True)
    for name in KEY_VARIABLES:
        if key := Secret(os.environ.get(name, "")):
            # An environment is set up as a whole: its key is also that of its base URL.
            yield key, f"the environment variable {name}", of_perplexity.and_of(_base_url_around())
            break
    # Colab's secrets and a keyring may ask a person: only for a host that their key goes to.
    if open_stores and is_perplexity(base_url):
        for found, where in ((_colab_key, "Colab's secrets"), (_keyring_key, "the keyring")):
            if key := Secret(found() or ""):
                yield key, where, of_perplexity


def _base_url_around() -> str | None:
    """Return the environment's base URL; None if there is none that can be one."""
    try:
        return check_base_url(os.environ["PERPLEXITY_BASE_URL"])
    except (KeyError, errors.InvalidRequest):
        return None


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
    for name in KEY_VARIABLES:
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
    for name in KEY_VARIABLES:
        try:
            value = keyring.get_password("pplx_widget", name)
        except Exception:  # noqa: BLE001 (no backend, a locked keyring: as if there were none)
            return None
        if value:
            return str(value)
    return None
