"""A race in a real JupyterLab: two clocks while it runs, a document afterwards."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from ..support.lab import Lab

SETUP = """
import pplx_widget as pplx
from pplx_widget.server.network import Network
from pplx_widget.server.server import LocalServer
server = LocalServer(network=Network(sever_idle=2.5)).start()
pplx.configure(base_url=server.base_url)
"""
RACE = "race = pplx.race('Why does requests.post() hang when I call a streaming LLM API?')\nrace"


def test_two_clocks_and_then_a_document(lab: Lab) -> None:
    with lab.open(SETUP, RACE, RACE, "race.status.value") as notebook:
        notebook.run(0)
        notebook.run(1)
        lanes = notebook.page.locator(".pplx-race-lane")
        expect(lanes).to_have_count(2)
        # The blocking lane was disconnected; the streamed one continues.
        expect(lanes.nth(0).get_by_role("status")).to_contain_text("hung up before it answered")
        expect(lanes.nth(1)).to_contain_text("First words after")
        settled = notebook.page.locator(".pplx-race table")
        expect(settled).to_contain_text("complete")
        expect(settled).to_contain_text("hung up before it answered")
        expect(lanes).to_have_count(2)
        expect(notebook.page.locator(".pplx-race button")).to_have_count(0)
        (kept,) = json.loads(notebook.saved())["cells"][1]["outputs"]
        assert set(kept["data"]) == {"text/html", "text/markdown", "text/plain"}
        notebook.run(2)
        notebook.page.get_by_role("button", name="Stop", exact=True).click()
        expect(notebook.page.locator(".pplx-race table").nth(1)).to_contain_text("stopped")
        assert "stopped" in json.dumps(json.loads(notebook.saved())["cells"][2]["outputs"])
        assert notebook.errors == []
