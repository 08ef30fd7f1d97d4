"""`Answer.check`: the offline comparison, and a model's if its price is agreed to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from ..bibliography.check.claims import checked as compared
from ..bibliography.check.findings import Check
from ..core import checks
from ..core.errors import PplxError, unforeseen
from ..core.runtime import runtime
from ..core.state import AnswerState
from ..core.words import count, say
from ..runs.judge import Judge, Judging, pages
from ..runs.judge import judge as judge_of
from ..runs.prepare import Prepared
from ..runs.session import Session
from ..runs.usage import dollars
from . import host

Keep: TypeAlias = Callable[[Check], Any]
"""Keeps the findings of an answer."""

_EFFORT = "low"


def checked(
    state: AnswerState, whole: Any, by: Any, provider: Any, keep: Keep = lambda _found: None
) -> Check:
    """Return the check of an answer, and keep it; see `pplx_widget.Answer.check`."""
    checks.flag("pages", whole)
    judge = judge_of(by)
    if state.checked is not None and judge is None and not whole:
        return Check(state.checked.findings, state.checked.uncited)
    read = pages(state, provider) if whole else {}
    found = compared(state, read)
    keep(found)
    if judge is None:
        return found
    offer = Offer.of(found, Judging(found, state, judge, read, provider), keep)
    if not offer.sentences:
        return found
    if judge.budget is None and host.in_kernel() and not host.non_interactive():
        return offer
    offer.agree()
    return offer.judge()


class Offer(Check):
    """A check whose display has a button: a model compares too, at the price on it.

    Attributes
    ----------
    price : float
        The estimated price in US dollars.
    """

    _judging: Judging
    _keep: Keep

    @classmethod
    def of(cls, found: Check, judging: Judging, keep: Keep) -> Offer:
        """Return the offer for some findings; ``keep`` is called with those of the model."""
        made = cls(found, found.uncited)
        made._judging, made._keep = judging, keep
        return made

    @property
    def sentences(self) -> int:
        """The number of sentences that the model would compare."""
        return self._judging.sentences

    def agree(self) -> None:
        """Raise unless a budget covers the price; see `Judging.agree`."""
        self._judging.agree()

    @property
    def price(self) -> float:
        """The estimated price in US dollars."""
        return self._judging.price

    def judge(self) -> Check:
        """Let the model compare, at this price, and return the check with its verdicts.

        Raises
        ------
        PplxError
            A question failed.
        """
        found = self._judging.run()
        self._keep(found)
        return found

    @property
    def label(self) -> str:
        """The words on the button."""
        judging = self._judging
        blanks = {"effort": judging.by.effort, "price": dollars(judging.price)}
        return count(judging.sentences, "check.offer", **blanks)

    def _ipython_display_(self) -> None:
        import ipywidgets  # noqa: PLC0415 (a script has no page)
        from IPython.display import HTML, display  # noqa: PLC0415 (as above)

        shown = display(HTML(self._repr_html_()), display_id=True)
        button = ipywidgets.Button(description=self.label, layout=ipywidgets.Layout(width="auto"))

        def clicked(_button: Any) -> None:
            button.disabled, button.description = True, say("check.judging")
            try:
                shown.update(HTML(self.judge()._repr_html_()))
                button.close()
            except PplxError as error:
                button.disabled, button.description = False, self.label
                button.tooltip = error.what
                display(error)

        button.on_click(clicked)
        display(button)


class Asked(Protocol):
    """The answer that the page asks about."""

    @property
    def session(self) -> Session:
        """Its current run."""
        ...

    @property
    def begin(self) -> Prepared:
        """Starts another run."""
        ...

    def check(self) -> Check:
        """Check it offline."""
        ...

    def keep(self, found: Check) -> bool:
        """Keep findings."""
        ...

    def send(self, content: Any) -> None:
        """Send a message to the page."""
        ...


def requested(answer: Asked, what: str) -> None:
    """Carry out a request of the page: ``check``, ``price``, or ``judge`` at that price."""
    if what == "check":
        answer.check()
        return
    try:
        state = answer.session.snapshot()
        judging = Judging(compared(state), state, Judge(_EFFORT), {}, answer.begin.provider)
        offer = Offer.of(compared(state), judging, answer.keep)
        if what == "price":
            label = offer.label if offer.sentences else say("check.nothing")
            answer.send({"type": "offer", "label": label, "ready": offer.sentences > 0})
            return
        try:
            runtime().begin(lambda: asyncio.to_thread(_judge, answer, offer))
        except PplxError:  # no thread can start
            _judge(answer, offer)
    except PplxError as error:
        _refused(answer, error)


def _judge(answer: Asked, offer: Offer) -> None:
    try:
        offer.judge()
    except PplxError as error:
        _refused(answer, error)
    except Exception as error:  # noqa: BLE001 (unseen on this thread)
        _refused(answer, unforeseen(error))


def _refused(answer: Asked, error: PplxError) -> None:
    answer.send({"type": "offer", "label": error.what, "ready": False})
