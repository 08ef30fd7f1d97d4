"""The settled answer replaces the live view, and keeps the user's state."""

import pytest
from playwright.sync_api import Page, expect

from ..support.settled_page import (
    NOTEBOOK,
    REPLACED,
    SELECT,
    TEXT,
    alive,
    answers_settle,
    finish,
    html,
    put,
    sent,
    show,
    start,
)


def test_selection_folds_and_scrolling_survive_the_swap(page: Page) -> None:
    wide = "x" * 3000
    start(page, status="streaming", settled="", text=TEXT.replace("wide code", f"wide code{wide}"))
    show(page)
    page.locator("summary.pplx-phase").click()
    page.evaluate(SELECT)
    page.evaluate("document.querySelector('.pplx-text pre').scrollTo({left: 321})")
    page.evaluate("new Promise(requestAnimationFrame)")  # the events of both
    finish(page)
    page.evaluate("document.getElementById('out').replaceChildren()")
    put(page, html(more=wide))
    expect(alive(page)).to_have_count(1)
    assert page.evaluate("String(getSelection())") == "nce in eights"
    assert page.evaluate("getSelection().anchorNode.data") == "eights"
    assert page.evaluate("document.querySelector('.pplx-text pre').scrollLeft") == 321
    assert page.evaluate("document.querySelector('.pplx-trace').open")
    assert not page.evaluate("document.querySelector('.pplx-found').open")


def test_a_newer_selection_is_kept(page: Page) -> None:
    start(page, status="streaming", settled="")
    show(page)
    page.evaluate(SELECT)
    finish(page)
    page.evaluate("""() => {
        document.getElementById("out").replaceChildren();
        document.body.append("elsewhere");
        getSelection().selectAllChildren(document.body);
    }""")
    put(page, html())
    expect(alive(page)).to_have_count(1)
    assert "elsewhere" in page.evaluate("String(getSelection())")


def test_focus_survives_the_swap(page: Page) -> None:
    start(page, status="streaming", settled="")
    show(page)
    page.get_by_role("link", name="Source 2: On ants").focus()
    finish(page)
    page.evaluate("document.getElementById('out').replaceChildren()")
    put(page, html())
    expect(page.get_by_role("link", name="Source 2: On ants")).to_be_focused()


def test_the_height_is_held_until_the_settled_answer_is_there(page: Page) -> None:
    start(page, status="streaming", settled="")
    show(page)
    out = page.locator("#out")
    finish(page)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    height = out.bounding_box()["height"]
    page.evaluate("close(); document.getElementById('out').replaceChildren()")
    assert out.bounding_box()["height"] == pytest.approx(height, abs=0.1)
    put(page, html())
    expect(alive(page)).to_have_count(1)
    assert page.evaluate("document.getElementById('out').style.minHeight") == ""


def test_the_height_is_not_held_for_ever(page: Page) -> None:
    page.clock.install()
    start(page, status="streaming", settled="")
    show(page)
    finish(page)
    page.evaluate("close(); document.getElementById('out').replaceChildren()")
    assert page.locator("#out").bounding_box()["height"] > 50
    page.clock.run_for(3000)
    assert page.locator("#out").bounding_box()["height"] == 0


# ---- if the kernel cannot replace the output ----


def test_the_page_replaces_what_the_kernel_cannot_reach(page: Page) -> None:
    page.clock.install()
    start(page, context=NOTEBOOK, status="streaming", settled="")
    answers_settle(page)
    show(page)
    finish(page)
    page.clock.run_for(900)
    assert sent(page, "settle") == 0
    page.clock.run_for(200)
    page.wait_for_function(f"{REPLACED} === ',,display_data,'")
    output = page.evaluate("outputs[2]")
    assert output["data"]["text/markdown"] == "**As shown**"
    assert output["metadata"] == {"pplx_widget": {"format": 1}}


def test_the_page_leaves_alone_what_the_kernel_has_replaced(page: Page) -> None:
    page.clock.install()
    start(page, context=NOTEBOOK, status="streaming", settled="")
    answers_settle(page)
    show(page)
    finish(page)
    page.evaluate("close()")
    put(page, html())
    page.clock.run_for(5000)
    assert page.evaluate(REPLACED) == ",,,"
    assert sent(page, "settle") == 0


def test_after_a_retry_the_page_replaces_by_the_old_key(page: Page) -> None:
    page.clock.install()
    put(page, html())
    start(page, context=NOTEBOOK)
    answers_settle(page, key="k2")
    page.get_by_role("button", name="Retry").click()
    page.evaluate("one.model.update({seq: 8, status: 'streaming', text: 'Anew'})")
    finish(page, seq=9, settled="k2")
    page.clock.run_for(1200)
    page.wait_for_function(f"{REPLACED} === ',,display_data,display_data'")


@pytest.mark.parametrize("context", ["undefined", "null", "{}", "{model: {cells: {length: 3}}}"])
def test_a_host_without_a_notebook_model_keeps_the_live_view(page: Page, context: str) -> None:
    page.clock.install()
    start(page, context=context, status="streaming", settled="")
    answers_settle(page)
    show(page)
    finish(page)
    page.clock.run_for(5000)
    assert sent(page, "settle") == 1
    expect(page.locator("article.pplx")).to_be_visible()


def test_a_key_that_is_a_prefix_of_another_is_distinct(page: Page) -> None:
    page.clock.install()
    put(page, html())
    start(page, context=NOTEBOOK)
    page.evaluate("""outputs.push({data: {"text/html":
        "<div class='pplx pplx-settled pplx-k-k1-2'>pplx-k-k1 class='pplx-k-k1'</div>"}})""")
    answers_settle(page, key="k2")
    page.get_by_role("button", name="Retry").click()
    finish(page, seq=9, settled="k2", earlier=["k1"])
    page.clock.run_for(1200)
    page.wait_for_function(f"{REPLACED} === ',,display_data,display_data,'")
