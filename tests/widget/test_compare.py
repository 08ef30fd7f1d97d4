"""One question in several ways: names, metrics, sources, the document, and what goes wrong."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest

import pplx_widget as pplx
from pplx_widget.core.events import (
    Event,
    Finished,
    Opened,
    Source,
    SourcesFound,
    Text,
    Usage,
    UsageReported,
)
from pplx_widget.question.request import Request
from pplx_widget.server.server import LocalServer
from pplx_widget.widget.compare import ways

from ..support.fault_server import STALL, FaultServer, reply
from ..support.kernel import Kernel
from ..support.lifetime_cells import SETUP
from ..support.wire_server import CREATED, WireServer, delta

KEY = "pplx-Zq7correcthorsebattery00staple11"
QUESTION = "What is the CAP theorem?"


def source(number: int, url: str) -> Source:
    return Source(number, f"Page {url}", f"https://{url}", url.partition("/")[0])


class Found:
    """Answers with sources that depend on the effort; the addresses of a page differ in spelling."""

    paid = False

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        own = request.effort or request.model or ""
        address = "www.a.org/both/" if own == "low" else "a.org/both?utm_source=x"
        yield Opened(model="m")
        yield SourcesFound((source(1, address), source(2, f"{own}.org/alone")))
        yield Text(f"Both say it.[1] Only {own} says this.[2]" if own == "low" else "Both.[1]")
        yield UsageReported(Usage(5, 10, 15, 0.0061))
        yield Finished("complete")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["fast", "low"], ["fast", "low"]),
        (["fast@2026-10-16.0", "pro-search"], ["fast@2026-10-16.0", "pro-search"]),
        (["low", "perplexity/sonar", "gpt-4o"], ["low", "perplexity/sonar", "gpt-4o"]),
        (["low", "low", "fast"], ["low (1)", "low (2)", "fast"]),
        (
            [{"effort": "low", "search": False}, {"effort": "low", "search": "required"}],
            ["search=False", "search=required"],
        ),
        (
            [
                {"effort": "low", "search": pplx.Search(recency="month")},
                {"effort": "fast", "search": pplx.Search(after=date(2026, 1, 2), domains=["a.b"])},
            ],
            ["low, recency=month", "fast, domains=a.b, after=2026-01-02"],
        ),
        ([{"provider": "chat", "model": "m"}, "m"], ["chat", "m"]),
        ([{"provider": Found()}, {"provider": "raw"}], ["Found", "raw"]),
        ([{"effort": "low"}, {"effort": "low"}], ["low (1)", "low (2)"]),
        ([{}, "low"], ["default", "low"]),
        ([KEY, "low"], ["[key]", "low"]),
        (
            [{"instructions": "Be  brief." * 20}, {"temperature": 0.5}],
            ["instructions=" + "Be brief." * 6 + "Be br…", "temperature=0.5"],
        ),
        (
            [
                {"extra_headers": {"X-Key": KEY}},
                {"extra_body": {"key": KEY}, "tools": ["fetch_url"]},
            ],
            ["extra_headers", "tools=fetch_url, extra_body"],
        ),
    ],
)
def test_the_names_of_ways(given: list[Any], names: list[str]) -> None:
    assert ways.names(ways.read(given)) == names


def test_metrics_and_sources() -> None:
    comparison = pplx.compare(QUESTION, ["low", "fast"], provider=Found()).wait(30)
    assert comparison.status == "complete"
    assert [answer.way for answer in comparison] == comparison.ways == ["low", "fast"]
    assert len(comparison) == 2
    assert comparison["fast"] is comparison[1] is comparison.answers[-1]
    assert comparison[:1] == comparison.answers[:1]
    with pytest.raises(KeyError, match="'slow' is not a way of this comparison: low, fast"):
        comparison["slow"]
    frame = comparison.to_frame()
    assert frame["way"].tolist() == ["low", "fast"]
    for column, values in {
        "sources": [2, 2],
        "cited": [2, 1],
        "shared": [1, 1],
        "alone": [1, 1],
        "tokens": [10, 10],
        "cost": [0.0061, 0.0061],
        "error": ["", ""],
    }.items():
        assert frame[column].tolist() == values, column
    assert frame["seconds"].tolist() == [a.timing.finished for a in comparison]
    assert [each.url for each in comparison.shared] == ["https://www.a.org/both/"]
    alone = {name: [each.site for each in found] for name, found in comparison.alone.items()}
    assert alone == {"low": ["low.org"], "fast": ["fast.org"]}
    assert comparison.alone["low"].to_frame()["cited"].tolist() == [True]
    table = repr(comparison)
    assert "$0.0061" in table
    assert "complete" in table


def test_the_document_has_each_answer_and_load_finds_them(tmp_path: Path) -> None:
    comparison = pplx.compare(QUESTION, ["low", "fast"], provider=Found()).wait(30)
    below = comparison[0].ask("And PACELC?").wait(30)
    data, metadata = comparison._columns.content() or ({}, {})
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    html = data["text/html"]
    assert html.count('class="pplx pplx-complete') == 2
    assert "Shared: 1 source. Found by one alone: 2 sources." in html
    assert "cited [1]" in html
    for form in data.values():
        assert "Only low says this." in form
        assert "$0.0061" in form
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("c", outputs=[output])
    path = tmp_path / "compared.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    loaded = pplx.load(path)
    assert [(a.way, a.text, a.sources) for a in loaded] == [
        (a.way, a.text, a.sources) for a in comparison
    ]
    again = pplx.Comparison.of(loaded)
    assert again.ways == ["low", "fast"]
    assert repr(again) == repr(comparison)
    assert below.way is None


def test_an_answer_that_is_asked_again_keeps_its_document_meanwhile() -> None:
    with FaultServer() as server:
        server.play(reply(500))
        pplx.configure(base_url=server.url(), api_key=KEY, max_retries=0)
        comparison = pplx.compare("q", ["low", "fast"]).wait(30)
        before = comparison._columns.content()
        assert before
        server.play([STALL])
        comparison[0].retry()
        assert comparison.status == "streaming"
        assert comparison._columns.content() is before
        comparison.stop()
        after = comparison.wait(30)._columns.content()
    assert after
    assert "stopped" in after[0]["text/plain"]
    assert KEY not in json.dumps(after) + repr(comparison)


def test_one_way_fails_alone() -> None:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        comparison = pplx.compare(QUESTION, ["low", {"provider": "chat", "model": "m"}]).wait(30)
    assert [answer.status.value for answer in comparison] == ["complete", "failed"]
    assert comparison.status == "complete"
    assert comparison.to_frame()["error"].tolist() == ["", "This endpoint was retired."]
    assert "failed: This endpoint was retired." in repr(comparison)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["low"], "at least two ways"),
        ("low", "at least two ways"),
        ({"low": "fast"}, "at least two ways"),
        (None, "at least two ways"),
        (["low", 3], "A way to ask cannot be 3"),
        (["low", ""], "A way to ask cannot be ''"),
        (["low", {"efort": "fast"}], "'efort'"),
        (["low", {"effort": "fastest"}], "effort cannot be 'fastest'"),
        (["low", {"temperature": 9}], "temperature cannot be 9"),
        (["low", {"provider": "chat"}], "model"),
        (["low", {"recency": "month"}], "search=pplx.Search"),
    ],
)
def test_slips_raise_before_anything_is_sent(given: Any, error: str) -> None:
    with FaultServer() as server:
        server.play(reply(500))
        pplx.configure(base_url=server.url(), api_key=KEY)
        with pytest.raises(pplx.PplxError, match=error) as raised:
            pplx.compare("q", given)
        assert isinstance(raised.value, pplx.InvalidRequest | pplx.UnknownOption)
        with pytest.raises(pplx.UnknownOption, match="efort"):
            pplx.compare("q", ["low", "fast"], efort="low")  # type: ignore[call-arg]
        with pytest.raises(pplx.InvalidRequest, match="empty"):
            pplx.compare(" ", ["low", "fast"])
        assert server.requests == []
    with pytest.raises(pplx.InvalidRequest, match="two finished answers"):
        pplx.Comparison.of([])


def test_a_way_replaces_the_options_of_all() -> None:
    seen: list[Request] = []

    class Own:
        async def stream(self, request: Request) -> AsyncIterator[Event]:
            seen.append(request)
            yield Text("x")
            yield Finished("complete")

    given = ["perplexity/sonar", {"max_tokens": 50}]
    pplx.compare("q", given, provider=Own(), effort="low", max_tokens=99).wait(30)
    asked = {(each.model, each.effort, each.max_tokens) for each in seen}
    assert asked == {("perplexity/sonar", None, 99), (None, "low", 50)}


def test_stop_alone_and_together() -> None:
    with FaultServer() as server:
        server.play([STALL])
        pplx.configure(base_url=server.url(), api_key=KEY)
        comparison = pplx.compare("q", ["fast", "low", "medium"])
        assert server.wait_for_requests(3)
        comparison[1].stop()
        assert comparison[1].wait(10).status == "stopped"
        assert comparison.status == "streaming"
        with pytest.raises(TimeoutError, match=r"did not finish within 0\.01 s"):
            comparison.wait(0.01)
        comparison.stop()
        assert comparison.wait(10).status == "stopped"
        assert server.wait_until_idle()


def test_an_answer_outlives_its_comparison() -> None:
    with FaultServer() as server:
        server.play([STALL])
        pplx.configure(base_url=server.url(), api_key=KEY)
        kept = pplx.compare("q", ["fast", "low"]).answers
        gc.collect()
        assert server.wait_for_requests(2)
        for answer in kept:
            assert not answer.status.final
            answer.stop()
            assert answer.wait(10).status == "stopped"


def test_it_can_be_awaited_and_each_answer_counts() -> None:
    async def run() -> pplx.Comparison:
        return await pplx.compare(QUESTION, ["low", "fast"])

    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        before = len(pplx.usage().runs)
        comparison = asyncio.run(run())
    assert comparison.status == "complete"
    assert len(pplx.usage().runs) - before == 2


COMPARES = """
c = pplx.compare("q", ["fast", "low"])
for answer in c:
    while not answer.text:
        time.sleep(0.01)
    asked.append(weakref.ref(answer))
del answer
c"""


@pytest.mark.jupyter
def test_a_comparison_that_nothing_shows_is_stopped(server: WireServer) -> None:
    server.respond([CREATED, delta("So far"), threading.Event()])
    look = "print(*[ref().status for ref in asked])"
    with Kernel() as kernel:
        assert kernel.run(SETUP.format(url=server.base_url)) == ""
        kernel.run(COMPARES, "shown")
        assert kernel.run("1", "another") == ""
        assert kernel.run(look).split() == ["streaming", "streaming"]
        kernel.run("del c", "a third")  # the output still shows it
        assert kernel.run(look).split() == ["streaming", "streaming"]
        kernel.run("2", "shown")
        kernel.run("for ref in asked: ref().wait(20)")
        assert kernel.run(look).split() == ["stopped", "stopped"]
