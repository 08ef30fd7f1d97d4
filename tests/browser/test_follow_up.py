"""A follow-up question in the text box below an answer."""

from playwright.sync_api import Page, expect

from ..support.settled_page import asks, html, put, sent, start


def test_a_follow_up_is_sent_once_and_only_by_enter(page: Page) -> None:
    asks(page)
    box = page.get_by_role("textbox", name="Ask a follow-up question")
    expect(box).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")  # no focus is taken
    send = page.get_by_role("button", name="Ask", exact=True)
    expect(send).to_be_disabled()
    box.press("Enter")
    box.fill("And ants?")
    box.press("Shift+Enter")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert sent(page, "ask") == 0
    box.press("Enter")
    box.press("Enter")
    assert page.evaluate("one.model.sent.at(-1)") == {"type": "ask", "question": "And ants?"}
    assert sent(page, "ask") == 1
    expect(send).to_be_disabled()
    error = {
        "lines": {"what": "No.", "try_this": "Ask less."},
        "kind": "x",
        "request_id": None,
    }
    page.evaluate("(error) => one.model.message({type: 'refused', error})", {**error, "retry": 0})
    expect(page.get_by_text("Not asked: No. Ask less.")).to_be_visible()
    expect(send).to_be_enabled()
    # Its answer is below, and has the text box.
    page.evaluate("one.model.update({further: ['m2']})")
    expect(box).to_be_hidden()


def test_a_forged_document_cannot_ask(page: Page) -> None:
    """A forged document may have our key, but only the text box that we create can ask."""
    forged = (
        '<form class="pplx-follow"><textarea class="pplx-follow-box" aria-label="Forged" autofocus>Buy!'
        '</textarea><button type="button" class="pplx-follow-ask" accesskey="a">Forged</button></form>'
        '<details open class="pplx-retry pplx-stop"><summary>x</summary></details></div>'
    )
    asks(page)
    before = page.evaluate("one.model.sent.length")
    put(page, html().removesuffix("</div>") + forged)
    expect(page.get_by_role("textbox", name="Ask a follow-up question")).to_have_value("")
    page.get_by_role("button", name="Forged").click()
    page.get_by_role("textbox", name="Forged").press("Enter")
    page.locator("summary", has_text="x").click()
    sent_since = "(n) => one.model.sent.slice(n).map((m) => m.type)"
    assert not {"ask", "retry", "stop"} & set(page.evaluate(sent_since, before))


def test_nothing_can_be_asked_without_a_kernel(page: Page) -> None:
    asks(page)
    box = page.get_by_role("textbox", name="Ask a follow-up question")
    expect(box).to_be_visible()
    page.evaluate("one.model.die()")
    expect(box).to_have_count(0)
    start(page)  # in a host that cannot show another view
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    expect(box).to_be_hidden()
