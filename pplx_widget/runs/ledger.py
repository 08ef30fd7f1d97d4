"""The costs of all questions of this process, or of a conversation, and the check against a budget.

Every run is entered when it starts and closed when it ends, whichever function asked it. A cost that
the service did not report is unknown, never 0.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ..config import settings
from ..core import efforts, errors
from ..core.errors import BudgetReached, PplxError, told
from ..core.state import AnswerState
from ..core.words import say
from ..question.request import Request, asked_of
from .usage import Run, UsageSoFar, dollars

# The typical cost of a question in US dollars, by effort. Used until a question of that effort has been
# asked here. From the median runs and the prices in the calculator of
# https://docs.perplexity.ai/docs/getting-started/pricing, autumn 2026 (tokens of the preset's model,
# searches, pages read; for xhigh a sandbox).
TYPICAL = {"fast": 0.0033, "low": 0.0046, "medium": 0.008, "high": 0.089, "xhigh": 0.207}

SEARCH_API = "search API"
"""The name of the Search API in the usage, in the place of a model."""

# The price of a request in US dollars (same page, October 2026). Its responses report no cost, and a
# large context may cost more, so it counts for the budget as an estimate and not as a known cost.
A_SEARCH = 0.005

# Errors that show that the service did not begin: it refused the request or was not reached. Refused
# requests are not billed (Perplexity's documentation of rate limits). Requests that the service failed
# to answer may be billed.
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


_OF_THE_KERNEL = (
    "error.budget.kernel.spent",
    "error.budget.kernel.spent_and",
    "error.budget.kernel.try",
)
OF_A_CHAT = ("error.budget.chat.spent", "error.budget.chat.spent_and", "error.budget.chat.try")


class Ledger:
    """Runs in progress and finished: those of this process, or those of a conversation.

    Parameters
    ----------
    budget : callable, optional
        Returns the current budget in US dollars, or None. The default is the budget of the settings.
    words : (str, str, str)
        The ids of the words about it: the sum, the sum if some costs are unknown, and the advice.
    """

    def __init__(
        self,
        budget: Callable[[], float | None] | None = None,
        words: tuple[str, str, str] = _OF_THE_KERNEL,
    ) -> None:
        self._budget, self._words = budget or (lambda: settings().budget), words
        self._lock = threading.Lock()
        self._open: dict[object, float] = {}  # runs in progress, with their estimated costs
        self._waiting: set[object] = set()  # those of them that wait for the previous answer
        self._runs: list[Run] = []
        # Sums of the runs, so that a question costs as much time after many others. Fractions, because
        # sums of floats would depend on their order.
        self._known, self._unknown = Fraction(), Fraction()
        self._highest: dict[str, float] = {}  # the highest cost by effort or model
        _ledgers.add(self)

    def begin(
        self, request: Request, *, priced: bool, entry: object = None, waits: bool = False
    ) -> object:
        """Enter a run and return the token that closes it: ``entry``, or a new object.

        ``priced`` says whether Perplexity's prices apply to the run; ``waits`` whether it waits for
        the previous answer of its conversation.

        Raises
        ------
        BudgetReached
            The estimated cost would exceed the budget.
        """
        entry = entry or object()
        with self._lock:
            might, why = self._estimate(request, priced=priced)
            self._check(self._counted(), might, why)
            self._open[entry] = might
            if waits:
                self._waiting.add(entry)
        return entry

    def turn(self, entry: object, request: Request) -> None:
        """Check a run that has waited once more, since the answers before it may have cost more.

        Raises
        ------
        BudgetReached
            The estimated cost would exceed the budget now. The run is no longer entered.
        """
        with self._lock:
            if entry not in self._waiting:
                return
            self._waiting.remove(entry)
            might, why = self._estimate(request, priced=False)
            might = max(might, self._open.pop(entry))
            # Runs that still wait are checked when it is their turn.
            waiting = math.fsum(self._open[each] for each in self._waiting)
            self._check(self._counted() - waiting, might, why or say("error.budget.typical"))
            self._open[entry] = might

    def _check(self, counted: float, might: float, why: str) -> None:
        budget = self._budget()
        if budget is not None and (counted >= budget or counted + might > budget):
            raise self._reached(budget, counted, might, why)

    def end(self, entry: object, request: Request, state: AnswerState) -> Run | None:
        """Close a finished run and return it; ignore one that is closed or of another process."""
        with self._lock:
            if entry not in self._open:
                return None
            might = self._open.pop(entry)
            self._waiting.discard(entry)
            effort, model = asked_of(request)
            asked = effort or model or "?"
            run = Run(asked, effort, state.model or model, state.status, state.usage)
            if _refused(state):
                run = replace(run, refused=True)
            elif run.cost is None:
                run = replace(run, might=might)
            self._add(run)
            return run

    def _add(self, run: Run) -> None:
        if self._runs and run == self._runs[-1]:
            run = self._runs[-1]  # thousands of runs without a cost share one object
        self._runs.append(run)
        if (cost := run.cost) is None:
            self._unknown += Fraction(run.might)
            return
        self._known += Fraction(cost)
        if not run.refused:
            self._highest[run.asked] = max(cost, self._highest.get(run.asked, 0.0))

    def estimate(self, request: Request, *, priced: bool) -> float:
        """Return the estimated cost of a question in US dollars; 0 if nothing is known."""
        with self._lock:
            return self._estimate(request, priced=priced)[0]

    def forget(self, entry: object) -> None:
        """Remove a run that was entered but did not start."""
        with self._lock:
            self._open.pop(entry, None)
            self._waiting.discard(entry)

    def add(self, request: Request, state: AnswerState) -> None:
        """Enter a run of earlier, such as one from a file."""
        entry = object()
        with self._lock:
            self._open[entry] = 0.0
        self.end(entry, request, state)

    def price(self, request: Request) -> float:
        """Return the estimated price of a question in US dollars, before it is asked."""
        with self._lock:
            return self._estimate(request, priced=True)[0]

    def so_far(self) -> UsageSoFar:
        """Return the usage up to now."""
        with self._lock:
            return UsageSoFar(tuple(self._runs), len(self._open), self._budget(), self._counted())

    def _spent(self) -> float:
        return float(self._known)

    def _counted(self) -> float:
        return math.fsum((self._known, self._unknown, *self._open.values()))

    def _estimate(self, request: Request, *, priced: bool) -> tuple[float, str]:
        """Return the estimated cost of a question in US dollars, and the reason in words."""
        effort, model = asked_of(request)
        asked = effort or model or "?"
        if asked in self._highest:
            return self._highest[asked], say("error.budget.dearest")
        if priced and (name := efforts.meant(effort)):
            return TYPICAL[name], say("error.budget.typical")
        if priced and model == SEARCH_API:
            return A_SEARCH, say("error.budget.typical")
        return 0.0, ""

    def _after_fork(self) -> None:
        """Prepare a forked child: keep the parent's costs, drop its runs in progress."""
        self._lock = threading.Lock()
        self._open, self._waiting = {}, set()

    def _reached(self, budget: float, counted: float, might: float, why: str) -> BudgetReached:
        spent = self._spent()
        besides = counted - spent
        told_ = {
            "budget": dollars(budget),
            "spent": dollars(spent),
            "besides": dollars(besides),
            "more": _more(counted + might),
        }
        simple, uncertain, advice = self._words
        line = say(uncertain if besides > 0 else simple, **told_)
        if might:
            line = say("error.budget.needs", spent=line, might=dollars(might), why=why)
        # This line has two parts, so it is passed as finished text.
        return told(BudgetReached, "error.budget.what", "", advice, said=line, **told_)


def usage() -> UsageSoFar:
    """Return the usage of all questions of this kernel so far: runs, tokens, US dollars.

    Every run counts, whichever function asked it. A retry is a run of its own; a replay does not count.
    A stopped or failed run has a cost only if the service reported it; otherwise its cost is shown as
    unknown. A question that the service refused (HTTP 400, 401, 403, 404, 429), that reached no
    server, or that was stopped before its turn had come, costs nothing. An impossible cost, such
    as a negative one, is unknown.

    Returns
    -------
    UsageSoFar
        A snapshot; it does not change later. Its text is a short table.

    Notes
    -----
    The service reports the numbers at the end of each answer. They cover this process only: not other
    kernels, and not the bill of the account. A forked child starts with the numbers of its parent;
    later costs of either do not reach the other.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> answer = pplx.complete("What is HTTP/3?")
    >>> pplx.usage().cost >= answer.usage.cost
    True
    """
    return ledger.so_far()


def _refused(state: AnswerState) -> bool:
    """Return whether the service never began to answer.

    Automatic retries do not change that: a question is sent again only if the service certainly did
    not accept it.
    """
    if state.place is not None:  # stopped before its turn had come
        return True
    began = state.timing.first_event is not None or bool(state.text) or state.usage is not None
    if began or (error := state.error) is None or error.sent:
        return False
    return error.transient or isinstance(error, _REFUSALS)


def _more(amount: float) -> str:
    """Return a larger, rounded budget."""
    digits = 2 if amount >= 0.05 else 3  # noqa: PLR2004
    return f"{2 * amount:.{digits}f}"


# All of them, because a thread may hold any of their locks at a fork.
_ledgers: weakref.WeakSet[Ledger] = weakref.WeakSet()

ledger = Ledger()


def _after_fork() -> None:
    for each in list(_ledgers):
        each._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    # Registered before the handler of the sessions, which ends them in the child: their runs belong to
    # the parent and must not be entered in the child's ledger.
    os.register_at_fork(after_in_child=_after_fork)
