"""The figure of the usage."""

from __future__ import annotations

import io
from typing import Any

import pytest
from matplotlib.figure import Figure

import pplx_widget as pplx
from pplx_widget.core.events import Usage
from pplx_widget.core.state import Status
from pplx_widget.core.words import say
from pplx_widget.runs.usage import Run, UsageSoFar


def run(asked: str, cost: float | None, tokens: int = 100) -> Run:
    usage = Usage(tokens, 10, tokens + 10, cost)
    return Run(asked, asked, "model", Status.COMPLETE, usage)


def panels(usage: UsageSoFar) -> list[Any]:
    figure = usage.plot()
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO())
    return figure.axes


def names(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_costs_and_tokens_by_effort_and_the_cost_over_the_questions() -> None:
    runs = run("low", 0.01, 500), run("high", 0.2), run("low", None), run("a_$b$", 0.02)
    costs, tokens, over = panels(UsageSoFar(runs, budget=0.3))
    assert names(costs) == ["high", "a_$b$", "low"]
    assert [bar.get_width() for bar in costs.patches] == pytest.approx([0.2, 0.02, 0.01])
    assert "1 question of unknown cost" in costs.get_xlabel()
    assert names(tokens) == ["low", "high", "a_$b$"]
    assert [bar.get_width() for bar in tokens.patches] == [600, 100, 100, 20, 10, 10]
    line, budget = over.get_lines()
    assert [*line.get_ydata()] == pytest.approx([0, 0.01, 0.21, 0.21, 0.23])
    assert [*budget.get_ydata()] == [0.3, 0.3]


def test_only_the_highest_have_bars() -> None:
    costs, *_ = panels(UsageSoFar(tuple(run(f"m{i}", 1.0 + i) for i in range(30))))
    assert names(costs) == [f"m{i}" for i in range(29, 19, -1)]


def test_a_budget_far_above_the_costs_does_not_flatten_them() -> None:
    *_, over = panels(UsageSoFar((run("low", 0.01),), budget=100))
    assert len(over.get_lines()) == 1
    assert over.get_ylim()[1] < 0.02


def test_nothing_asked_and_nothing_known() -> None:
    for runs in ((), (Run("low", "low", None, Status.STOPPED, None),)):
        said = [axes.texts[0].get_text() for axes in panels(UsageSoFar(runs))]
        assert said == [say("plot.no_cost"), say("plot.no_tokens"), say("plot.no_cost")]


@pytest.mark.usefixtures("clean_ledger")
def test_usage() -> None:
    assert panels(pplx.usage())
