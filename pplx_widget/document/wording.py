"""The lines about a finished answer, worded as in the page (``js/src/view/``).

They contain no times, only the date of the question, so that a document is the same, byte for byte,
whenever it is written again.
"""

from __future__ import annotations

import math

from ..core.events import LAST_PLACE
from ..core.state import AnswerState, Status, Step
from ..core.tables import STEPS
from ..core.text import shortened as _shortened
from ..core.words import count, day, decimal, nth, say, translated


def phase(status: Status) -> str:
    """Return the outcome in a word; an answer in progress is "still arriving"."""
    return say(f"phase.{status}") if status.final else say("phase.arriving")


def waiting(place: int) -> str:
    """Return the phase of a question that waits for its turn at a place in the queue."""
    if place > LAST_PLACE:
        return say("phase.turn.far", n=LAST_PLACE)
    return say("phase.turn", place=nth(place))


def money(amount: float, currency: str) -> str:
    """Return an amount of money; a small one keeps two significant digits: $0.0061, not $0.01."""
    zeros = math.ceil(-math.log10(amount)) - 1 if amount > 0 else 0
    digits = decimal(f"{amount:.{min(8, max(2, zeros + 2))}f}")
    return (
        say("money.dollars", amount=digits) if currency.upper() == "USD" else f"{digits} {currency}"
    )


def trace_note(steps: tuple[Step, ...]) -> str:
    """Return how many searches there were and how many pages were read."""
    notes = []
    for kind, words in STEPS.items():
        of_kind = [step for step in steps if step.kind == kind]
        read = sum(len(step.items) for step in of_kind if step.found is not None)
        n = {"steps": len(of_kind), "items": read, "": 0}[words["sum"]]
        notes.append(count(n, f"step.{kind}.sum") if n else "")
    return " · ".join(filter(None, notes))


def last_line(state: AnswerState, *, brief: bool = False, dated: bool = True) -> str:
    """Return the last line. It begins with the outcome, unless the answer is complete.

    ``brief`` leaves out what a web page shows elsewhere: a failure, and the figures of `figures`.
    ``dated`` tells whether to name the day of the question.
    """
    usage = state.usage
    model = state.model or ""
    if state.kept:
        paid, asked = (
            "",
            f"{say('last.kept', date=day(state.kept))} · {say('money.dollars', amount=0)}",
        )
    else:
        paid = money(usage.cost, usage.currency) if usage and usage.cost is not None else ""
        asked = say("last.asked", date=day(state.asked)) if state.asked and dated else ""
    parts = [
        "" if brief and state.status is Status.FAILED else _ending(state),
        _cited(state),
        count(usage.output_tokens, "count.token") if usage and not brief else "",
        paid,
        model.rpartition("/")[2] if brief else model,
        asked,
    ]
    return " · ".join(filter(None, parts))


def figures(state: AnswerState) -> str:
    """Return the figures that a brief last line leaves out: tokens, and the model's whole name."""
    parts = [state.model or ""]
    if usage := state.usage:
        written, read = (count(n, "count.token") for n in (usage.output_tokens, usage.input_tokens))
        parts.insert(0, say("last.usage", output=written, input=read))
    return " · ".join(filter(None, parts))


def reason(state: AnswerState) -> str:
    """Return the reason for the outcome, or ``""``."""
    return translated(state.reason, "reason") if state.reason else ""


def _ending(state: AnswerState) -> str:
    if state.status is Status.COMPLETE:
        return ""
    if state.reason and state.status is not Status.FAILED:
        return say("phase.because", phase=phase(state.status), reason=reason(state))
    return phase(state.status)


def _cited(state: AnswerState) -> str:
    found, cited = len(state.sources), len(state.citations)
    if not found:
        return ""
    if not cited:
        return count(found, "sources.uncited")
    return count(found, "sources.cited", cited=cited)


def others(n: int, *, more: bool) -> str:
    """Return the heading of ``n`` sources that are not cited; ``more`` tells whether others are."""
    return count(n, "sources.more" if more else "count.source")


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters and a note of how many more there were."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()}… {say('more.characters', n=len(text) - limit)}"


def shortened(text: str, limit: int) -> str:
    """Return a text on one line, at most ``limit`` characters long."""
    return _shortened(" ".join(text.split()), limit)
