"""The figure of a batch."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from typing import Any

import matplotlib as mpl
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from matplotlib import colors
from matplotlib.figure import Figure

import pplx_widget as pplx
from pplx_widget.core import figures
from pplx_widget.core.events import (
    Event,
    Finished,
    Source,
    SourcesFound,
    Text,
    Usage,
    UsageReported,
)
from pplx_widget.core.words import say

from ..support.rows import LIMIT, Answers, answer

pytestmark = pytest.mark.usefixtures("clean_ledger")


class Paid(Answers):
    paid = True


def panels(batch: Any) -> dict[str, Any]:
    """Return the panels of a batch's figure, which has been drawn, by their names."""
    figure = batch.plot()
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO())
    return {axes.get_label(): axes for axes in figure.axes}


def said(axes: Any) -> str:
    """Return all texts of a panel."""
    legend = axes.get_legend()
    texts = [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
    texts += [text.get_text() for text in axes.texts]
    texts += [text.get_text() for text in legend.get_texts()] if legend else []
    return "\n".join(texts)


def found(*sources: tuple[str, str | None]) -> list[Event]:
    pages = [
        Source(i, "Title", f"https://{site}/{i}", site, day)
        for i, (site, day) in enumerate(sources, 1)
    ]
    used = UsageReported(Usage(10, 20, 30, cost=0.01))
    return [SourcesFound(tuple(pages)), Text("Yes.[1]"), used, Finished()]


def ask(data: Any, provider: Any = None, **options: Any) -> Any:
    return pplx.ask_many(data, "{}", provider=provider or Paid(), effort="low", **options)


def heights(axes: Any) -> dict[str, float]:
    """Return the height of each state at the right end of the stack."""
    made = {}
    for band in axes.collections:
        points = band.get_paths()[0].vertices
        right = points[points[:, 0] == points[:, 0].max()]
        made[band.get_label()] = right[:, 1].max() - right[:, 1].min()
    return made


def test_states_costs_times_and_sources() -> None:
    def say_(question: str) -> list[Event]:
        if question == "q2":
            raise pplx.ServiceFailed("It broke.")
        return found(("b.org", "2026-03-01"), ("a.org", "2026-05-09"), ("a.org", None))

    drawn = panels(ask([f"q{i}" for i in range(5)], Paid(say_), budget=0.1).wait(LIMIT))
    assert heights(drawn["states"]) == {"Answered": 4, "Failed": 1, "Not over": 0}
    costs, budget = drawn["costs"].get_lines()
    assert costs.get_ydata()[0] == 0
    assert costs.get_ydata()[-1] == pytest.approx(0.04)
    assert [*budget.get_ydata()] == [0.1, 0.1]
    assert "end (median" in said(drawn["seconds"])
    assert "first token (median" in said(drawn["seconds"])
    sites = [text.get_text() for text in drawn["sites"].get_yticklabels()]
    assert sites == ["a.org", "b.org"]
    assert [bar.get_width() for bar in drawn["sites"].patches] == [8, 4]
    months = {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in drawn["dates"].patches}
    assert {round(month): n for month, n in months.items()} == {2026 * 12 + 2: 4, 2026 * 12 + 4: 4}
    assert "4 of 12 sources have no such date" in said(drawn["dates"])


def test_rows_that_repeat_count_as_rows_but_not_as_answers() -> None:
    drawn = panels(ask(["p", "p", "q"]).wait(LIMIT))
    assert heights(drawn["states"])["Answered"] == 3
    assert [bar.get_width() for bar in drawn["sites"].patches] == [2]


def test_a_row_that_is_asked_again_is_no_longer_failed() -> None:
    down = [True]

    def say_(question: str) -> list[Event]:
        if down[0] and question == "q":
            raise pplx.ServiceFailed("It broke.")
        return answer("Yes.")

    batch = ask(["p", "q", "q"], Paid(say_)).wait(LIMIT)
    assert heights(panels(batch)["states"]) == {"Answered": 1, "Failed": 2, "Not over": 0}
    down[0] = False
    batch.retry_failed().wait(LIMIT)
    drawn = panels(batch)["states"]
    assert heights(drawn) == {"Answered": 3, "Failed": 0, "Not over": 0}


def test_breaks_do_not_count_as_time() -> None:
    batch = ask(["p"]).wait(LIMIT)
    at = batch._engine.seconds
    until = time.monotonic() + at
    while time.monotonic() <= until:
        assert batch._engine.seconds == at


def test_while_it_runs() -> None:
    gate, first = threading.Event(), threading.Event()

    class Slow(Paid):
        async def stream(self, request: Any) -> Any:
            if request.question not in ("q0", "q1", "q2"):
                first.set()
                while not gate.is_set():  # noqa: ASYNC110 (a thread's event)
                    await asyncio.sleep(0.001)
            async for event in super().stream(request):
                yield event

    batch = ask([f"q{i}" for i in range(9)], Slow(), concurrency=1)
    assert first.wait(LIMIT)
    drawn = panels(batch)
    assert heights(drawn["states"]) == {"Answered": 3, "Not over": 6}
    assert "projected" in said(drawn["costs"])
    going = drawn["costs"].get_lines()[1]
    assert [*going.get_ydata()] == pytest.approx([0.03, 0.09])
    gate.set()
    batch.wait(LIMIT)


def test_no_rows_and_one_row() -> None:
    drawn = panels(ask([]).wait(LIMIT))
    assert [say("plot.no_rows"), say("plot.no_cost"), say("plot.no_answers")] == [
        drawn[name].texts[0].get_text() for name in ("states", "costs", "seconds")
    ]
    assert say("plot.no_sources") in said(drawn["sites"])
    assert say("plot.no_sources") in said(drawn["dates"])
    drawn = panels(ask(["q"]).wait(LIMIT))
    assert heights(drawn["states"]) == {"Answered": 1, "Not over": 0}
    assert say("plot.no_dates") in said(drawn["dates"])


def test_unknown_costs_and_rows_that_were_not_asked() -> None:
    unknown = panels(ask(["q"], Paid(lambda _: answer("Yes.", cost=None))).wait(LIMIT))
    assert say("plot.no_cost") in said(unknown["costs"])

    def broken(_: str) -> list[Event]:
        raise pplx.ServiceFailed("It broke.")

    ended = pplx.ask_many(["p", "q"], "{}", provider=Paid(broken), concurrency=1, on_error="raise")
    with pytest.raises(pplx.ServiceFailed):
        ended.wait(LIMIT)
    assert heights(panels(ended)["states"]) == {"Failed": 1, "Skipped": 1, "Not over": 0}


@pytest.mark.filterwarnings("error")
def test_names_of_sites_are_texts() -> None:
    names = ["a$b$c.org", "x_y^z.org", "例え.jp", "müller.de", "m\u202eoc.org", "w" * 300 + ".org"]
    drawn = panels(ask(["q"], Paid(lambda _: found(*((name, None) for name in names)))).wait(LIMIT))
    labels = drawn["sites"].get_yticklabels()
    shown = [label.get_text() for label in labels]
    assert shown[:4] == ["a$b$c.org", "x_y^z.org", "xn--r8jz45g.jp", "müller.de"]
    assert "\u202e" not in shown[4]
    assert shown[5].endswith("www.org")
    assert max(map(len, shown)) <= 28
    assert not any(label.get_parse_math() for label in labels)


def test_long_spans_are_shown_by_years_and_odd_dates_not_at_all() -> None:
    days = ("2019-03-01", "2026-05-09", "2024", "1970-01-01", "2999-01-01", "soon")
    drawn = panels(ask(["q"], Paid(lambda _: found(*(("a.org", day) for day in days)))).wait(LIMIT))
    years = [round(bar.get_x() + bar.get_width() / 2) for bar in drawn["dates"].patches]
    assert sorted(years) == [2019, 2024, 2026]
    assert "3 of 6 sources have no such date" in said(drawn["dates"])


def test_the_style_and_the_language_are_those_of_the_user() -> None:
    batch = ask(["q"]).wait(LIMIT)
    with mpl.rc_context({"figure.facecolor": "black", "xtick.color": "white"}):
        figure = batch.plot()
    assert colors.to_hex(figure.get_facecolor()) == "#000000"
    figure.savefig(io.BytesIO())
    (label, *_) = figure.axes[0].get_xticklabels()
    assert colors.to_hex(label.get_color()) == "#ffffff"
    pplx.configure(locale="de")
    try:
        assert "Zustände der Zeilen" in said(panels(batch)["states"])
    finally:
        pplx.configure(locale=None)


def test_a_batch_with_a_store(tmp_path: Any) -> None:
    for _ in range(2):  # the second time from the file
        batch = ask(["p", "q"], store=tmp_path / "rows.db").wait(LIMIT)
        drawn = panels(batch)
        assert heights(drawn["states"])["Answered"] == 2
        assert [bar.get_width() for bar in drawn["sites"].patches] == [2]
    assert say("plot.no_cost") in said(drawn["costs"])


def test_a_batch_from_a_file() -> None:
    from pplx_widget.document.record import batch_to_record
    from pplx_widget.widget.batch.batch import Batch

    batch = ask(["p", "q"]).wait(LIMIT)
    results = [(row, batch._engine.result(row)) for row in range(2)]
    record = batch_to_record("complete", [(row, r.cost, r.record) for row, r in results])
    drawn = panels(Batch.from_record(record))
    assert [bar.get_width() for bar in drawn["states"].patches] == [2]
    assert say("plot.spent", amount="0.02") in said(drawn["costs"])
    assert [bar.get_width() for bar in drawn["sites"].patches] == [2]


@pytest.fixture
def without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ModuleNotFoundError(name="matplotlib")

    monkeypatch.setattr(figures, "_imported", missing)


@pytest.mark.usefixtures("without_matplotlib")
def test_without_matplotlib() -> None:
    batch = ask(["q"]).wait(LIMIT)
    for plot in (batch.plot, pplx.usage().plot):
        with pytest.raises(pplx.PplxError, match=r"pip install 'pplx-widget\[plot\]'"):
            plot()


def test_the_budget_counts_what_the_batch_has_cost() -> None:
    batch = ask(["p", "q"], budget=0.1).wait(LIMIT)
    assert batch.usage.left == pytest.approx(0.08)


def test_ipython_shows_it_once_and_as_the_user_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    figure = ask(["q"]).wait(LIMIT).plot()
    data, _ = shell.display_formatter.format(figure)
    assert set(data) == {"text/plain", "image/png"}
    assert data["image/png"].startswith(b"\x89PNG")
    select_figure_formats(shell, {"svg"})
    again = ask(["q"]).wait(LIMIT).plot()
    assert set(shell.display_formatter.format(again)[0]) == {"text/plain", "image/svg+xml"}
