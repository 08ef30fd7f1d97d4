"""Selections, buttons, errors, pauses and narrow pages, as the user sees them."""

import pytest
from playwright.sync_api import Page, expect

from ..support.live_page import CITATIONS, SEARCH, SOURCES, patch, sent, start

SELECT = """(selector) => {
    const node = document.querySelector(selector).firstChild;
    getSelection().setBaseAndExtent(node, 2, node, 6);
    return String(getSelection());
}"""


@pytest.mark.parametrize("more", [" and more", " and **more** [3]", "\n\nNext.\n\nAnd one more"])
def test_a_selection_survives(page: Page, more: str) -> None:
    start(page, sources=SOURCES, citations=CITATIONS)
    patch(page, text="Closed one.\n\nStill open")
    expect(page.locator(".pplx-text p")).to_have_count(2)
    for selector in (".pplx-text p:first-child", ".pplx-text p:nth-child(2)"):
        selected = page.evaluate(SELECT, selector)
        patch(page, text=more)
        page.evaluate("new Promise(requestAnimationFrame)")
        assert page.evaluate("String(getSelection())") == selected != ""


def test_stop_is_sent_at_once_and_once(page: Page) -> None:
    start(page, text="a")
    page.evaluate("one.model.message({type: 'synced'})")  # the kernel reads messages
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.click()
    assert sent(page)[-2:] == [{"type": "stop"}, {"type": "sync", "seq": 0, "settled": ""}]
    expect(stop).to_be_disabled()
    expect(page.locator(".pplx-phase-label")).to_have_text("Stopping")
    patch(page, status="stopped")
    expect(stop).to_be_hidden()
    expect(page.locator(".pplx-last")).to_have_text("Stopped")


def test_a_stop_that_waits_for_the_cell_is_shown(page: Page) -> None:
    start(page, stop_waits=True)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".pplx-phase-label")).to_have_text(
        "Will stop when the running cell finishes"
    )


def test_a_pause_counts_down(page: Page) -> None:
    page.clock.install()
    refused = {
        "kind": "retry",
        "at": 0.5,
        "items": ["Rate limited", "429."],
        "found": None,
        "seconds": 3,
    }
    start(page, status="connecting", steps=[refused], elapsed=0.5)
    label = page.locator(".pplx-phase-label")
    expect(label).to_have_text("Rate limited, retrying in 3 s")
    page.clock.run_for(1200)
    expect(label).to_have_text("Rate limited, retrying in 2 s")
    page.clock.run_for(2000)
    expect(label).to_have_text("Connecting")


def test_a_silence_in_mid_stream_is_shown(page: Page) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # otherwise it runs on while a slow machine checks
    timing = {"first_event": 0.2, "first_token": 1, "finished": None, "tokens_per_second": None}
    start(page, status="streaming", text="Bees", timing=timing)
    note = page.locator(".pplx-phase-note")
    page.clock.run_for(4800)
    expect(note).to_be_hidden()
    page.clock.run_for(7400)
    expect(note).to_have_text("no data for 12 s")
    patch(page, at=4, text=" dance.")
    page.clock.run_for(200)
    expect(note).to_be_hidden()
    expect(page.locator(".pplx-text")).to_have_text("Bees dance.")


def test_notices_are_shown(page: Page) -> None:
    start(page)
    said = page.locator(".pplx-said")
    expect(said).to_be_hidden()
    patch(page, notes=["One <b>thing</b>.", "Another."])
    expect(said.locator("> div")).to_have_text(["One <b>thing</b>.", "Another."])


def test_it_is_readable_without_a_stylesheet(page: Page) -> None:
    steps = [{**SEARCH, "found": 10}]
    start(
        page,
        status="complete",
        text="So.[3][11]",
        sources=SOURCES,
        citations=CITATIONS,
        steps=steps,
    )
    page.evaluate("document.adoptedStyleSheets = []")
    words = page.locator("article").inner_text()
    assert "Answered 1 search" in words
    assert "So.1 2" in words
    assert "On bees bees.org · 2026-11-01" in words
    assert "1 more source wasps.org" in words
    assert page.locator(".pplx-cited").evaluate("list => getComputedStyle(list).listStyleType") == (
        "decimal"
    )


def test_an_error_shows_what_why_and_what_to_try(page: Page) -> None:
    start(page, text="Half an answ")
    error = {
        "kind": "connection",
        "lines": {
            "what": "The connection broke.",
            "why": "<b>The service</b> closed it.",
            "try_this": "Retry, or\nraise `timeout=`.",
        },
        "request_id": "req_1",
        "retry": True,
    }
    patch(page, status="failed", error=error)
    card = page.locator(".pplx-error")
    expect(card).to_contain_text("The connection broke.")
    expect(card).to_contain_text("<b>The service</b> closed it.")
    expect(card.locator("code")).to_have_text("timeout=")
    expect(page.locator(".pplx-text")).to_have_text("Half an answ")
    page.get_by_role("button", name="Retry").click()
    assert sent(page)[-1] == {"type": "retry"}


def test_an_error_that_a_retry_cannot_fix_has_no_retry(page: Page) -> None:
    error = {"kind": "key", "lines": {"what": "No key."}, "request_id": None}
    start(page, status="failed", error={**error, "retry": False})
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


def test_a_screen_reader_hears_phases_but_no_tokens(page: Page) -> None:
    start(page, status="connecting")
    spoken = page.locator("[aria-live]")
    patch(page, status="searching")
    expect(spoken).to_have_text("Searching started")
    patch(page, sources=SOURCES)
    expect(spoken).to_have_text("3 sources found")
    patch(page, status="streaming", text="Tokens")
    patch(page, status="complete", citations=CITATIONS)
    expect(spoken).to_have_text("Answer finished, 2 sources cited")
    page.evaluate("shown.close()")  # the settled answer replaces it while this is read out
    expect(spoken).to_have_text("Answer finished, 2 sources cited")


def test_a_long_question_unfolds(page: Page) -> None:
    start(page, question="Why? " * 400)
    question = page.locator(".pplx-question")
    folded = question.bounding_box()["height"]
    page.get_by_role("button", name="more").click()
    assert question.bounding_box()["height"] > 2 * folded
    page.get_by_role("button", name="less").click()
    assert question.bounding_box()["height"] == folded


def test_nothing_is_wider_than_a_narrow_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    wide = "x" * 300
    text = f"{wide}\n\n```\n{wide}\n```\n\n|{'a|' * 30}\n|{'-|' * 30}\n|{'word |' * 30}\n"
    start(page, question=wide, sources=SOURCES, text=text, status="complete")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
