"""What a trace comes to, in figures for a person; knows no page."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from ...core.events import Usage
from ...providers.trace import Frame, Trace


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a run that has a name.

    Attributes
    ----------
    name : str
        In words.
    at : float
        Seconds since the question was asked.
    """

    name: str
    at: float


_MARKS = {
    "connect": "connected",
    "tls": "secured",
    "sent": "request sent",
    "headers": "headers",
    "first_byte": "first byte",
}


def moments(trace: Trace) -> list[Moment]:
    """Return the moments of a run that have a name, in order."""
    found = [
        Moment(name, trace.marks[mark]) for mark, name in _MARKS.items() if mark in trace.marks
    ]
    said = [frame.at for frame in trace.frames if frame.text]
    if said:
        found.append(Moment("first token", said[0]))
        found.append(Moment("last token", said[-1]))
    return sorted(found, key=lambda moment: moment.at)


def metrics(
    trace: Trace, usage: Usage | None = None, rate: float | None = None
) -> list[tuple[str, str]]:
    """Return the figures of a run as names and values, both to be read by a person.

    Parameters
    ----------
    trace : Trace
        The run.
    usage : Usage, optional
        What it took, once the service says so.
    rate : float, optional
        Tokens a second, once they are known.
    """
    frames = list(trace.frames)
    rows = [("Connection", _connection(trace))]
    rows += [(m.name.capitalize(), f"after {_time(m.at)}") for m in moments(trace)]
    said = [frame for frame in frames if frame.text]
    rows.append(("Events", f"{len(frames) + trace.left_out}, of which {len(said)} brought text"))
    if trace.left_out:
        rows.append(("Not kept", f"{trace.left_out} events: the answer is too long"))
    if reads := [size for frame in frames for _, size in frame.reads]:
        rows.append(("Reads", f"{len(reads)}, together {sum(reads):,} bytes"))
    if len(said) > 1 and (took := said[-1].at - said[0].at) > 0:
        rows.append(("Pieces of text a second", f"{(len(said) - 1) / took:.1f}"))
    if rate is not None:
        rows.append(("Tokens a second", f"{rate:.1f}"))
    if gap := _longest_gap(frames):
        rows.append(("Longest silence", f"{_time(gap[1])}, from {_time(gap[0])} on"))
    return rows + _used(usage)


def _connection(trace: Trace) -> str:
    if trace.reused is None:
        return "none that is known of"
    return "was there already" if trace.reused else "new"


def _longest_gap(frames: list[Frame]) -> tuple[float, float] | None:
    """Return when the longest silence between two events began, and how long it was."""
    gaps = ((a.at, b.at - a.at) for a, b in itertools.pairwise(frames))
    return max(gaps, key=lambda gap: gap[1], default=None)


def _used(usage: Usage | None) -> list[tuple[str, str]]:
    if usage is None:
        return []
    thought = f", {usage.reasoning_tokens} of them thought" if usage.reasoning_tokens else ""
    cached = f" ({usage.cached_tokens:,} of them cached)" if usage.cached_tokens else ""
    said = f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out{thought}"
    rows = [("Tokens", said)]
    if usage.cost is not None:
        rows.append(("Cost", _money(usage.cost, usage.currency)))
    for tool in usage.tools:
        cost = "" if tool.cost is None else f", {_money(tool.cost, usage.currency)}"
        times = f"{tool.calls} calls" if tool.calls > 1 else "1 call" if tool.calls else "used"
        rows.append((tool.name, f"{times}{cost}"))
    return rows


def _money(amount: float, currency: str) -> str:
    return f"{amount:.4f} {currency}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
