"""Answers in odd places: a shadow root, an iframe, a page with Trusted Types, and a page loaded twice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from ..support.live_page import start

PLACES = {
    "a shadow root": """() => document.body.appendChild(document.createElement("div"))
        .attachShadow({mode: "open"}).appendChild(document.createElement("div"))""",
    "an iframe": """() => document.body.appendChild(document.createElement("iframe"))
        .contentDocument.body.appendChild(
            document.querySelector("iframe").contentDocument.createElement("div"))""",
    "trusted types": """() => {
        const policy = document.createElement("meta");
        policy.httpEquiv = "Content-Security-Policy";
        policy.content = "require-trusted-types-for 'script'; style-src 'self'";
        document.head.append(policy);
        return document.body.appendChild(document.createElement("div"));
    }""",
}


@pytest.mark.parametrize("place", PLACES)
def test_text_arrives_and_can_be_read(page: Page, place: str) -> None:
    start(page)
    page.evaluate("shown.close()")
    page.evaluate(
        f"""() => {{
            globalThis.el = ({PLACES[place]})();
            globalThis.close = one.widget.render({{model: one.model, el}});
            patch({{text: "# Bees\\n\\nThey **dance**: $x^2$.\\n\\n```py\\nx = 1\\n```\\n"}});
        }}"""
    )
    for text in ("They dance", "x = 1"):
        page.wait_for_function("(text) => el.textContent.includes(text)", arg=text)
    assert page.evaluate("el.querySelector('.pplx-text').getBoundingClientRect().height") > 0
    page.evaluate("patch({status: 'complete'})")
    page.wait_for_function("() => el.textContent.includes('Answered')")
    page.evaluate("close()")


def test_a_connection_that_was_lost_for_a_while(page: Page) -> None:
    """The patches of that time are missing, and no later one tells."""
    page.clock.install()
    start(page)
    patch = "(text) => one.model.message({type: 'patch', seq: 1, at: 0, elapsed: 1, text})"
    page.evaluate(patch, "Before, ")
    page.evaluate("one.model.message({type: 'synced'})")
    page.clock.run_for(2000)
    asked = page.evaluate("one.model.sent.at(-1)")
    assert asked == {"type": "sync", "seq": 1, "settled": ""}
    page.evaluate(
        """() => {
            one.model.update({seq: 9, text: "Before, and after.", status: "complete"});
            one.model.message({type: "synced"});
        }"""
    )
    page.clock.run_for(1000)
    expect(page.locator(".pplx-text")).to_have_text("Before, and after.")
    expect(page.locator(".pplx")).to_contain_text("Answered")
