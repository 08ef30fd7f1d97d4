"""Check every state of the gallery with axe: WCAG 2.2 A and AA, and its best practices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from ..gallery.page import made
from ..support.paths import ROOT

AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"

# Off-screen text is not painted, so its contrast cannot be measured.
ALL_DRAWN = ".pplx .pplx-group.pplx-group.pplx-group { content-visibility: visible !important; }"

RUN = """async ([plain, rules]) => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const extra = {"target-size": {enabled: true}, "scrollable-region-focusable": {enabled: !plain}};
    const runOnly = rules.length ? {type: "rule", values: rules} : {type: "tag", values: tags};
    const {violations, passes} = await axe.run("main", {runOnly, rules: extra, resultTypes: ["violations"]});
    const found = violations.flatMap(({id, nodes}) => nodes.map((node) => [
        id,
        document.querySelector(node.target[0])?.closest("[data-state]")?.dataset.state,
        node.html.slice(0, 120),
        node.any.concat(node.all, node.none).map(({message}) => message)[0],
    ].join(" | ")));
    return {found, looked: passes.length};
}"""


@pytest.fixture(scope="module")
def gallery(browser: Browser, origin: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 900, "height": 900})
    page.goto(f"{origin}/harness.html")
    page.set_content(made())
    page.wait_for_function("globalThis.ready")
    page.add_style_tag(content=ALL_DRAWN)
    page.add_script_tag(path=AXE)
    yield page
    page.close()


def show(page: Page, **wanted: str) -> None:
    page.evaluate("(wanted) => show(wanted)", wanted)
    page.wait_for_function("dressed()")


def looked_at(page: Page, *rules: str, plain: bool = False) -> list[str]:
    """Return axe's findings. In a plain document the browser handles scrolling by keyboard."""
    result = page.evaluate(RUN, [plain, rules])
    assert result["looked"] > 0
    return result["found"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("mode", ["live", "alive", "file"])
def test_axe_finds_nothing(gallery: Page, mode: str, theme: str) -> None:
    show(gallery, mode=mode, theme=theme, host="jupyter")
    gallery.evaluate(
        "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
    )
    assert looked_at(gallery, plain=mode == "file") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("host", ["vscode", "colab"])
def test_contrast_is_enough_with_the_colours_of_other_hosts(
    gallery: Page, host: str, theme: str
) -> None:
    show(gallery, mode="alive", theme=theme, host=host)
    assert looked_at(gallery, "color-contrast") == []


@pytest.mark.parametrize("width", [320, 1600])
def test_nothing_makes_the_page_scroll_sideways(gallery: Page, width: int) -> None:
    size = gallery.viewport_size
    gallery.set_viewport_size({"width": width, "height": 900})
    for mode in ("live", "alive", "file"):
        show(gallery, mode=mode, theme="light")
        assert gallery.evaluate("document.documentElement.scrollWidth") <= width, mode
    gallery.set_viewport_size(size)


# The places of the parts of each ended answer, from its top.
PLACES = """() => Object.fromEntries([...document.querySelectorAll("[data-state]")].flatMap((host) => {
    const root = host.querySelector(".pplx");
    const {x: left, y: top} = host.getBoundingClientRect();
    const parts = [".pplx-question", ".pplx-bar", ".pplx-text :is(p, h3, h4, li, pre, td)", "sup > *", ".pplx-error",
        ".pplx-cited > li", ".pplx-source-about", ".pplx-all", ".pplx-found", ".pplx-footer",
        ".pplx-last", ".pplx-button"];
    const places = parts.flatMap((part) => [...root.querySelectorAll(part)].flatMap((node) => {
        const {x, y, width, height} = node.getBoundingClientRect();
        return height ? [[part, ...[x - left, y - top, width, height].map(Math.round)]] : [];
    }));
    return root.dataset.status === "streaming" ? [] : [[host.dataset.state, places]];
}))"""


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_an_answer_settles(gallery: Page, width: int) -> None:
    size = gallery.viewport_size
    gallery.set_viewport_size({"width": width, "height": 900})
    show(gallery, mode="live", theme="light", host="jupyter")
    live = gallery.evaluate(PLACES)
    show(gallery, mode="alive", theme="light", host="jupyter")
    settled = gallery.evaluate(PLACES)
    gallery.set_viewport_size(size)
    # The page alone has the state between a click on Retry and its confirmation.
    differ = {name for name in settled if settled[name] != live.get(name)} - {"asking again"}
    assert len(settled) > 30
    moved = {
        name: [(a, b) for a, b in zip(live[name], settled[name], strict=False) if a != b][:3]
        for name in differ
    }
    assert moved == {}
