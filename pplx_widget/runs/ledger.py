"""What the questions of this process have cost, and the budget that they keep to.

Every run is entered when it starts and closed when it is over, whichever way it was asked. A cost that
the service has not named is unknown, never 0.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..config import settings
from ..core import errors
from ..core.errors import BudgetReached, PplxError
from ..core.state import AnswerState
from ..question.request import Request
from .usage import Run, UsageSoFar, dollars

# What a question of an effort typically costs in US dollars, until one has been asked here: the median
# runs and the prices in the calculator of https://docs.perplexity.ai/docs/getting-started/pricing,
# autumn 2026 (tokens of the preset's model, searches, pages read; for xhigh a sandbox).
TYPICAL = {"fast": 0.0033, "low": 0.0046, "medium": 0.008, "high": 0.089, "xhigh": 0.207}

# What says that the service did not begin: it refused the request, or was not reached. Refused requests
# are not billed (Perplexity's page on rate limits). A failure of the service, or its silence, may be.
_REFUSALS: tuple[type[PplxError], ...] = (
    errors.ConnectionFailed,
    errors.EndpointRetired,
    errors.Forbidden,
    errors.InvalidRequest,
    errors.KeyRejected,
    errors.MissingKey,
    errors.NotFound,
    errors.RateLimited,
    errors.RequestRejected,
)


class Ledger:
    """The runs of this process: those under way, and those that are over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[object, float] = {}  # what each may cost
        self._runs: list[Run] = []

    def begin(self, request: Request, *, priced: bool, entry: object = None) -> object:
        """Enter a run, and return what closes it: ``entry``, if there is one.

        ``priced`` says whether the prices of the service can be its.

        Raises
        ------
        BudgetReached
            What it may cost would pass the budget.
        """
        entry = entry or object()
        with self._lock:
            might, why = self._estimate(request, priced=priced)
            budget, counted = settings().budget, self._counted()
            if budget is not None and (counted >= budget or counted + might > budget):
                raise _reached(budget, self._spent(), counted, might, why)
            self._open[entry] = might
        return entry

    def end(self, entry: object, request: Request, state: AnswerState) -> None:
        """Close a run that is over; one that is closed already, or another process's, is left."""
        with self._lock:
            if entry not in self._open:
                return
            might = self._open.pop(entry)
            effort, model = _asked(request)
            asked = effort or model or "?"
            run = Run(asked, effort, state.model or model, state.status, state.usage)
            if _refused(state):
                run = replace(run, refused=True)
            elif run.cost is None:
                run = replace(run, might=might)
            self._runs.append(run)

    def forget(self, entry: object) -> None:
        """Strike out a run that was entered and then not begun."""
        with self._lock:
            self._open.pop(entry, None)

    def so_far(self) -> UsageSoFar:
        """Return what there is up to now."""
        with self._lock:
            return UsageSoFar(
                tuple(self._runs), len(self._open), settings().budget, self._counted()
            )

    def _spent(self) -> float:
        return math.fsum(run.cost for run in self._runs if run.cost is not None)

    def _counted(self) -> float:
        might = (run.might for run in self._runs if run.cost is None)
        return math.fsum((self._spent(), *might, *self._open.values()))

    def _estimate(self, request: Request, *, priced: bool) -> tuple[float, str]:
        """Return the US dollars that a question may cost, and in words why."""
        effort, model = _asked(request)
        asked = effort or model
        words = f'`effort="{effort}"`' if effort else f'`model="{model}"`'
        runs = (run for run in self._runs if run.asked == asked and not run.refused)
        if before := [run.cost for run in runs if run.cost is not None]:
            return max(before), f"the most that one with {words} has cost here"
        if priced and effort in TYPICAL:
            return TYPICAL[effort], f"what one with {words} typically costs"
        return 0.0, "nothing is known of its cost"

    def _after_fork(self) -> None:
        """Begin a forked child: what the parent has spent counts, what it has under way is its own."""
        self._lock = threading.Lock()
        self._open = {}


def usage() -> UsageSoFar:
    """Return what the questions of this kernel took so far: runs, tokens, US dollars.

    Every run counts, by whichever way it was asked, and a retry anew; a replay does not. A run that
    was stopped or failed has a cost only if the service got to name it; otherwise its cost is unknown,
    and said to be. A question that the service refused (HTTP 400, 401, 403, 404, 429), or that reached
    no server, cost nothing. A cost that cannot be, such as a negative one, is unknown.

    Returns
    -------
    UsageSoFar
        A look at this moment; it does not change later. Its text is a short table.

    Notes
    -----
    Figures are those that the service names at the end of each answer. They are of this process alone:
    not of other kernels, and not the account's bill. A forked child goes on from its parent's figures,
    and neither learns of what the other spends later.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> answer = pplx.complete("What is HTTP/3?")
    >>> pplx.usage().cost >= answer.usage.cost
    True
    """
    return ledger.so_far()


def _asked(request: Request) -> tuple[str | None, str | None]:
    """Return effort and model as they are asked for; with neither it is the effort ``"fast"``."""
    extra: Mapping[str, Any] = request.extra_body or {}  # merged last, so it decides
    model = _name(extra.get("model")) or request.model or next(iter(request.models), None)
    effort = _name(extra.get("effort")) or _name(extra.get("preset")) or request.effort
    return (effort or (None if model else "fast")), model


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _refused(state: AnswerState) -> bool:
    """Return whether the service never began.

    Nor did it each time before: a question is asked again only if it was surely not taken.
    """
    began = state.timing.first_event is not None or bool(state.text) or state.usage is not None
    if began or (error := state.error) is None or error.sent:
        return False
    return error.transient or isinstance(error, _REFUSALS)


def _reached(budget: float, spent: float, counted: float, might: float, why: str) -> BudgetReached:
    besides = counted - spent
    under_way = (
        f" and about {dollars(besides)} for answers under way or of unknown cost"
        if besides > 0
        else ""
    )
    needs = f" This question is taken to need {dollars(might)}: {why}." if might else ""
    return BudgetReached(
        f"The budget of {dollars(budget)} stops this question; nothing was sent.",
        f"This kernel has spent {dollars(spent)}{under_way}.{needs}",
        f"Raise it, `pplx.configure(budget={_more(counted + might)})`, or lift it, "
        "`pplx.configure(budget=None)`, and ask again. `pplx.usage()` shows what was spent.",
    )


def _more(amount: float) -> str:
    """Return a round budget that leaves room."""
    digits = 2 if amount >= 0.05 else 3  # noqa: PLR2004
    return f"{2 * amount:.{digits}f}"


ledger = Ledger()

if hasattr(os, "register_at_fork"):
    # Before the sessions', which are over then: they are not this process's to enter.
    os.register_at_fork(after_in_child=ledger._after_fork)  # noqa: SLF001
