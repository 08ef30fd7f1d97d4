"""What an answer says about itself: the same words as in the page (``js/src/view/``).

Times are not among them, only the date of the question: a settled answer is the same, byte for byte,
whenever it is made again.
"""

from __future__ import annotations

import math

from ..core.state import AnswerState, Status, Step
from ..core.text import shortened as _shortened
from ..core.words import ASKED, BECAUSE, CITED, NONE_CITED, PHASES, STEPS, count, day


def phase(status: Status) -> str:
    """Return how it ended, in a word; an answer under way is not an answer yet."""
    return PHASES.get(status, "Still arriving")


def money(amount: float, currency: str) -> str:
    """Return an amount; a small one keeps two digits that say something: $0.0061, not $0.01."""
    zeros = math.ceil(-math.log10(amount)) - 1 if amount > 0 else 0
    digits = f"{amount:.{min(8, max(2, zeros + 2))}f}"
    return f"${digits}" if currency.upper() == "USD" else f"{digits} {currency}"


def trace_note(steps: tuple[Step, ...]) -> str:
    """Return how much was searched and read."""
    notes = []
    for kind, words in STEPS.items():
        if told := words.get("sum"):
            of_it = [step for step in steps if step.kind == kind]
            read = sum(len(step.items) for step in of_it if step.found is not None)
            n = len(of_it) if told["of"] == "steps" else read
            notes.append(told["words"].format(count=count(n, told["noun"])) if n else "")
    return " · ".join(filter(None, notes))


def last_line(state: AnswerState, *, failed: bool = True) -> str:
    """Return the last line. An unfinished answer never looks finished: it says so first.

    ``failed`` says whether that it failed is said as well: the page says so above.
    """
    usage = state.usage
    parts = [
        _ending(state) if failed or state.status is not Status.FAILED else "",
        _cited(state),
        count(usage.output_tokens, "token") if usage else "",
        money(usage.cost, usage.currency) if usage and usage.cost is not None else "",
        state.model or "",
        ASKED.format(date=day(state.asked)) if state.asked else "",
    ]
    return " · ".join(filter(None, parts))


def _ending(state: AnswerState) -> str:
    if state.status is Status.COMPLETE:
        return ""
    if state.reason and state.status is not Status.FAILED:
        return BECAUSE.format(phase=phase(state.status), reason=state.reason)
    return phase(state.status)


def _cited(state: AnswerState) -> str:
    if not state.sources:
        return ""
    if not state.citations:
        return NONE_CITED.format(found=count(len(state.sources), "source"))
    return CITED.format(cited=count(len(state.citations), "source"), found=len(state.sources))


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters and a note of how many more there were."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()}… ({len(text) - limit} more characters)"


def shortened(text: str, limit: int) -> str:
    """Return a text on one line, at most ``limit`` characters long."""
    return _shortened(" ".join(text.split()), limit)
