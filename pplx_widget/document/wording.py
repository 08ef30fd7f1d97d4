"""What an answer says about itself: the same words as in the page (``js/src/view/``).

Times are not among them: a settled answer is the same, byte for byte, whenever it is made again.
"""

from __future__ import annotations

import math

from ..core.state import AnswerState, Status, Step
from ..core.tables import PHASES
from ..core.text import shortened as _shortened


def phase(status: Status) -> str:
    """Return how it ended, in a word; an answer under way is not an answer yet."""
    return PHASES.get(status, "Still arriving")


def count(n: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def money(amount: float, currency: str) -> str:
    """Return an amount; a small one keeps two digits that say something: $0.0061, not $0.01."""
    zeros = math.ceil(-math.log10(amount)) - 1 if amount > 0 else 0
    digits = f"{amount:.{min(8, max(2, zeros + 2))}f}"
    return f"${digits}" if currency.upper() == "USD" else f"{digits} {currency}"


def trace_note(steps: tuple[Step, ...]) -> str:
    """Return how much was searched and read."""
    searches = sum(step.kind == "search" for step in steps)
    pages = sum(len(step.items) for step in steps if step.kind == "read" and step.found is not None)
    notes = [
        f"{searches} {'search' if searches == 1 else 'searches'}" if searches else "",
        count(pages, "page") + " read" if pages else "",
    ]
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
    ]
    return " · ".join(filter(None, parts))


def _ending(state: AnswerState) -> str:
    if state.status is Status.COMPLETE:
        return ""
    because = f": {state.reason}" if state.reason and state.status is not Status.FAILED else ""
    return phase(state.status) + because


def _cited(state: AnswerState) -> str:
    if not state.sources:
        return ""
    found = len(state.sources)
    if not state.citations:
        return f"{count(found, 'source')} found, none cited"
    return f"{count(len(state.citations), 'source')} cited of {found}"


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters and a note of how many more there were."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()}… ({len(text) - limit} more characters)"


def shortened(text: str, limit: int) -> str:
    """Return a text on one line, at most ``limit`` characters long."""
    return _shortened(" ".join(text.split()), limit)
