"""What `configure` has set: the defaults for the questions to come."""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, get_args

from ..core import checks, errors, words
from ..core.options import Effort, ProviderName
from ..core.secret import Secret, learn, learn_tried
from .base_url import Owner, base_url_around, check_base_url
from .credentials import check_key

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
    locale: str | None = None


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
    locale: str | Unchanged | None = Unchanged.UNCHANGED,
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
    locale : str or None, optional
        The language of what is shown around an answer: ``"en"`` or ``"de"``; ``"de-AT"`` means
        ``"de"``. None, unless set: JupyterLab's language, or English if there are no words in it. An
        answer keeps the language that it began with. It does not change what the model writes, which
        ``ask(language=…)`` does.

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
        check_key(secret, "api_key")
    checks.one_of("effort", effort, get_args(Effort))
    checks.text("model", model)
    if isinstance(provider, str):
        checks.one_of("provider", provider, get_args(ProviderName))
    checks.whole_number("max_retries", max_retries, 0, _MOST_RETRIES)
    checks.flag("check", check)
    if not isinstance(budget, Unchanged):
        checks.number("budget", budget, 0, math.inf)
    if not isinstance(locale, Unchanged):
        locale = _language(locale)
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
        locale=_settings.locale if isinstance(locale, Unchanged) else locale,
    )
    words.choose(_settings.locale)
    for listener in _listeners:
        try:
            listener()
        except Exception:
            # What is set is set, and whoever hears of it has no say in it.
            log.exception("a listener of configure failed")


def _language(locale: Any) -> str | None:
    """Return the language for a locale; None if the page's counts."""
    if locale is None:
        return None
    if isinstance(locale, str) and (language := words.nearest(locale)):
        return language
    known = ", ".join(map(repr, words.languages()))
    raise checks.invalid("locale", locale, f"one of {known}, or None for that of JupyterLab")


def _owner(base_url: str | None, *, new_key: bool) -> Owner:
    """Return whom the key of the settings belongs to, after a call of `configure`."""
    if new_key:
        theirs = base_url or _settings.base_url or base_url_around()
        return Owner().and_of(theirs) if theirs else Owner(perplexity=True, open=True)
    owner = _settings.key_owner
    if base_url and owner.open:
        # A base URL that has come into the environment since was the next one.
        return owner.and_of(base_url_around() or base_url)
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
