"""Retry of a settled answer, and files that still have the earlier answer."""

from playwright.sync_api import Page, expect

from ..support.settled_page import NOTEBOOK, REPLACED, alive, answers_settle, html, put, sent, start


def test_retry_shows_a_live_view_and_then_the_new_answer(page: Page) -> None:
    put(page, html())
    start(page)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#out article.pplx .pplx-phase-label")).to_have_text("Asking again")
    expect(page.locator(".pplx-settled")).to_have_count(0)
    assert sent(page, "retry") == 1
    page.evaluate("one.model.update({seq: 8, status: 'streaming', text: 'Anew'})")
    expect(page.locator(".pplx-text")).to_have_text("Anew")
    page.evaluate("one.model.update({seq: 9, status: 'complete', settled: 'k2'})")
    put(page, html("k2"))
    expect(alive(page)).to_have_count(1)
    expect(page.locator("article.pplx")).to_have_count(0)


def test_retry_from_a_cell_replaces_every_node(page: Page) -> None:
    put(page, html())
    put(page, html(), "second")
    start(page)
    page.evaluate("one.model.update({seq: 8, status: 'searching', text: ''})")
    expect(page.locator("article.pplx")).to_have_count(2)
    put(page, html(), "third")  # a node that is added while it runs
    expect(page.locator("article.pplx")).to_have_count(3)


def test_the_old_answer_comes_back_when_the_kernel_goes(page: Page) -> None:
    put(page, html())
    before = page.locator("#out").inner_html()
    start(page)
    page.get_by_role("button", name="Retry").click()
    page.evaluate("one.model.update({seq: 8, status: 'streaming', text: 'Anew'})")
    expect(page.locator(".pplx-text")).to_have_text("Anew")
    page.evaluate("one.model.die()")
    expect(page.locator("article.pplx")).to_have_count(0)
    assert page.locator("#out").inner_html() == before


def test_no_retry_if_it_cannot_help(page: Page) -> None:
    error = {"kind": "key", "lines": {"what": "No key."}, "request_id": None}
    put(page, html(status="failed"))
    start(page, status="failed", error={**error, "retry": False})
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


# ---- a file that has the earlier answer ----


def test_an_outdated_node_is_updated(page: Page) -> None:
    page.clock.install()
    put(page, html("k0", status="failed"))
    start(page, context=NOTEBOOK.replace("pplx-k-k1", "pplx-k-k0"), earlier=["k00", "k0"])
    answers_settle(page)
    live = page.locator("#out article.pplx")
    expect(live).to_have_attribute("data-status", "complete")
    expect(live).to_contain_text("The angle tells the way.")
    expect(page.locator(".pplx-settled")).to_have_count(0)
    page.clock.run_for(1200)
    page.wait_for_function(f"{REPLACED} === ',,display_data,display_data'")
    put(page, html())
    expect(alive(page)).to_have_count(1)
    expect(live).to_have_count(0)


def test_an_outdated_node_shows_the_current_run(page: Page) -> None:
    put(page, html("k0"))
    start(page, status="streaming", text="Anew", earlier=["k0"])
    expect(page.locator("#out article.pplx")).to_contain_text("Anew")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_an_interactive_node_goes_out_of_date(page: Page) -> None:
    """The page has received only the new end, and nothing before it."""
    put(page, html("k0"))
    start(page, settled="k0")
    expect(alive(page)).to_have_count(1)
    page.evaluate("one.model.update({settled: 'k1', earlier: ['k0']})")
    expect(page.locator("#out article.pplx")).to_be_visible()


def test_without_a_kernel_an_outdated_node_is_restored(page: Page) -> None:
    put(page, html("k0"))
    before = page.locator("#out").inner_html()
    start(page, context=NOTEBOOK, earlier=["k0"])
    expect(page.locator("#out article.pplx")).to_be_visible()
    page.evaluate("one.model.die()")
    assert page.locator("#out").inner_html() == before
