"""A structured answer with evidence in a real JupyterLab: live, as a document, and reopened."""

from __future__ import annotations

import json
import threading

from playwright.sync_api import expect

from ..support.lab import Lab
from ..support.lab_answer import outputs, settled, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, frame

ASK = """import pydantic

class Company(pydantic.BaseModel):
    name: str
    founded: int
    workers: int | None

answer = pplx.ask("Who founded Siemens?", schema=Company, evidence=True)
answer"""

TEXT = json.dumps(
    {
        "name": {"value": "Siemens *AG*", "sources": [7], "quote": "It is named Siemens\u00a0AG."},
        "founded": {"value": 1847, "sources": [7, 3], "quote": "Founded in 1847 in Bonn"},
        "workers": {"value": None, "sources": [], "quote": None},
    }
)
HALF = TEXT.index(' "sources": [7, 3]')

FOUND = [
    {"id": 7, "title": "Siemens", "url": "https://e.org/7", "snippet": "It is named Siemens AG."},
    {"id": 3, "title": "A life", "url": "https://e.net/3", "snippet": "Founded in 1847 in Berlin."},
]


def test_values_have_chips_and_a_missing_quote_is_seen(lab: Lab, server: WireServer) -> None:
    gate = threading.Event()
    server.respond(
        [
            CREATED,
            frame(type="response.reasoning.search_results", results=FOUND),
            delta(TEXT[:HALF]),
            gate,
            *(delta(TEXT[at : at + 9]) for at in range(HALF, len(TEXT), 9)),
            completed(),
        ]
    )
    with lab.open(
        setup(server), ASK, "print(answer.parsed, answer.evidence[1].quoted)"
    ) as notebook:
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view.locator(".pplx-text li")).to_have_text(
            ["name: Siemens *AG* 1", "founded: 1847"]
        )
        expect(view.locator(".pplx-text sup a")).to_have_attribute("href", "https://e.org/7")
        expect(view.locator(".pplx-quotes:not(.pplx-check)")).to_be_hidden()

        gate.set()
        document = settled(notebook)
        expect(document.locator(".pplx-text li")).to_have_text(
            ["name: Siemens *AG* 1", "founded: 1847 1 2", "workers: null"]
        )
        quotes = document.locator(".pplx-quotes:not(.pplx-check)")
        expect(quotes).to_have_attribute("open", "")
        expect(quotes.locator("summary")).to_have_text(
            "3 quotes · 2 not in their sources · 1 value without a source"
        )
        expect(quotes.locator("li").first).to_have_text(
            "founded: 1847 “Founded in 1847 in Bonn” 1 · e.org not in the extract of the source"
        )
        expect(quotes.locator("li")).to_have_count(4)
        assert notebook.run(2) == "name='Siemens *AG*' founded=1847 workers=None False\n"
        (output,) = outputs(notebook)
        assert "Founded in 1847 in Bonn" in "".join(output["data"]["text/markdown"])
        shown = quotes.inner_text()
        assert notebook.errors == []
        notebook.saved()
        name = notebook.name
    lab.trust(name)
    with lab.visit(name, scheme="dark") as notebook:  # the kernel knows nothing of it
        quotes = notebook.page.locator(".pplx-quotes:not(.pplx-check)")
        expect(quotes).to_have_attribute("open", "")
        assert " ".join(quotes.inner_text().split()) == " ".join(shown.split())
