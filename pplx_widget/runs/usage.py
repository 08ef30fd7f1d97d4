"""What a number of runs took: totals, frames, and a few lines of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ..core import checks
from ..core.amounts import DOLLARS
from ..core.events import Usage
from ..core.frames import frame
from ..core.state import Status
from ..core.visible import one_line, printable

if TYPE_CHECKING:
    import pandas as pd

_SMALL = 0.995  # dollars below which cents are too coarse
_NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a question that is over.

    Attributes
    ----------
    asked : str
        The effort that was asked for, or else the model: what the cost depends on.
    effort : str or None
        The effort that was asked for; None where a model was.
    model : str or None
        The model that answered, or else the one that was asked for.
    status : Status
        How it ended.
    usage : Usage or None
        Tokens and cost; None where the service did not get to name them.
    might : float
        US dollars that it counts for in the budget if its cost is unknown.
    refused : bool
        Whether the service was not reached or did not take the question, and so bills nothing.
    """

    asked: str
    effort: str | None
    model: str | None
    status: Status
    usage: Usage | None
    might: float = 0.0
    refused: bool = False

    @property
    def cost(self) -> float | None:
        """US dollars; 0 if the question was refused, None if they are unknown."""
        if self.refused:
            return 0.0
        return self.usage.cost if self.usage and self.usage.currency == DOLLARS else None


@dataclass(frozen=True, slots=True)
class UsageSoFar:
    """What the questions of this kernel took, up to a moment; made by `pplx_widget.usage`.

    Attributes
    ----------
    runs : tuple of Run
        Every run that is over, in the order of their ends. A retry is a run of its own.
    running : int
        Answers under way. What they cost is known at their end.
    budget : float or None
        US dollars, as `pplx_widget.configure` was told.
    counted : float
        US dollars that count for the budget: what was spent, and estimates of what is under way and of
        what ended without naming its cost.
    """

    runs: tuple[Run, ...]
    running: int = 0
    budget: float | None = None
    counted: float = 0.0

    @property
    def questions(self) -> int:
        """How many runs are over."""
        return len(self.runs)

    @property
    def cost(self) -> float:
        """US dollars, as far as they are known; `unknown` says how many runs are not in it."""
        return math.fsum(run.cost for run in self.runs if run.cost is not None)

    @property
    def unknown(self) -> int:
        """How many runs did not name a cost in US dollars: stopped, failed, or a server without.

        A question that was refused (HTTP 400, 401, 403, 404, 429) or reached no server cost nothing.
        """
        return sum(run.cost is None for run in self.runs)

    @property
    def input_tokens(self) -> int:
        """Tokens read, as far as they are known."""
        return sum(run.usage.input_tokens for run in self.runs if run.usage)

    @property
    def output_tokens(self) -> int:
        """Tokens written and thought, as far as they are known."""
        return sum(run.usage.output_tokens for run in self.runs if run.usage)

    @property
    def total_tokens(self) -> int:
        """All tokens, as far as they are known."""
        return sum(run.usage.total_tokens for run in self.runs if run.usage)

    @property
    def left(self) -> float | None:
        """US dollars that are left of the budget, at least 0; None where there is none."""
        return None if self.budget is None else max(0.0, self.budget - self.counted)

    def to_frame(self, by: Literal["effort", "tool", "run"] = "effort") -> pd.DataFrame:
        """Return the figures as a pandas frame.

        Parameters
        ----------
        by : {"effort", "tool", "run"}
            A row for each effort and model, for each tool of the service, or for each run.

        Returns
        -------
        pandas.DataFrame
            ``effort``: columns ``effort, model, questions, input_tokens, output_tokens, cost,
            unknown``. ``tool``: ``tool, calls, cost, unknown``. ``run``: ``effort, model, status,
            input_tokens, output_tokens, cost``. ``cost`` is in US dollars, NaN where nothing of it is
            known; ``unknown`` counts what it does not hold.

        Raises
        ------
        PplxError
            pandas is not installed.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> answer = pplx.complete("What is HTTP/3?")
        >>> pplx.usage().to_frame(by="run")
          effort ...
        """
        checks.one_of("by", by, ("effort", "tool", "run"))
        rows, columns = _FRAMES[by]
        return frame(rows(self.runs), columns)

    def __repr__(self) -> str:
        return "\n".join(_lines(self))


def dollars(amount: float) -> str:
    """Return an amount as it is said: ``"$1.20"``, ``"$0.0037"``."""
    return f"${amount:.2f}" if amount >= _SMALL or amount == 0 else f"${amount:.4f}"


# ---- the figures in rows ----------------------------------------------------------------------------


def _by_effort(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    for (effort, model), group in _grouped(runs).items():
        used = [run.usage or _NO_USAGE for run in group]
        yield {
            "effort": effort,
            "model": model,
            "questions": len(group),
            "input_tokens": sum(u.input_tokens for u in used),
            "output_tokens": sum(u.output_tokens for u in used),
        } | _sum(run.cost for run in group)


def _grouped(runs: Iterable[Run]) -> dict[tuple[str | None, str | None], list[Run]]:
    groups: dict[tuple[str | None, str | None], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.effort, run.model), []).append(run)
    return groups


def _by_tool(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    tools: dict[str, tuple[int, list[float | None]]] = {}
    for run in runs:
        for tool in run.usage.tools if run.usage else ():
            calls, costs = tools.get(tool.name, (0, []))
            in_dollars = run.usage is not None and run.usage.currency == DOLLARS
            tools[tool.name] = calls + tool.calls, [*costs, tool.cost if in_dollars else None]
    for name, (calls, costs) in tools.items():
        yield {"tool": name, "calls": calls} | _sum(costs)


def _by_run(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    for run in runs:
        yield {
            "effort": run.effort,
            "model": run.model,
            "status": str(run.status),
            "input_tokens": run.usage.input_tokens if run.usage else None,
            "output_tokens": run.usage.output_tokens if run.usage else None,
            "cost": run.cost,
        }


def _sum(costs: Iterable[float | None]) -> dict[str, Any]:
    costs = list(costs)
    known = [cost for cost in costs if cost is not None]
    return {"cost": math.fsum(known) if known else None, "unknown": len(costs) - len(known)}


_FRAMES: dict[str, tuple[Callable[[Iterable[Run]], Iterator[dict[str, Any]]], dict[str, Any]]] = {
    "effort": (
        _by_effort,
        {
            "effort": str,
            "model": str,
            "questions": int,
            "input_tokens": int,
            "output_tokens": int,
            "cost": float,
            "unknown": int,
        },
    ),
    "tool": (_by_tool, {"tool": str, "calls": int, "cost": float, "unknown": int}),
    "run": (
        _by_run,
        {
            "effort": str,
            "model": str,
            "status": str,
            "input_tokens": "Int64",
            "output_tokens": "Int64",
            "cost": float,
        },
    ),
}


# ---- the figures in words ---------------------------------------------------------------------------


def _lines(so_far: UsageSoFar) -> Iterator[str]:
    yield " · ".join(
        (
            _count(so_far.questions, "question"),
            _known(so_far.cost if so_far.unknown < so_far.questions else None, so_far.unknown),
            _count(so_far.total_tokens, "token"),
            *([f"{so_far.running} under way"] if so_far.running else ()),
        )
        if so_far.questions or so_far.running
        else ("Nothing asked so far",)
    )
    asked = [(_named(row["effort"]), row["questions"], row) for row in _by_asked(so_far.runs)]
    tools = [(_named(row["tool"]), row["calls"], row) for row in _by_tool(so_far.runs)]
    width = max((len(name) for name, _, _ in asked + tools), default=0)
    for title, rows in (("", asked), ("Tools, of that", tools)):
        if title and rows:
            yield title
        for name, count, row in rows:
            cost = _known(row["cost"], row["unknown"])
            yield f"  {name:<{width}} {count:>4} ×  {cost}"  # noqa: RUF001
    if so_far.budget is not None:
        yield f"Budget {dollars(so_far.budget)}: {dollars(so_far.left or 0)} left"


def _named(name: str) -> str:
    """Return the name of a model or tool, which is the service's, fit for a terminal."""
    return printable(one_line(name))


def _by_asked(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    """Yield the rows by what was asked for, whichever models answered."""
    return _by_effort(replace(run, effort=run.asked, model=None) for run in runs)


def _known(cost: float | None, unknown: int) -> str:
    if cost is None:
        return "cost unknown" if unknown else dollars(0)
    return dollars(cost) + (f" and {unknown} of unknown cost" if unknown else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
