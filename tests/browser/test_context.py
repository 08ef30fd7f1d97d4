"""The context sent with a question, in the page: verbatim and folded, live and settled."""

from playwright.sync_api import Page, expect

from pplx_widget.core.events import Finished, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.core.tables import INLINE_STYLES
from pplx_widget.document import forms
from pplx_widget.question.context.summary import Summary

from ..support.live_page import start as start_live
from ..support.settled_page import put, show, start

HOSTILE = "</code></pre><img src=x onerror=alert(1)>\n\n| a | **b** [1] | $x$\n&amp; \u202eabc\n"
SHOWN = HOSTILE.replace("\u202e", "⟨RLO⟩")
CONTEXT = Summary(HOSTILE, "2 rows × 3 columns")


def test_the_panel_is_folded_and_has_the_text_verbatim(page: Page) -> None:
    start_live(page, question="q", context={"label": CONTEXT.label, "text": HOSTILE})
    panel = page.locator(".pplx-sent")
    expect(panel.locator("summary")).to_have_text(f"Context · {CONTEXT.label}")
    expect(panel.locator("pre")).to_be_hidden()
    panel.locator("summary").click()
    expect(panel.locator("pre")).to_be_visible()
    assert panel.locator("code").text_content() == SHOWN
    assert panel.locator("code *").count() == 0


def test_without_a_context_there_is_no_panel(page: Page) -> None:
    start_live(page, question="q")
    expect(page.locator(".pplx-question")).to_be_visible()
    expect(page.locator(".pplx-sent")).to_be_hidden()


def test_the_settled_panel_is_the_same_and_stays_unfolded(page: Page) -> None:
    state = AnswerState()
    for event in (Text("So."), Finished()):
        state.apply(event, 1.0)
    html = forms.mime_bundle("q", state, CONTEXT)["text/html"]
    start(page, question="q")
    sent = {"label": CONTEXT.label, "text": HOSTILE}
    page.evaluate("context => one.model.update({context, seq: 8})", sent)
    show(page)
    panel = page.locator(".pplx-sent")
    expect(panel).to_contain_text(CONTEXT.label)
    live = panel.evaluate("node => node.outerHTML")
    panel.locator("summary").click()
    put(page, html.replace("pplx-settled", "pplx-settled pplx-k-k1", 1))
    expect(page.locator(".pplx-settled[data-status] .pplx-sent[open]")).to_be_visible()
    assert panel.locator("code").text_content() == SHOWN
    panel.locator("summary").click()
    settled = panel.evaluate("node => { node.open = false; return node.outerHTML; }")
    for tag in ("pre", "summary"):
        settled = settled.replace(f' style="{INLINE_STYLES[tag]}"', "")
    assert settled == live
