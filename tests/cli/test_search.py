"""`pplx-widget search`: the sources as a list or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import pplx_widget as pplx
from pplx_widget.cli.main import main

from ..support.search_server import SearchServer


@pytest.fixture
def service(clean_settings: None) -> Iterator[SearchServer]:
    with SearchServer() as server:
        pplx.configure(base_url=server.base_url, max_retries=0)
        yield server


def test_the_list(service: SearchServer, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["search", "bee dance", "ants", "--mode", "academic", "--language", "de,fr"]
    words += ["--domains", "a.org", "--max-results", "5", "--after", "2026-01-31"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "bee dance · ants",
        "[1] Page 1 — https://site1.example/page — 2026-11-02",
        "[2] Page 2 — https://site2.example/page — 2026-11-02",
        "2 sources",
    ]
    assert service.bodies == [
        {
            "query": ["bee dance", "ants"],
            "max_results": 5,
            "search_mode": "academic",
            "search_after_date_filter": "01/31/2026",
            "search_domain_filter": ["a.org"],
            "search_language_filter": ["de", "fr"],
        }
    ]


def test_json(service: SearchServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "bees", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["title"]) for one in found] == [(1, "Page 1"), (2, "Page 2")]


def test_failures(service: SearchServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "bees", "--max-results", "30"]) == 2
    assert "max_results" in capsys.readouterr().err
    service.says = [(500, {})]
    assert main(["search", "bees"]) == 1
    assert capsys.readouterr().err.startswith("pplx-widget: ")
    with pytest.raises(SystemExit) as ended:
        main(["search", "bees", "--domain", "a.org"])
    assert ended.value.code == 2
    assert "--domains" in capsys.readouterr().err
