"""The steps of an answer: live, folded and unfolded, and without jumps."""

import pytest
from playwright.sync_api import Page, expect

from ..support.live_page import (
    CITATIONS,
    FAILURE,
    READ,
    SEARCH,
    SOURCES,
    THOUGHT,
    patch,
    start,
    whole,
)


def test_the_steps_are_shown_until_the_text_begins(page: Page) -> None:
    start(page, status="searching")
    expect(page.locator("div.pplx-trace .pplx-phase-label")).to_have_text("Searching")
    expect(page.locator("details.pplx-trace")).to_have_count(0)
    patch(page, steps={"from": 0, "items": [SEARCH]})
    steps = page.locator(".pplx-step")
    expect(steps).to_have_text(["Searching “bee dance”, “a b” 0.1 s"])
    expect(steps.first).to_be_hidden()  # the line above shows the same
    patch(page, steps={"from": 0, "items": [{**SEARCH, "found": 10}, READ, THOUGHT]})
    found = "Searched “bee dance”, “a b” 10 sources 0.1 s"
    expect(steps).to_have_text([found, "Read bees.org, javascript:x 1.0 s", "So they do. 2.0 s"])
    expect(steps.locator("a")).to_have_count(1)
    expect(steps.last).to_be_visible()
    patch(page, status="streaming", text="Eig")
    expect(steps.last).to_be_hidden()
    patch(page, status="searching", steps={"from": 3, "items": [SEARCH]})
    expect(steps).to_have_count(4)
    expect(steps.last).to_be_hidden()
    expect(page.locator(".pplx-phase-note")).to_be_hidden()
    patch(page, status="complete", at=3, text="hts.")
    expect(page.locator(".pplx-phase-note")).to_have_text("2 searches · 2 pages read")


def test_the_newest_of_many_steps_is_in_sight(page: Page) -> None:
    start(page, status="searching", steps=[SEARCH])
    patch(page, steps={"from": 1, "items": [{**THOUGHT, "items": [f"Hm {i}."]} for i in range(40)]})
    step = page.get_by_text("Hm 39.")
    expect(step).to_be_in_viewport()
    box = page.locator(".pplx-steps").bounding_box()
    assert box["height"] < 200
    # Unfolding by hand shows all of them.
    page.locator("summary.pplx-phase").click()
    page.locator("summary.pplx-phase").click()
    assert page.locator(".pplx-steps").bounding_box()["height"] > 500


@pytest.mark.parametrize("clicks", [1, 2])
def test_the_reader_decides_whether_it_is_folded(page: Page, clicks: int) -> None:
    start(page, status="searching", steps=[SEARCH, THOUGHT])
    step = page.locator(".pplx-step").first
    expect(step).to_be_visible()
    for _ in range(clicks):
        page.locator("summary.pplx-phase").click()
    patch(page, steps={"from": 2, "items": [READ]})
    expect(step).to_be_visible(visible=clicks == 2)
    patch(page, status="streaming", text="Eights.")
    expect(page.locator(".pplx-text")).to_have_text("Eights.")
    expect(step).to_be_visible(visible=clicks == 2)


def test_sources_are_grouped_by_search(page: Page) -> None:
    found = [("a", "one"), ("b", "two · too"), ("c", "one"), ("d", None)]
    sources = [
        {"id": i, "title": title, "url": f"https://{title}.org", "site": "", "query": query}
        for i, (title, query) in enumerate(found)
    ]
    start(page, status="streaming", text="x", sources=sources[:1])
    page.locator(".pplx-found > .pplx-found-summary").click()
    rows = page.locator(".pplx-found-list li")
    expect(rows).to_have_text(["a a.org"])
    patch(page, sources=sources[1:])
    told = ["“one”", "a a.org", "c c.org", "“two”, “too”", "b b.org", "d d.org"]
    expect(rows).to_have_text(told)


def test_a_retry_starts_without_steps(page: Page) -> None:
    start(page, status="stopped", steps=[SEARCH])
    page.locator("summary.pplx-phase").click()
    page.get_by_role("button", name="Retry").click()
    whole(page, seq=1, status="connecting", steps=[])
    expect(page.locator("details.pplx-trace")).to_have_count(0)
    patch(page, seq=2, steps={"from": 0, "items": [SEARCH]})
    expect(page.locator(".pplx-step")).to_be_hidden()


WHERE = """() => [".pplx-question", ".pplx-phase", ".pplx-text h3", ".pplx-text p"]
    .map((place) => document.querySelector(place)?.getBoundingClientRect().top)"""


@pytest.mark.parametrize("end", ["complete", "stopped", "failed"])
def test_lines_do_not_move(page: Page, end: str) -> None:
    timing = {"first_event": 0.2, "first_token": 1, "finished": None, "tokens_per_second": None}
    page.clock.install()
    start(page, question="Why do bees dance?", status="searching", steps=[SEARCH], timing=timing)
    patch(page, status="streaming", text="## Bees\n\nThey dance.")
    page.clock.run_for(100)
    expect(page.locator(".pplx-text p")).to_have_count(1)
    places = page.evaluate(WHERE)
    assert all(places)
    changes = (
        {"sources": SOURCES},
        {"text": "[3] And more.\n\nAnother one.[11]", "citations": CITATIONS},
        {"steps": {"from": 1, "items": [THOUGHT, READ]}},
        {},  # a silence
        {"text": "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"},
        {"status": end, "error": FAILURE if end == "failed" else None},
    )
    for change in changes:
        patch(page, **change) if change else page.clock.run_for(8000)
        page.clock.run_for(700)
        assert page.evaluate(WHERE) == places, change
    expect(page.locator(".pplx")).to_have_attribute("data-status", end)
