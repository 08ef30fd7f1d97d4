"""Images that a search found, in a real JupyterLab: chips, and nothing is fetched before a click."""

from __future__ import annotations

import base64
import threading
from typing import Any

from playwright.sync_api import Page, expect

from ..support.lab import Lab
from ..support.lab_answer import ASK, setup
from ..support.wire_server import CREATED, WireServer, completed, delta, frame

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=="
)
FOUND: list[dict[str, Any]] = [
    {
        "image_url": "https://img.example.net/1.png",
        "origin_url": "https://www.bees.example.org/dance",
        "title": "A bee \u202e<b>dances</b>",
        "width": 640,
        "height": 480,
    },
    {"image_url": "javascript:alert(1)", "title": "Bad"},
    {"image_url": "http://img.example.net/plain.png", "title": "Bad"},
    *({"image_url": f"https://img.example.net/{i}.png", "title": f"Bee {i}"} for i in range(2, 15)),
]


def images(*found: dict[str, Any]) -> bytes:
    return frame(type="response.reasoning.image_search_results", call_id="i", results=[*found])


def third_parties(page: Page) -> list[dict[str, str]]:
    """Answer requests for images, and return the list of the headers of all of them."""
    asked: list[dict[str, str]] = []

    def answer(route: Any) -> None:
        asked.append({"url": route.request.url, **route.request.all_headers()})
        route.fulfill(body=PIXEL, content_type="image/png")

    page.route("**://*.example.net/**", answer)
    page.route("**://*.example.org/**", answer)
    return asked


def test_a_chip_is_a_picture_after_a_click(lab: Lab, server: WireServer) -> None:
    looked, written = threading.Event(), threading.Event()
    server.respond(
        [
            CREATED,
            frame(
                type="response.reasoning.image_search_queries", call_id="i", queries=["bees dance"]
            ),
            looked,
            images(*FOUND),
            delta("They dance."),
            written,
            completed("They dance."),
        ]
    )
    with lab.open(setup(server), ASK) as notebook:
        asked = third_parties(notebook.page)
        notebook.run(0)
        notebook.run(1)
        view = notebook.answers
        expect(view).to_contain_text("Searching: “bees dance”")
        looked.set()
        chips = view.locator("a.pplx-image")
        expect(chips).to_have_count(12)
        expect(chips.first).to_have_text("A bee ⟨RLO⟩dances")
        expect(view).to_contain_text("14 images")
        expect(view).to_contain_text("640×480 · bees.example.org")
        expect(view).to_contain_text("and 2 more")
        expect(view).not_to_contain_text("Bad")
        live = view.locator(".pplx-images").inner_text()

        written.set()
        settled = notebook.page.locator(".pplx-settled")
        expect(settled).to_have_attribute("data-status", "complete")
        assert settled.locator(".pplx-images").inner_text() == live
        assert asked == []

        chip = settled.locator("a.pplx-image").first
        chip.click()
        picture = settled.locator("img.pplx-picture")
        expect(picture).to_have_attribute("alt", "A bee ⟨RLO⟩dances")
        expect(picture).to_have_js_property("complete", True)
        expect(chip).to_have_attribute("aria-expanded", "true")
        assert [each["url"] for each in asked] == ["https://img.example.net/1.png"]
        assert "referer" not in asked[0]
        chip.click()
        expect(picture).to_have_count(0)
        # By keyboard.
        chip.focus()
        notebook.page.keyboard.press("Enter")
        expect(picture).to_be_visible()

        saved = notebook.saved()
        assert "<img" not in saved
        assert "![" not in saved
        assert notebook.errors == []
