"""The usage of several runs: totals, data frames, and a short table as text."""

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
    from matplotlib.figure import Figure

_SMALL = 0.995  # smaller amounts of dollars are shown with four decimals
_NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run of a question.

    Attributes
    ----------
    asked : str
        The requested effort, or else the requested model. The cost depends on it.
    effort : str or None
        The requested effort; None if a model was requested.
    model : str or None
        The model that answered, or else the requested model.
    status : Status
        The final status.
    usage : Usage or None
        Tokens and cost; None if the service did not report them.
    might : float
        Estimated cost in US dollars, which counts for the budget if the cost is unknown.
    refused : bool
        Whether the service was not reached or refused the question, and so bills nothing.
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
        """Cost in US dollars; 0 if the question was refused, None if the cost is unknown."""
        if self.refused:
            return 0.0
        return self.usage.cost if self.usage and self.usage.currency == DOLLARS else None


@dataclass(frozen=True, slots=True)
class UsageSoFar:
    """The usage of this kernel's questions up to a moment, as returned by `pplx_widget.usage`.

    Attributes
    ----------
    runs : tuple of Run
        All finished runs, in the order in which they ended. A retry is a run of its own.
    running : int
        Number of answers in progress. Their cost is known when they end.
    budget : float or None
        Budget in US dollars, as set by `pplx_widget.configure`.
    counted : float
        US dollars that count for the budget: known costs, plus estimates for runs in progress and for
        runs that ended with an unknown cost.
    """

    runs: tuple[Run, ...]
    running: int = 0
    budget: float | None = None
    counted: float = 0.0

    @property
    def questions(self) -> int:
        """Number of finished runs."""
        return len(self.runs)

    @property
    def cost(self) -> float:
        """Sum of the known costs in US dollars; `unknown` is the number of runs not included."""
        return math.fsum(run.cost for run in self.runs if run.cost is not None)

    @property
    def unknown(self) -> int:
        """Number of runs without a known cost in US dollars.

        A run has none if it was stopped, failed, or the server does not report costs. A question that
        was refused (HTTP 400, 401, 403, 404, 429) or reached no server costs 0 and is not counted.
        """
        return sum(run.cost is None for run in self.runs)

    @property
    def input_tokens(self) -> int:
        """Sum of the known input tokens."""
        return sum(run.usage.input_tokens for run in self.runs if run.usage)

    @property
    def output_tokens(self) -> int:
        """Sum of the known output tokens, including those of reasoning."""
        return sum(run.usage.output_tokens for run in self.runs if run.usage)

    @property
    def total_tokens(self) -> int:
        """Sum of all known tokens."""
        return sum(run.usage.total_tokens for run in self.runs if run.usage)

    @property
    def left(self) -> float | None:
        """US dollars left of the budget, at least 0; None without a budget."""
        return None if self.budget is None else max(0.0, self.budget - self.counted)

    def to_frame(self, by: Literal["effort", "tool", "run"] = "effort") -> pd.DataFrame:
        """Return the usage as a pandas data frame.

        Parameters
        ----------
        by : {"effort", "tool", "run"}
            One row for each effort and model, for each tool of the service, or for each run.

        Returns
        -------
        pandas.DataFrame
            ``effort``: columns ``effort, model, questions, input_tokens, output_tokens, cost,
            unknown``. ``tool``: ``tool, calls, cost, unknown``. ``run``: ``effort, model, status,
            input_tokens, output_tokens, cost``. ``cost`` is the sum of the known costs in US dollars,
            NaN if none is known; ``unknown`` is the number of costs not included.

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

    def plot(self) -> Figure:
        """Draw what each effort or model cost, its tokens, and the cost over the questions.

        Returns
        -------
        matplotlib.figure.Figure
            In a notebook, the last value of a cell; in a script, ``.savefig("usage.png")`` keeps it. It
            has the style of matplotlib that is set. Bars are for the ten highest.

        Raises
        ------
        PplxError
            matplotlib is not installed: it comes with the extra ``plot``.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> answer = pplx.complete("What is HTTP/3?")
        >>> pplx.usage().plot().savefig("usage.png")
        """
        from .plot import drawn  # noqa: PLC0415 (needed only here)

        asked = ({**row, "effort": _named(row["effort"])} for row in _by_asked(self.runs))
        return drawn([*asked], [run.cost for run in self.runs], self.budget)

    def __repr__(self) -> str:
        return "\n".join(_lines(self))


def dollars(amount: float) -> str:
    """Return an amount as text, such as ``"$1.20"`` or ``"$0.0037"``."""
    return f"${amount:.2f}" if amount >= _SMALL or amount == 0 else f"${amount:.4f}"


# ---- rows of the data frames ------------------------------------------------------------------------


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


# ---- the text ---------------------------------------------------------------------------------------


def _lines(so_far: UsageSoFar) -> Iterator[str]:
    yield " · ".join(
        (
            _count(so_far.questions, "question"),
            _known(so_far.cost if so_far.unknown < so_far.questions else None, so_far.unknown),
            _count(so_far.total_tokens, "token"),
            *([f"{so_far.running} in progress"] if so_far.running else ()),
        )
        if so_far.questions or so_far.running
        else ("No questions so far",)
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
    """Return the service's name of a model or tool, safe to print in a terminal."""
    return printable(one_line(name))


def _by_asked(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    """Yield one row for each requested effort or model, whichever models answered."""
    return _by_effort(replace(run, effort=run.asked, model=None) for run in runs)


def _known(cost: float | None, unknown: int) -> str:
    if cost is None:
        return "cost unknown" if unknown else dollars(0)
    return dollars(cost) + (f" and {unknown} of unknown cost" if unknown else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
