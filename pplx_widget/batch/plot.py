"""The figure of a batch: its rows and costs over time, the seconds of answers, and the sources."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..bibliography import dates
from ..core import figures
from ..core.words import count, say, thousands
from ..runs.plot import budgeted
from .engine import Engine
from .result import FINAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (11.0, 6.2)  # inches
_PANELS = [
    ["states", "states", "costs", "costs", "seconds", "seconds"],
    ["sites", "sites", "sites", "dates", "dates", "dates"],
]
# The states of rows that have ended, from below, and their colours.
_STATES = {
    "complete": figures.GREEN,
    "incomplete": figures.SKY,
    "stopped": figures.ORANGE,
    "failed": figures.RED,
    "skipped": figures.GREY,
}
_ANSWERED = ("complete", "incomplete")

_SITES = 10  # bars
_HOST = 28  # characters; the end of a long name says more than its beginning
_MONTHS = 36  # longer spans are shown by years
_BINS = 30
_TAIL = 3.0  # an answer so many times as slow as almost all others would flatten them
_POINTS = 1000  # a line has no more
_MINUTE, _HOUR = 60, 3600
_MONTH = 2  # the parts of a date with a month


def drawn(engine: Engine) -> Figure:
    """Draw a batch.

    Raises
    ------
    PplxError
        matplotlib is not installed.
    StoreFailed
        The rows are in a store that cannot be read.
    """
    figure, axes = figures.figure(_PANELS, _SIZE)
    points = _history(engine)
    _draw_states(axes["states"], engine, points)
    _draw_costs(axes["costs"], engine, points)
    answers = _answers(engine)
    _draw_seconds(axes["seconds"], answers)
    _draw_sites(axes["sites"], answers.sites)
    _draw_dates(axes["dates"], answers.dates)
    return figure


# ---- over time -----------------------------------------------------------------------------------


def _history(engine: Engine) -> list[tuple[float, float, Counter[str]]]:
    """Return moments of the batch: seconds of asking, US dollars, and the rows in each final state.

    Only a failed row is asked again, so a row that ended twice had failed before.
    """
    rows = engine.finished[:]
    newest = {row: place for place, row in enumerate(rows)}
    every = len(rows) // _POINTS + 1
    now: Counter[str] = Counter()
    seen: set[int] = set()
    points = [(0.0, 0.0, now.copy())]
    for place, row in enumerate(rows):
        state = engine.state(row)
        now[state if newest[row] == place and state in FINAL else "failed"] += 1
        if row in seen:
            now["failed"] -= 1
        seen.add(row)
        if place % every == 0 or place == len(rows) - 1:
            points.append((engine.moments[place], engine.spendings[place], now.copy()))
    return points


def _draw_states(
    axes: Axes, engine: Engine, points: list[tuple[float, float, Counter[str]]]
) -> None:
    figures.title(axes, say("plot.states"))
    ended = [state for state in _STATES if any(counts[state] for *_, counts in points)]
    if not len(engine):
        figures.nothing(axes, say("plot.no_rows"))
        return
    if not engine.asks:  # from a file, which has no times
        names = [say(f"batch.state.{state}") for state in ended]
        figures.bars(axes, names, {"": [engine.counts[s] for s in ended]}, [figures.GREEN])
        figures.numbers(axes, x=True, whole=True)
        return
    now = _now(engine, points)
    divisor, unit = _unit(now)
    times = [at / divisor for at, *_ in points] + [now / divisor]
    lines = [[counts[s] for *_, counts in points] + [points[-1][2][s]] for s in ended]
    rest = [len(engine) - sum(some) for some in zip(*lines, strict=True)] if lines else None
    axes.stackplot(
        times,
        *lines,
        rest or [len(engine)] * len(times),
        labels=[*(say(f"batch.state.{state}") for state in ended), say("plot.open")],
        colors=[*(_STATES[state] for state in ended), figures.FAINT],
        step="post",
        linewidth=0,
    )
    axes.margins(0)
    axes.set_xlabel(say(unit))
    figures.numbers(axes, x=True)
    figures.numbers(axes, y=True, whole=True)
    figures.legend(axes, "upper left")


def _draw_costs(
    axes: Axes, engine: Engine, points: list[tuple[float, float, Counter[str]]]
) -> None:
    figures.title(axes, say("plot.cost"))
    spent = engine.spent
    if not spent or not engine.asks:
        known = say("plot.spent", amount=figures.number(round(spent, 4)))
        figures.nothing(axes, known if spent else say("plot.no_cost"))
        return
    now = _now(engine, points)
    left, projected = engine.left, engine.projected
    goes_on = bool(left and projected and not engine.status.final)
    divisor, unit = _unit(now + (left or 0.0) if goes_on else now)
    times = [at / divisor for at, *_ in points] + [now / divisor]
    axes.step(times, [cost for _, cost, _ in points] + [spent], where="post", color=figures.BLUE)
    highest = spent
    if goes_on and left and projected:
        ends = [now / divisor, (now + left) / divisor]
        label = say("plot.projected")
        axes.plot(ends, [spent, projected], color=figures.BLUE, linestyle="--", label=label)
        highest = projected
    axes.set_xlim(left=0)
    axes.set_xlabel(say(unit))
    figures.numbers(axes, x=True, y=True)
    budgeted(axes, engine.budget, highest)


def _now(engine: Engine, points: list[tuple[float, float, Counter[str]]]) -> float:
    """Return the end of the lines, a little after the newest row, so that its step is seen."""
    return max(engine.seconds, 1.02 * points[-1][0])


def _unit(seconds: float) -> tuple[float, str]:
    """Return the unit for a span in seconds, and the id of its words."""
    if seconds < 2 * _MINUTE:
        return 1.0, "plot.time.s"
    return (_MINUTE, "plot.time.min") if seconds < 2 * _HOUR else (_HOUR, "plot.time.h")


# ---- answers and their sources -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the panels need of the answers; their records would need much memory.

    Attributes
    ----------
    ends, firsts : list of float
        The seconds until the end, and until the first token.
    sites : Counter of str
        The sources of each site.
    dates : Counter of Parts or None
        The sources of each date; None counts those without one.
    """

    ends: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    sites: Counter[str] = field(default_factory=Counter)
    dates: Counter[dates.Parts | None] = field(default_factory=Counter)


def _answers(engine: Engine) -> _Answers:
    """Read the answers, once for rows with the same question, and an address once for each answer."""
    found = _Answers()
    today = dt.datetime.now(dt.UTC).date()
    for row, record in enumerate(engine.records()):
        if record is None or engine.repeats(row) or record["status"] not in _ANSWERED:
            continue
        timing = record.get("timing", {})
        for times, name in ((found.ends, "finished"), (found.firsts, "first_token")):
            if (seconds := timing.get(name)) is not None:
                times.append(seconds)
        for source in {each["url"]: each for each in record.get("sources", ())}.values():
            found.sites[source.get("site") or source["url"]] += 1
            found.dates[dates.plausible(source.get("date"), today)] += 1
    return found


def _draw_seconds(axes: Axes, answers: _Answers) -> None:
    figures.title(axes, say("plot.seconds"))
    ends = answers.ends
    if not ends:
        figures.nothing(axes, say("plot.no_answers"))
        return
    usual = sorted(ends)[int(0.98 * (len(ends) - 1))]
    limit = min(max(ends), _TAIL * usual)
    note = say("plot.time.s")
    if late := sum(each > limit for each in ends):
        note += " · " + count(late, "plot.later", s=figures.number(round(limit, 1)))
    filled: dict[str, Any] = {"color": figures.BLUE, "alpha": 0.7}
    outlined: dict[str, Any] = {"color": figures.ORANGE, "histtype": "step", "linewidth": 1.8}
    for times, id_, look in (
        (ends, "plot.end", filled),
        (answers.firsts, "plot.first", outlined),
    ):
        if times:
            median = figures.number(float(f"{statistics.median(times):.2g}"))
            shown = [min(each, limit) for each in times]
            bins = min(_BINS, 5 + len(ends) // 5)
            span = (0.0, limit or 1.0)
            axes.hist(shown, bins, range=span, label=say(id_, s=median), **look)
    axes.set_xlabel(note, parse_math=False)
    axes.set_ylabel(say("plot.answers"))
    figures.numbers(axes, x=True)
    figures.numbers(axes, y=True, whole=True)
    figures.legend(axes)


def _draw_sites(axes: Axes, sites: Counter[str]) -> None:
    figures.title(axes, say("plot.sites"))
    if not sites:
        figures.nothing(axes, say("plot.no_sources"))
        return
    names, lengths = zip(*sites.most_common(_SITES), strict=True)
    names = tuple(name if len(name) <= _HOST else f"…{name[1 - _HOST :]}" for name in names)
    figures.bars(axes, names, {"": lengths}, [figures.BLUE])
    figures.numbers(axes, x=True, whole=True)
    if rest := len(sites) - len(names):
        axes.set_xlabel(count(rest, "plot.more_sites", all=thousands(len(sites))))


def _draw_dates(axes: Axes, found: Counter[dates.Parts | None]) -> None:
    known = {parts: n for parts, n in found.items() if parts is not None}
    months, years = Counter[int](), Counter[int]()
    for parts, n in known.items():
        years[parts[0]] += n
        if len(parts) >= _MONTH:
            months[12 * parts[0] + parts[1] - 1] += n
    by_year = not months or max(months) - min(months) >= _MONTHS
    bars = years if by_year else months
    figures.title(axes, say("plot.years" if by_year else "plot.months"))
    if not bars:
        figures.nothing(axes, say("plot.no_dates" if found else "plot.no_sources"))
        return
    axes.bar([*bars], [*bars.values()], color=figures.BLUE, width=0.8)
    first, last = min(bars), max(bars)
    every = (last - first) // 6 + 1
    ticks = [*range(last, first - 1, -every)]
    if by_year:
        axes.set_xticks(ticks, [*map(str, ticks)])
    else:
        axes.set_xticks(ticks, [f"{tick // 12}-{tick % 12 + 1:02}" for tick in ticks])
    axes.set_xlim(first - 0.9, last + 0.9)
    figures.numbers(axes, y=True, whole=True)
    if undated := found.total() - bars.total():
        axes.set_xlabel(count(undated, "plot.undated", all=thousands(found.total())))
