"""Hostile text stays text: it adds no markup, hides no address and loads no image."""

import pytest
from playwright.sync_api import Page, Route, expect

from ..support.live_page import patch, start


@pytest.mark.parametrize(
    "text",
    [
        "<img src=https://evil.org/x onerror=alert(1)>",
        "<script>alert(1)</script>\n\n<style>*{display:none}</style>",
        "![a](https://evil.org/x.png) ![b][c]\n\n[c]: https://evil.org/y.png",
        "![a](data:image/svg+xml,x) ![b](/files/secret)",
        "[a](javascript:alert(1)) [b](/tree?token=1) [c](//evil.org) [d](data:text/html,x)",
        "<javascript:alert(1)> [e](&#106;avascript:alert(1)) [f](https://a.org@evil.org)",
        '```py" onload="x\ncode\n```',
        '| a |\n|:-:|\n| <a href="https://evil.org" id=x data-commandlinker-command=y>z</a> |',
        "> " * 3000 + "deep",
        "".join("  " * n + "- a\n" for n in range(200)),
    ],
)
def test_hostile_text_stays_text(page: Page, text: str) -> None:
    start(page)
    patch(page, text=text, status="complete")
    expect(page.locator(".pplx")).to_have_attribute("data-status", "complete")
    bad = page.evaluate("""() => [...document.querySelectorAll(
        ".pplx-text *:not(.pplx-code-head, .pplx-code-copy)")].flatMap((node) =>
        node.getAttributeNames()
            .filter((name) => !["class", "href", "rel", "target", "title", "start"].includes(name))
            .concat(/^(img|script|style|iframe|svg)$/.test(node.localName) ? [node.localName] : [])
            .concat(/^(https?:|mailto:|$)/.test(node.getAttribute("href") ?? "") ? [] : ["href"])
            .concat(/^(pplx-[a-z-]+|language-[a-z0-9+#-]+|$)/.test(node.className) ? [] : ["class"]))""")
    assert bad == []


def test_links_disclose_their_hosts(page: Page) -> None:
    text = "[bank.com](https://evil.org/a) <https://a.org/x> ![pic](https://cdn.org/p.png)"
    start(page, text=text, status="complete")
    first, second, image = page.locator(".pplx-text a").all()
    expect(first).to_have_text("bank.com (evil.org)")
    expect(first).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(second).to_have_attribute("href", "https://a.org/x")
    expect(image).to_have_text("image: cdn.org (pic)")


def test_a_picture_is_fetched_when_its_chip_is_clicked(page: Page, origin: str) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.headers.get("referer", ""))
        svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>'
        route.fulfill(content_type="image/svg+xml", body=svg)

    page.route("**/bee.svg", answer)
    start(page, text=f"![A bee]({origin}/bee.svg) ![lost]({origin}/lost.png)", status="complete")
    chips = page.locator(".pplx-image")
    expect(chips).to_have_count(2)
    assert asked == []
    chips.first.click()
    picture = page.get_by_role("img", name="A bee")
    expect(picture).to_have_js_property("naturalWidth", 40)
    assert asked == [""]  # without a referrer
    chips.first.click()
    expect(picture).to_have_count(0)
    chips.last.click()
    expect(page.locator(".pplx-picture")).to_have_text("could not be loaded")
    expect(page.get_by_role("img")).to_have_count(0)
