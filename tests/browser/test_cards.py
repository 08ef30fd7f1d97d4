"""The card of a source: by mouse, keyboard and touch, in a live and in a settled answer."""

import re

import pytest
from playwright.sync_api import Page, expect

from ..support.settled_page import SOURCES, alive, html, put, show, start


def test_a_card_shows_the_source_while_the_pointer_is_on_it(shown: Page) -> None:
    text = shown.locator(".pplx-text").inner_text()
    chip = shown.get_by_role("link", name="Source 2: On ants")
    chip.hover()
    card = shown.locator(".pplx-card")
    expect(card).to_contain_text("On ants")
    expect(card).to_contain_text("ants.org")
    expect(card).to_contain_text("Ants <b>walk</b>.")
    expect(chip).not_to_have_attribute("title", re.compile("."))
    card.hover()  # moving from the citation to the card does not close it
    shown.wait_for_function("document.querySelector('.pplx-card').matches(':hover')")
    expect(card.get_by_role("link", name="On ants")).to_have_attribute("href", "https://ants.org/1")
    shown.mouse.move(0, 0)
    expect(card).to_have_count(0)
    assert shown.locator(".pplx-text").inner_text() == text
    expect(chip).to_have_attribute("title", "On ants — ants.org")


def test_a_card_opens_by_keyboard_and_closes_by_escape(shown: Page) -> None:
    shown.locator("summary.pplx-phase").focus()
    shown.keyboard.press("Tab")
    expect(shown.get_by_role("link", name="Source 1: On bees")).to_be_focused()
    expect(shown.locator(".pplx-card")).to_contain_text("bees.org · 2026-11-01")
    shown.keyboard.press("Tab")
    expect(shown.locator(".pplx-card")).to_contain_text("On ants")
    shown.keyboard.press("Escape")
    expect(shown.locator(".pplx-card")).to_have_count(0)
    expect(shown.get_by_role("link", name="Source 2: On ants")).to_have_attribute(
        "title", "On ants — ants.org"
    )


def test_a_tap_shows_the_card_without_following_the_link(shown: Page) -> None:
    default = shown.get_by_role("link", name="Source 1: On bees").evaluate("""(link) => {
        const init = {bubbles: true, cancelable: true, pointerType: "touch"};
        link.dispatchEvent(new PointerEvent("pointerover", init));
        link.dispatchEvent(new PointerEvent("pointerdown", init));
        return link.dispatchEvent(new PointerEvent("click", init));
    }""")
    assert default is False
    expect(shown.locator(".pplx-card")).to_contain_text("On bees")


def test_a_card_marks_words_shared_by_sentence_and_snippet(page: Page) -> None:
    far = "Of other things. " * 40
    snippet = f"# Bees\n\n{far}Their **dances** tell the angle to the sun in 2 of 3 cases. {far}"
    start(page, sources=[{**SOURCES[0], "snippet": snippet}, *SOURCES[1:]])
    show(page)
    page.get_by_role("link", name="Source 2: On ants").hover()
    card = page.locator(".pplx-card")
    expect(card.locator("mark")).to_have_text(["tell", "angle"])
    expect(card).not_to_contain_text("**")
    expect(card.locator(".pplx-card-snippet")).to_have_text(re.compile("^….{200,300}…$"))


def test_a_card_turns_to_the_next_source_of_a_run(page: Page) -> None:
    start(page, text="Bees dance.[3][11]", steps=[])
    show(page)
    first, second = (page.locator(".pplx-text sup a").nth(i) for i in (0, 1))
    first.hover()
    card = page.locator(".pplx-card")
    expect(card).to_contain_text("1 of 2")
    before, after = (card.get_by_role("button", name=f"{n} source") for n in ("Previous", "Next"))
    expect(before).to_be_disabled()
    box = card.bounding_box()
    after.click()
    expect(card).to_contain_text("On ants")
    expect(card).to_contain_text("2 of 2")
    assert card.bounding_box()["x"] == box["x"]
    expect(before).to_be_focused()  # the pressed button is now disabled
    page.keyboard.press("Enter")
    expect(card).to_contain_text("On bees")
    page.keyboard.press("Escape")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    expect(card).to_contain_text("On ants")
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()


def test_a_citation_and_its_source_light_up_together(shown: Page) -> None:
    before = shown.locator("#out").inner_html()
    chip = shown.get_by_role("link", name="Source 1: On bees")
    row = shown.locator(".pplx-cited > li").first
    for one, other in ((chip, row), (row, chip)):
        one.hover()
        expect(other).to_have_class(re.compile("pplx-lit"))
        shown.mouse.move(0, 0)
        expect(shown.locator(".pplx-lit, .pplx-card")).to_have_count(0)
    row.locator("a").focus()
    expect(chip).to_have_class(re.compile("pplx-lit"))
    shown.evaluate("document.activeElement.blur()")
    expect(shown.locator(".pplx-lit")).to_have_count(0)
    assert shown.locator("#out").inner_html() == before


@pytest.mark.parametrize("width", [320, 1000])
def test_a_card_stays_within_the_answer(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 500})
    put(page, html(more="x" * 600))
    start(page)
    for name in ("Source 1: On bees", "Source 2: On ants"):
        page.get_by_role("link", name=name).hover()
        expect(page.locator(".pplx-card")).to_contain_text(name[-4:])
        inner = page.locator(".pplx-card").bounding_box()
        outer = alive(page).bounding_box()
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 0.5
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.mouse.move(0, 499)
        expect(page.locator(".pplx-card")).to_have_count(0)


def test_a_card_closes_when_its_kernel_is_gone(page: Page) -> None:
    put(page, html())
    start(page)
    page.get_by_role("link", name="Source 1: On bees").hover()
    expect(page.locator(".pplx-card")).to_have_count(1)
    page.evaluate("one.model.die()")
    expect(page.locator(".pplx-card")).to_have_count(0)


def test_without_a_kernel_each_citation_has_its_old_tooltip(page: Page) -> None:
    # A long document has a tooltip only at the first citation of a source.
    put(page, html().replace(' title="On ants — ants.org"', ""))
    before = page.locator("#out").inner_html()
    for name in ("Source 1: On bees", "Source 2: On ants"):
        start(page)
        chip = page.get_by_role("link", name=name)
        expect(chip).to_have_attribute("title", re.compile("^On "))
        chip.hover()
        expect(page.locator(".pplx-card")).to_have_count(1)
        expect(chip).not_to_have_attribute("title", re.compile("."))
        page.evaluate("one.model.die()")
        assert page.locator("#out").inner_html() == before
        page.mouse.move(0, 0)


def test_no_tooltip_beside_a_card_while_text_streams_in(page: Page) -> None:
    start(page, status="streaming", settled="", text="Bees.[3] And")
    show(page)
    chip = page.get_by_role("link", name="Source 1: On bees")
    chip.hover()
    expect(page.locator(".pplx-card")).to_have_count(1)
    add = {"type": "patch", "seq": 8, "at": 12, "text": " ants.[11] ", "elapsed": 9}
    page.evaluate("(patch) => one.model.message(patch)", add)
    expect(page.locator(".pplx-text")).to_contain_text("And ants.")
    expect(page.locator(".pplx-card")).to_have_count(1)
    expect(chip).not_to_have_attribute("title", re.compile("."))
    page.keyboard.press("Escape")
    expect(chip).to_have_attribute("title", "On bees — bees.org")
