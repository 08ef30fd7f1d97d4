"""A settled answer is interactive while a kernel has it, and plain again without one."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from ..support.settled_page import QUESTION, alive, html, put, show, start


def test_a_node_is_interactive_until_the_kernel_is_gone(page: Page) -> None:
    put(page, html())
    before = page.locator("#out").inner_html()
    start(page)
    expect(alive(page)).to_have_attribute("aria-label", f"Answer to: {QUESTION}")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    expect(page.get_by_role("link", name="Source 1: On bees")).to_be_visible()
    page.evaluate("one.model.die()")
    expect(page.get_by_role("button")).to_have_count(0)
    assert page.locator("#out").inner_html() == before


def test_nodes_that_are_added_later(page: Page) -> None:
    start(page)
    put(page, html())
    put(page, html("other"), "other")
    put(page, html(), "second")
    expect(alive(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(2)
    page.evaluate("one.close()")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_node_that_is_there_before_its_key(page: Page) -> None:
    put(page, html("k2"))
    start(page)
    expect(alive(page)).to_have_count(0)
    page.evaluate("one.model.update({settled: 'k2'})")
    expect(alive(page)).to_have_count(1)


def test_a_node_that_is_put_back(page: Page) -> None:
    put(page, html())
    start(page)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)
    page.evaluate("globalThis.kept = document.getElementById('out').firstChild; kept.remove()")
    page.wait_for_function("!kept.querySelector('button')")
    page.evaluate("document.getElementById('out').append(kept)")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)


def test_a_node_that_is_moved_stays_alive(page: Page) -> None:
    put(page, html())
    start(page)
    page.evaluate("""() => {
        globalThis.button = document.querySelector("button");
        document.body.prepend(document.getElementById("out"));
    }""")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("button.isConnected")


def test_two_identical_answers(page: Page) -> None:
    put(page, html())
    start(page)
    page.evaluate("globalThis.first = one")
    start(page)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)
    page.evaluate("one.close()")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)
    page.evaluate("first.close()")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(0)


def test_it_shows_the_same_words_as_the_live_view(page: Page) -> None:
    start(page, settled="")
    show(page)
    live = words(page.locator("article.pplx"))
    assert "8.4 s" in live
    assert "61 tokens/s" in live
    page.evaluate("close()")
    put(page, html())
    page.evaluate("one.model.update({settled: 'k1'})")
    expect(alive(page)).to_have_count(1)
    assert words(alive(page)) == live


def words(answer: Locator) -> str:
    lines = [answer.locator(place).inner_text() for place in (".pplx-header", ".pplx-footer")]
    lines += [answer.locator(".pplx-phase").inner_text()]
    lines += [answer.locator(".pplx-last").get_attribute("title")]
    return re.sub(r"\s+", " ", " / ".join(lines))


def test_the_text_is_not_touched(page: Page) -> None:
    put(page, html())
    page.evaluate("globalThis.text = document.querySelector('.pplx-text').firstChild")
    start(page)
    expect(alive(page)).to_have_count(1)
    assert page.evaluate("text.isConnected")
    assert "pplx-card" not in page.locator(".pplx-text").inner_html()


def test_many_answers_have_one_observer(page: Page) -> None:
    page.evaluate("""() => {
        globalThis.observing = 0;
        const {observe, disconnect} = MutationObserver.prototype;
        MutationObserver.prototype.observe = function (...a) { observing++; observe.apply(this, a); };
        MutationObserver.prototype.disconnect = function () { observing--; disconnect.call(this); };
    }""")
    for _ in range(3):
        start(page)
        page.evaluate("(globalThis.all ??= []).push(one)")
    assert page.evaluate("observing") == 1
    page.evaluate("all.forEach((each) => each.close())")
    assert page.evaluate("observing") == 0


def test_the_steps_have_times_while_there_is_a_kernel(page: Page) -> None:
    put(page, html())
    before = page.locator("#out").inner_html()
    start(page)
    step = page.locator(".pplx-step")
    expect(step).to_have_text("Searched “bee dance” 3 sources 0.1 s")
    page.evaluate("one.model.die()")
    expect(step).to_have_text("Searched “bee dance” 3 sources")
    assert page.locator("#out").inner_html() == before


# ---- a copy of the notebook, open in the same page ----


PANEL = """([html, name, path]) => {
    const tab = document.body.appendChild(document.createElement("li"));
    tab.id = `tab-${path}`;
    tab.title = `Nom : ${name}\nChemin : ${path}\nEnregistré : hier`;
    const label = tab.appendChild(document.createElement("div"));
    label.className = "lm-TabBar-tabLabel";
    label.textContent = name;
    const panel = document.body.appendChild(document.createElement("div"));
    panel.className = "jp-NotebookPanel";
    panel.setAttribute("aria-labelledby", tab.id);
    panel.setHTMLUnsafe(html);
}"""


@pytest.mark.parametrize("path", ["a/x.ipynb", "RTC:a/x.ipynb"])
def test_only_the_nodes_of_its_notebook_come_to_life(page: Page, path: str) -> None:
    for place in ("a/x.ipynb", "a/x-Copy1.ipynb", "b/x.ipynb", "x.ipynb"):
        page.evaluate(PANEL, [html(), place.split("/")[-1], place])
    put(page, html())  # not in a panel, for example a view of one output
    start(page, context=f"{{path: '{path}'}}")
    expect(alive(page)).to_have_count(2)
    panel = page.locator(".jp-NotebookPanel:has([data-status])")
    expect(panel).to_have_attribute("aria-labelledby", "tab-a/x.ipynb")
    page.get_by_role("button", name="Retry").first.click()
    expect(page.locator("article.pplx")).to_have_count(2)
    expect(page.locator(".pplx-settled")).to_have_count(3)


def test_a_node_of_an_unknown_notebook_is_interactive(page: Page) -> None:
    page.evaluate(PANEL, [html(), "x.ipynb", "x.ipynb"])
    page.evaluate("document.getElementById('tab-x.ipynb').remove()")
    start(page, context="{path: 'y.ipynb'}")
    expect(alive(page)).to_have_count(1)
