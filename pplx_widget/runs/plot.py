"""The figure of `usage`: what efforts cost, their tokens, and the cost over the questions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core import figures
from ..core.words import count, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (11.0, 3.2)  # inches
_MOST = 10  # bars
_IN_REACH = 3.0  # a budget so many times as high as the costs would flatten them


def drawn(
    efforts: Sequence[Mapping[str, Any]], costs: Sequence[float | None], budget: float | None
) -> Figure:
    """Draw the usage.

    Parameters
    ----------
    efforts : sequence of mapping
        The sums of each effort: ``effort, input_tokens, output_tokens, cost``.
    costs : sequence of float or None
        The cost of each question in US dollars; None if it is unknown.
    budget : float or None
        The budget in US dollars.

    Raises
    ------
    PplxError
        matplotlib is not installed.
    """
    figure, axes = figures.figure([["costs", "tokens", "over"]], _SIZE)
    dear = sorted(efforts, key=lambda row: -(row["cost"] or 0))[:_MOST]
    used = sorted(efforts, key=lambda row: -row["input_tokens"] - row["output_tokens"])[:_MOST]
    unknown = costs.count(None)
    note = count(unknown, "plot.unknown") if unknown else ""
    figures.title(axes["costs"], say("plot.by_effort"), note)
    if any(row["cost"] for row in dear):
        lengths = {"": [row["cost"] or 0.0 for row in dear]}
        figures.bars(axes["costs"], [row["effort"] for row in dear], lengths, [figures.BLUE])
        figures.numbers(axes["costs"], x=True)
    else:
        figures.nothing(axes["costs"], say("plot.no_cost"))
    figures.title(axes["tokens"], say("plot.tokens"))
    if any(row["input_tokens"] or row["output_tokens"] for row in used):
        parts = {
            say("plot.input"): [row["input_tokens"] for row in used],
            say("plot.output"): [row["output_tokens"] for row in used],
        }
        names = [row["effort"] for row in used]
        figures.bars(axes["tokens"], names, parts, [figures.SKY, figures.ORANGE])
        figures.numbers(axes["tokens"], x=True, whole=True)
    else:
        figures.nothing(axes["tokens"], say("plot.no_tokens"))
    figures.title(axes["over"], say("plot.over"), say("plot.questions"))
    if any(costs):
        sums = [0.0, *itertools.accumulate(cost or 0.0 for cost in costs)]
        axes["over"].step(range(len(sums)), sums, where="post", color=figures.BLUE)
        budgeted(axes["over"], budget, sums[-1])
        figures.numbers(axes["over"], x=True, whole=True)
        figures.numbers(axes["over"], y=True)
    else:
        figures.nothing(axes["over"], say("plot.no_cost"))
    return figure


def budgeted(axes: Axes, budget: float | None, highest: float) -> None:
    """Draw a budget as a line, unless it is far above the costs, and a legend if lines have names."""
    axes.set_ylim(bottom=0)
    if budget is not None and budget <= _IN_REACH * highest:
        axes.axhline(budget, color=figures.RED, linestyle=":", label=say("plot.budget"))
        axes.set_ylim(top=1.1 * max(budget, highest))
    if axes.get_legend_handles_labels()[1]:
        figures.legend(axes, "lower right")
