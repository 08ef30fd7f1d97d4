"""Citations in a live answer: which markers are citations, and where they link."""

import pytest
from playwright.sync_api import Page, expect

from ..support.live_page import CITATIONS, SOURCES, patch, start


def test_markers_lead_to_their_source_by_id(page: Page) -> None:
    start(page, sources=SOURCES, citations=CITATIONS, text="So.[3][web:11]", status="complete")
    links = page.locator(".pplx-cite a")
    expect(links).to_have_text(["1", "2"])
    expect(links.first).to_have_attribute("href", "https://bees.org/2")
    expect(links.first).to_have_attribute("aria-label", "Source 1: On bees")
    expect(links.first).to_have_attribute("title", "On bees — bees.org")


@pytest.mark.parametrize(
    "text",
    [
        "[99] and [0] and [web:99]",
        "`[3]` is code",
        "```\n[3]\n```",
        "    [3]",
        "[3](https://a.org)",
        "[3]: https://evil.org/x",
        "[see [3] there](https://a.org)",
        "\\[3]",
        "[5] is found, not cited",
    ],
)
def test_text_that_is_not_a_citation(page: Page, text: str) -> None:
    start(page, sources=SOURCES, citations=CITATIONS, text=text, status="complete")
    expect(page.locator(".pplx-cite")).to_have_count(0)


def test_a_marker_never_leads_where_the_model_says(page: Page) -> None:
    text = "One.[1][2] Two [x][1].\n\n[1]: https://evil.org/x\n[2]: https://evil.org/y"
    start(page, text=text, status="complete")
    # Only the addresses themselves are links.
    links = page.locator(".pplx-text a")
    expect(links).to_have_text(["https://evil.org/x", "https://evil.org/y"])
    expect(page.locator(".pplx-text")).to_contain_text("[1][2] Two [x][1].")
    expect(page.locator(".pplx-text")).to_contain_text("[1]: https://evil.org/x")


def test_a_source_that_comes_late_renumbers_what_is_shown(page: Page) -> None:
    start(page, sources=SOURCES[1:])
    patch(
        page,
        text="Unknown yet [11].\n\nBees [3].\n\n",
        citations=[{"number": 1, "id": 3, "count": 1}],
    )
    expect(page.locator("sup")).to_have_text(["1"])
    late = [{"number": 1, "id": 11, "count": 1}, {"number": 2, "id": 3, "count": 1}]
    patch(page, sources=SOURCES[:1], citations=late, text="More")
    expect(page.locator("sup")).to_have_text(["1", "2"])
    expect(page.locator(".pplx-text")).to_contain_text("Bees 2.")
    expect(page.locator(".pplx-text p")).to_have_count(3)


def test_a_citation_that_comes_late_resolves_in_a_closed_block(page: Page) -> None:
    start(page)
    patch(page, text="Early.[3] More.\n\nSecond.\n\nThird")
    expect(page.locator(".pplx-text")).to_contain_text("Early.[3] More.")
    page.evaluate("globalThis.later = document.querySelectorAll('.pplx-text p')[1]")
    patch(page, sources=SOURCES, citations=CITATIONS)
    expect(page.locator(".pplx-cite a")).to_have_text("1")
    assert page.evaluate("later === document.querySelectorAll('.pplx-text p')[1]")


def test_an_unfinished_marker_is_held_back(page: Page) -> None:
    start(page, sources=SOURCES, citations=CITATIONS)
    for typed in ("So.[", "web", ":1"):
        patch(page, text=typed)
        page.evaluate("new Promise(requestAnimationFrame)")
        expect(page.locator(".pplx-text")).to_have_text("So.")
    patch(page, text="1] Yes")
    expect(page.locator(".pplx-cite a")).to_have_text("2")


def test_cited_sources_come_first_and_every_row_is_a_link(page: Page) -> None:
    start(page, sources=SOURCES, citations=CITATIONS)
    expect(page.locator(".pplx-cited a")).to_have_text(["On bees", "On ants"])
    expect(page.locator(".pplx-found-count")).to_have_text("1 more source")
    # A source with an unsafe address is named, but not linked.
    expect(page.locator(".pplx-found-list .pplx-source-title")).to_have_text("On wasps")
    expect(page.locator(".pplx-found-list a")).to_have_count(0)
