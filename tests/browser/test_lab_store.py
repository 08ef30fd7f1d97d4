"""Answers of the store in a real JupyterLab: the last line, "Ask again", and the history."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from ..support.lab import Lab
from ..support.lab_answer import html_of, outputs, settled, setup, whole
from ..support.wire_server import CREATED, WireServer, completed, delta

QUESTION = "How does it stream?"


def test_an_answer_of_the_store(lab: Lab, server: WireServer, tmp_path: Path) -> None:
    server.respond(whole())
    cells = [
        f"{setup(server)}\npplx.configure(store={str(tmp_path / 'a.db')!r}, cache='7 days')",
        f"pplx.complete({QUESTION!r}); pplx.ask('And in old browsers?').wait(); None",
        f"answer = pplx.ask({QUESTION!r})\nanswer",
        "pplx.history()",
    ]
    with lab.open(*cells) as notebook:
        for cell in range(4):
            notebook.run(cell)
        last = settled(notebook).locator(".pplx-last")
        expect(last).to_contain_text("from ")
        expect(last).to_contain_text("· $0")
        (kept,) = outputs(notebook, 2)
        record = kept["metadata"]["pplx_widget"]
        assert record["kept"] == record["asked"]
        assert "· $0</div>" in html_of(kept)
        assert len(server.requests) == 2

        lines = notebook.page.locator(".jp-Cell").nth(3).locator("details.pplx-found")
        line = lines.filter(has=notebook.page.locator("summary", has_text=QUESTION))
        expect(line).to_have_count(1)
        expect(line.get_by_text("It streams")).not_to_be_visible()
        line.locator("summary").first.click()
        expect(line.get_by_text("It streams")).to_be_visible()
        server.respond([CREATED, delta("It streams **anew**."), completed()])
        settled(notebook).get_by_role("button", name="Ask again").click()
        expect(settled(notebook)).to_contain_text("It streams anew.")
        expect(settled(notebook).locator(".pplx-last")).not_to_contain_text("from ")
        expect(settled(notebook).get_by_role("button", name="Retry")).to_be_visible()
        assert len(server.requests) == 3
        (asked,) = outputs(notebook, 2)
        assert "kept" not in json.dumps(asked["metadata"])
        assert notebook.errors == []
