"""Settings: the defaults for later questions, set by `configure`."""

from __future__ import annotations

import inspect
import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from ..core import checks, efforts, errors, words
from ..core.options import Effort, ProviderName
from ..core.secret import Secret, learn, learn_tried
from .base_url import Owner, base_url_around, check_base_url
from .credentials import check_key

log = logging.getLogger("pplx_widget")

_MOST_RETRIES = 10


class Unchanged(Enum):
    """The default of an argument for which None is a meaningful value."""

    UNCHANGED = "unchanged"

    def __repr__(self) -> str:
        return "<unchanged>"


@dataclass(frozen=True)
class Timeout:
    """Limits in seconds for connecting and for reading.

    There is no limit for the whole stream, which may take minutes. ``connect`` is short, since a host
    that does not respond at once rarely does later. ``read`` is the longest pause between two pieces
    of the stream.
    """

    connect: float = 5.0
    read: float = 60.0


@dataclass(frozen=True)
class Settings:
    """The values set by `configure`; None if not set."""

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
    hold: bool = False
    budget: float | None = None
    locale: str | None = None
    store: Path | None = None
    cache: timedelta | None = None


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
    hold: bool | None = None,
    budget: float | Unchanged | None = Unchanged.UNCHANGED,
    locale: str | Unchanged | None = Unchanged.UNCHANGED,
    store: str | os.PathLike[str] | Unchanged | None = Unchanged.UNCHANGED,
    cache: str | timedelta | bool | Unchanged | None = Unchanged.UNCHANGED,
    **unknown: object,
) -> None:
    """Set defaults for later questions. Settings that are not given stay unchanged.

    Parameters
    ----------
    api_key : str, optional
        The API key; it wins over ``PERPLEXITY_API_KEY`` and ``PPLX_API_KEY``, and is never shown. It
        belongs to the base URL of the same call, or else to the one set before (by `configure` or by
        ``PERPLEXITY_BASE_URL``), and is sent to no other server. If no base URL was set, it belongs to
        Perplexity's hosts and to the next base URL that is set.
    base_url : str, optional
        The base URL, with ``/v1`` (optional for ``https://api.perplexity.ai``). A key from the
        environment is sent to Perplexity's hosts and to ``PERPLEXITY_BASE_URL``; a key from Colab's
        secrets or a keyring only to Perplexity's hosts. Any other server needs its own key,
        ``configure(api_key=…, base_url=…)``, except a server on this machine, which needs none. Keys
        are never sent to another machine by ``http://``.
    provider : str or Provider, optional
        ``"agent"``, ``"chat"``, ``"raw"``, a `Raw`, or an object with the protocol `Provider`.
    model, effort : str, optional
        The model or effort to use if `ask` gets neither. Each replaces the other, set by an earlier
        call; given together, both are sent.
    timeout : float or (float, float), optional
        Seconds between bytes, or (seconds to connect, seconds between bytes).
    max_retries : int, optional
        How often a question is sent again automatically if the service certainly did not accept it: no
        connection, HTTP 429, or 503 with ``Retry-After``. The default is 2. The answer shows each
        pause. After any other failure the service may still work on the question, and charge for it,
        so you decide: press Retry.
    check : bool, optional
        Whether a failed answer makes its cell fail in a non-interactive run.
    hold : bool, optional
        Whether a cell that shows an answer runs until the answer is over. By default it returns at
        once. Some front ends (Colab) pass on what arrives only while a cell runs: there the text comes
        more smoothly, and other cells wait.
    budget : float or None, optional
        US dollars that this kernel's questions may cost, including earlier ones; None removes the
        limit. A question is refused with `BudgetReached` before anything is sent if the total could
        exceed the budget: the cost so far, plus estimates for this question and for unfinished answers.
        The estimate is the highest cost of a question with the same effort so far. Before the first
        such question, it is the typical cost that the service documents
        (`pplx_widget.runs.ledger.TYPICAL`); for a model of unknown cost it is zero. An answer's cost is
        known only at its end, and no answer is stopped early, so one that costs more than its estimate
        can exceed the budget.
    locale : str or None, optional
        The language of the words around an answer: ``"en"`` or ``"de"``; ``"de-AT"`` means ``"de"``.
        The default, None, is JupyterLab's language, or English if it has no translation. An answer
        keeps the language that it began with. The language of the answer's own text is
        ``ask(language=…)``.
    store : str, path or None, optional
        The path of a file that keeps every finished answer, with its question and sources, from now on;
        None keeps no more answers. It is an SQLite database with the mode 0600, made if it does not
        exist. `history` searches it, `forget` deletes from it.
    cache : str, timedelta, bool or None, optional
        The default of ``ask(cache=…)``: how old an answer of the store may be that is given in place of
        a new one, such as ``"7 days"``; True for any age, None or False for no cache.

    Raises
    ------
    StoreFailed
        No store can be at this path: the file is of another program or a newer version, damaged, or
        cannot be written. It was not changed, and neither was a setting.
    UnknownOption
        An unknown keyword argument. No setting has changed.
    InvalidRequest
        An invalid value. No setting has changed.

    Notes
    -----
    The key never appears in this package's errors or in the source lines that IPython shows with them.
    Errors of other packages and plain Python scripts show source lines unchanged: a library cannot
    change that without replacing the program's ``sys.excepthook``. So do not write a key into a script
    or cell: use ``configure(api_key=getpass.getpass())``, or set ``PERPLEXITY_API_KEY``.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> pplx.configure(effort="low", timeout=120)
    >>> pplx.configure(api_key="class-of-november", base_url="https://gateway.example.edu/v1")
    """
    global _settings  # noqa: PLW0603 (the settings of the process)
    # Register the keys before anything can raise, and rebind the arguments: a traceback that shows the
    # call or its arguments must not show a key.
    learn(api_key, *misplaced)
    learn_tried(unknown)
    secret = Secret(api_key) if isinstance(api_key, str) else None
    given, api_key = api_key is not None, None
    if misplaced:
        misplaced = ()
        raise errors.UnknownOption(
            "configure() takes only keyword arguments.",
            "",
            'To set a key: `pplx.configure(api_key="…")`.',
        )
    if unknown:
        name = next(iter(unknown))
        unknown.clear()
        raise errors.unknown_option("configure", name, option_names(configure))
    if given and not secret:
        raise errors.InvalidRequest(
            "The API key is empty or not a text.",
            "",
            f"Copy the whole key from {errors.KEYS_PAGE}.",
        )
    if secret:
        check_key(secret, "api_key")
    efforts.check("effort", effort)
    checks.text("model", model)
    if isinstance(provider, str):
        checks.one_of("provider", provider, get_args(ProviderName))
    checks.whole_number("max_retries", max_retries, 0, _MOST_RETRIES)
    checks.flag("check", check)
    checks.flag("hold", hold)
    if not isinstance(budget, Unchanged):
        checks.number("budget", budget, 0, math.inf)
    if not isinstance(locale, Unchanged):
        locale = _language(locale)
    kept_in, oldest = _store(store, cache)
    checked = check_base_url(base_url) if base_url is not None else None
    if model is None and effort is None:
        model, effort = _settings.model, _settings.effort
    # Set everything at once, after all checks: an invalid call changes nothing.
    _settings = replace(
        _settings,
        api_key=secret or _settings.api_key,
        key_owner=_owner(checked, new_key=bool(secret)),
        base_url=checked or _settings.base_url,
        written=base_url if base_url is not None else _settings.written,
        provider=provider if provider is not None else _settings.provider,
        model=model,
        effort=effort,
        timeout=check_timeout(timeout) if timeout is not None else _settings.timeout,
        max_retries=max_retries if max_retries is not None else _settings.max_retries,
        check=check if check is not None else _settings.check,
        hold=hold if hold is not None else _settings.hold,
        budget=_settings.budget if isinstance(budget, Unchanged) else budget,
        locale=_settings.locale if isinstance(locale, Unchanged) else locale,
        store=kept_in,
        cache=oldest,
    )
    words.choose(_settings.locale)
    for listener in _listeners:
        try:
            listener()
        except Exception:
            # The settings are valid, so a failing listener must not make `configure` fail.
            log.exception("a listener of configure failed")


def _store(store: Any, cache: Any) -> tuple[Path | None, timedelta | None]:
    """Return the path of the store and the highest age of the cache after this call of `configure`."""
    if isinstance(store, Unchanged):
        path = _settings.store
    else:
        path = None if store is None else _store_path(store)
    if isinstance(cache, Unchanged):
        return path, _settings.cache if path else None
    oldest = check_cache(cache)
    if oldest and not path:
        raise no_store("cache")
    return path, oldest


def _store_path(path: Any) -> Path:
    from .store_file import store_path  # noqa: PLC0415 (few set a store)

    return store_path(path)


def check_cache(value: Any) -> timedelta | None:
    """Return the highest age for a value of ``cache=``; None for None and False."""
    if value is None or isinstance(value, bool):
        return checks.ANY_AGE if value else None
    return checks.age("cache", value)


def no_store(option: str) -> errors.InvalidRequest:
    """Return the error for something that needs a store, if none is set."""
    return errors.InvalidRequest(
        f"`{option}` needs a store, and none is set.",
        "A store is a file that keeps the answers.",
        'Set one first: `pplx.configure(store="answers.db")`.',
    )


def _language(locale: Any) -> str | None:
    """Return the language for a locale; None if the page's counts."""
    if locale is None:
        return None
    if isinstance(locale, str) and (language := words.nearest(locale)):
        return language
    known = ", ".join(map(repr, words.languages()))
    raise checks.invalid("locale", locale, f"one of {known}, or None for that of JupyterLab")


def _owner(base_url: str | None, *, new_key: bool) -> Owner:
    """Return the owner of the configured key after this call of `configure`."""
    if new_key:
        theirs = base_url or _settings.base_url or base_url_around()
        return Owner().and_of(theirs) if theirs else Owner(perplexity=True, open=True)
    owner = _settings.key_owner
    if base_url and owner.open:
        # A base URL that appeared in the environment after the key was the next one to be set.
        return owner.and_of(base_url_around() or base_url)
    return owner


def settings() -> Settings:
    """Return the values set by `configure`."""
    return _settings


def on_configure(listener: Callable[[], None]) -> None:
    """Call ``listener`` after each `configure`; the warm-up needs this for a new base URL."""
    _listeners.append(listener)


def option_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's keyword options."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def check_timeout(timeout: float | tuple[float, float]) -> Timeout:
    """Return a timeout from seconds between bytes, or from (connect, read)."""
    match timeout:
        case Timeout():
            return timeout
        case (connect, read):
            limit = (connect, read)
        case read:
            limit = (Timeout.connect, read)
    real = all(isinstance(s, int | float) and not isinstance(s, bool) for s in limit)
    if not real or not all(s > 0 and not checks.is_huge(s) for s in limit):
        raise errors.InvalidRequest(
            f"timeout cannot be {checks.written(timeout)}.",
            "",
            "Use seconds between bytes, or (seconds to connect, seconds between bytes).",
        )
    return Timeout(*map(float, limit))
