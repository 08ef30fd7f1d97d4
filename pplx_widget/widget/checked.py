"""`Answer.check`: the offline comparison, and a model's if its price is agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..bibliography.check.claims import checked as compared
from ..bibliography.check.findings import Check
from ..core import checks
from ..core.errors import PplxError
from ..core.state import AnswerState
from ..core.words import count, say
from ..runs.judge import Judge, Judging, pages
from ..runs.judge import judge as judge_of
from ..runs.usage import dollars
from . import host


def checked(state: AnswerState, whole: Any, by: Any, provider: Any) -> Check:
    """Return the check of an answer; see `pplx_widget.Answer.check`."""
    checks.flag("pages", whole)
    judge = judge_of(by)
    read = pages(state, provider) if whole else {}
    found = compared(state, read)
    if judge is None:
        return found
    return _judged(found, state, judge, read, provider)


def _judged(
    found: Check, state: AnswerState, judge: Judge, read: Mapping[int, str], provider: Any
) -> Check:
    judging = Judging(found, state, judge, read, provider)
    if not judging.sentences:
        return found
    if judge.budget is None and host.in_kernel() and not host.non_interactive():
        return Offer.of(found, judging)
    judging.agree()
    return judging.run()


class Offer(Check):
    """A check whose display has a button: a model compares too, at the price on it.

    Attributes
    ----------
    price : float
        The estimated price in US dollars.
    """

    _judging: Judging

    @classmethod
    def of(cls, found: Check, judging: Judging) -> Offer:
        """Return the offer for some findings."""
        made = cls(found, found.uncited)
        made._judging = judging
        return made

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
        return self._judging.run()

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
