"""The metrics of a trace, as text for readers; independent of the page."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from ...core.events import Usage
from ...core.words import count, decimal, say, thousands
from ...providers.trace import Frame, Trace


@dataclass(frozen=True, slots=True)
class Moment:
    """A named moment of a run.

    Attributes
    ----------
    name : str
        The name.
    at : float
        Seconds since the question was asked.
    """

    name: str
    at: float


# In the trace, and in the ids of their words.
_MARKS = {
    "connect": "connected",
    "tls": "secured",
    "sent": "sent",
    "headers": "headers",
    "first_byte": "first_byte",
}


def moments(trace: Trace) -> list[Moment]:
    """Return the named moments of a run, in order."""
    found = [
        Moment(say(f"inspector.{name}"), trace.marks[mark])
        for mark, name in _MARKS.items()
        if mark in trace.marks
    ]
    said = [frame.at for frame in trace.frames if frame.text]
    if said:
        found.append(Moment(say("inspector.first_token"), said[0]))
        found.append(Moment(say("inspector.last_token"), said[-1]))
    return sorted(found, key=lambda moment: moment.at)


def metrics(
    trace: Trace, usage: Usage | None = None, rate: float | None = None
) -> list[tuple[str, str]]:
    """Return the metrics of a run as names and values, both as text for readers.

    Parameters
    ----------
    trace : Trace
        The trace of the run.
    usage : Usage, optional
        The usage, once the service has reported it.
    rate : float, optional
        Tokens per second, once they are known.
    """
    frames = list(trace.frames)
    rows = [(say("inspector.connection"), _connection(trace))]
    for moment in moments(trace):
        name = moment.name[:1].upper() + moment.name[1:]
        rows.append((name, say("inspector.after", time=_time(moment.at))))
    said = [frame for frame in frames if frame.text]
    events = say("inspector.events.text", n=len(frames) + trace.left_out, said=len(said))
    rows.append((say("inspector.events"), events))
    if trace.left_out:
        left_out = say("inspector.left_out.events", n=trace.left_out)
        rows.append((say("inspector.left_out"), left_out))
    if sizes := [size for frame in frames for _, size in frame.reads]:
        reads = say("inspector.reads.bytes", n=len(sizes), size=thousands(sum(sizes)))
        rows.append((say("inspector.reads"), reads))
    if len(said) > 1 and (took := said[-1].at - said[0].at) > 0:
        rows.append((say("inspector.event_rate"), decimal(f"{(len(said) - 1) / took:.1f}")))
    if rate is not None:
        rows.append((say("inspector.token_rate"), decimal(f"{rate:.1f}")))
    if gap := _longest_gap(frames):
        silence = say("inspector.silence.when", time=_time(gap[1]), start=_time(gap[0]))
        rows.append((say("inspector.silence"), silence))
    return rows + _used(usage)


def _connection(trace: Trace) -> str:
    if trace.reused is None:
        return say("inspector.connection.unknown")
    return say("inspector.connection.reused" if trace.reused else "inspector.connection.new")


def _longest_gap(frames: list[Frame]) -> tuple[float, float] | None:
    """Return the start and the length of the longest gap between two events."""
    gaps = ((a.at, b.at - a.at) for a, b in itertools.pairwise(frames))
    return max(gaps, key=lambda gap: gap[1], default=None)


def _used(usage: Usage | None) -> list[tuple[str, str]]:
    if usage is None:
        return []
    numbers = {
        "input": thousands(usage.input_tokens),
        "output": thousands(usage.output_tokens),
        "thought": thousands(usage.reasoning_tokens),
    }
    tokens = "inspector.tokens.thought" if usage.reasoning_tokens else "inspector.tokens.both"
    rows = [(say("inspector.tokens"), say(tokens, **numbers))]
    if usage.cached_tokens:
        rows.append((say("inspector.cached"), thousands(usage.cached_tokens)))
    if usage.cost is not None:
        rows.append((say("inspector.cost"), _money(usage.cost, usage.currency)))
    for tool in usage.tools:
        cost = "" if tool.cost is None else f", {_money(tool.cost, usage.currency)}"
        times = count(tool.calls, "inspector.calls") if tool.calls else say("inspector.used")
        rows.append((tool.name, f"{times}{cost}"))
    return rows


def _money(amount: float, currency: str) -> str:
    return f"{decimal(f'{amount:.4f}')} {currency}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{decimal(f'{seconds:.2f}')} s"
