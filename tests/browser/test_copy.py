"""The last line of an answer, and its buttons that copy the answer in several forms."""

import pytest
from playwright.sync_api import Page, expect

from ..support.settled_page import (
    SELECT,
    TEXT,
    answers_settle,
    copied,
    html,
    put,
    sent,
    show,
    start,
)


@pytest.mark.parametrize("width", [320, 480, 1000])
def test_the_buttons_stay_together_at_the_end_of_the_last_line(shown: Page, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 900})
    boxes = [
        shown.get_by_role("button", name=name, exact=True).bounding_box()
        for name in ("Check", "Copy", "More formats", "Retry")
    ] + [shown.locator(place).bounding_box() for place in (".pplx-last", ".pplx-footer")]
    check, copy, more, retry, last, footer = boxes
    assert abs(copy["y"] - retry["y"]) < 2
    assert 0 <= copy["x"] - (check["x"] + check["width"]) < 20
    assert abs(copy["x"] + copy["width"] - more["x"]) < 1
    assert 0 <= retry["x"] - (more["x"] + more["width"]) < 20
    assert abs(retry["x"] + retry["width"] - (footer["x"] + footer["width"])) < 1
    if width == 1000:
        assert last["y"] <= copy["y"] + copy["height"] / 2 <= last["y"] + last["height"]
        buttons = check["width"] + copy["width"] + more["width"] + retry["width"]
        assert last["width"] + buttons > footer["width"] - 40
    if width == 320:
        assert copy["y"] >= last["y"] + last["height"] - 1


def test_copy_gives_the_kernels_text_and_asks_once(clipboard: Page) -> None:
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard)
    assert copied(clipboard) == "**As kept**"
    asked = sent(clipboard, "settle")
    expect(clipboard.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    assert copied(clipboard) == "**As kept**"
    assert sent(clipboard, "settle") == asked


RICH = """async () => {
    const [item] = await clip.read();
    const text = async (type) => (await item.getType(type)).text();
    return [await text("text/html"), await text("text/plain")];
}"""


def test_the_menu_of_forms_by_keyboard(clipboard: Page) -> None:
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard)
    opener = clipboard.get_by_role("button", name="More formats")
    opener.focus()
    clipboard.keyboard.press("ArrowDown")
    items = clipboard.get_by_role("menuitem")
    expect(items).to_have_text(["Markdown with references", "Plain text", "Rich text"])
    expect(items.nth(0)).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    for key, focused in (("ArrowUp", 2), ("ArrowDown", 0), ("End", 2), ("Home", 0)):
        clipboard.keyboard.press(key)
        expect(items.nth(focused)).to_be_focused()
    clipboard.keyboard.press("Escape")
    expect(items).to_have_count(0)
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    clipboard.keyboard.press("ArrowUp")
    clipboard.keyboard.press("Enter")
    expect(clipboard.get_by_role("status")).to_have_text("Copied")
    expect(opener).to_be_focused()
    rich, plain = clipboard.evaluate(RICH)
    assert "Bees dance in <strong>eights</strong>" in rich
    assert '<a href="https://bees.org/2">[1]</a>' in rich
    assert '<a href="https://bees.org/2">On bees</a>' in rich
    for ours in ("class=", "Answered", "<button", "<style", "412 tokens"):
        assert ours not in rich
    assert plain == "As plain"
    opener.click()
    clipboard.keyboard.press("Tab")  # continues from the button
    expect(items).to_have_count(0)
    expect(clipboard.get_by_role("button", name="Retry")).to_be_focused()


def test_plain_text_is_copied_also_without_a_clipboard(clipboard: Page) -> None:
    clipboard.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard)
    for form, kind, part in (("Plain text", 1, "As plain"), ("Rich text", 0, "<strong>")):
        clipboard.get_by_role("button", name="More formats").click()
        clipboard.get_by_role("menuitem", name=form).click()
        expect(clipboard.get_by_role("button", name="Copied")).to_be_visible()
        assert part in (
            clipboard.evaluate(RICH)[kind]
            if form == "Rich text"
            else clipboard.evaluate("clip.readText()")
        )
        expect(clipboard.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_the_menu_closes_when_the_reader_goes_elsewhere(shown: Page) -> None:
    opener = shown.get_by_role("button", name="More formats")
    opener.click()
    expect(shown.get_by_role("menu", name="More formats")).to_be_visible()
    shown.mouse.click(5, 5)
    expect(shown.get_by_role("menu")).to_have_count(0)
    opener.click()
    opener.click()
    expect(shown.get_by_role("menu")).to_have_count(0)


def test_copy_without_an_answer_gives_the_text_and_its_sources(clipboard: Page) -> None:
    start(clipboard)
    show(clipboard)
    assert copied(clipboard) == (
        f"{TEXT.rstrip()}\n\n[3] On bees — https://bees.org/2\n[11] On ants — https://ants.org/1"
    )


def test_copy_without_a_clipboard(clipboard: Page) -> None:
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard, "by hand")
    clipboard.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    clipboard.evaluate(SELECT)
    assert copied(clipboard) == "by hand"
    assert clipboard.evaluate("String(getSelection())") == "nce in eights"
    expect(clipboard.locator(".pplx-copy textarea")).to_have_count(0)
