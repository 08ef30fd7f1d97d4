"""How an answer is used: folded sources, runs of citations, keys and focus."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from ..support.settled_page import alive, asks, finish, html, put, sent, show, start

MANY = [
    {
        "id": n,
        "title": f"On ants, part {n}",
        "url": f"https://ants.org/{n}",
        "site": "ants.org",
        "date": "2026-11-01",
    }
    for n in range(1, 11)
]
CITED = [{"number": n, "id": n, "count": 1} for n in range(1, 11)]
RUN = "Ants walk." + "".join(f"[{n}]" for n in range(1, 11)) + " And bees fly."


def live(page: Page, **traits: object) -> Locator:
    given = {"text": RUN, "sources": MANY, "citations": CITED, "settled": "", "steps": []}
    start(page, **{**given, **traits})
    show(page)
    answer = page.locator("article.pplx")
    expect(answer).to_be_visible()
    return answer


# ---- sources ----


def test_five_sources_are_shown_of_many(page: Page) -> None:
    answer = live(page)
    rows = answer.get_by_role("list", name="Sources").locator("> li")
    expect(rows.filter(visible=True)).to_have_count(5)
    more = answer.get_by_role("button", name="Show all 10")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.press("Enter")
    expect(rows.filter(visible=True)).to_have_count(10)
    fewer = answer.get_by_role("button", name="Show fewer")
    expect(fewer).to_be_focused()
    fewer.click()
    expect(rows.filter(visible=True)).to_have_count(5)


def test_six_sources_are_all_shown(page: Page) -> None:
    answer = live(page, citations=CITED[:6])
    expect(answer.locator(".pplx-cited > li").filter(visible=True)).to_have_count(6)
    expect(answer.get_by_role("button", name=re.compile("Show all"))).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_site_and_date_of_a_source_stay_on_one_line(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    about = live(page).locator(".pplx-source-about").first
    height = about.evaluate("node => node.getBoundingClientRect().height")
    assert height < 30
    title = page.locator(".pplx-source-title").first.bounding_box()
    box = about.bounding_box()
    assert title
    assert box
    assert box["x"] > title["x"] + 200 if width == 1280 else box["y"] >= title["y"] + 15


# ---- citations ----


def test_a_long_run_is_folded_into_a_number(page: Page) -> None:
    run = live(page).locator(".pplx-text sup")
    shown = (
        "(run) => [...run.children].filter((chip) => chip.getBoundingClientRect().width > 0).length"
    )
    assert run.evaluate(shown) == 3
    sign = "(run) => getComputedStyle(run, '::after').content"
    assert "counter(pplx-more)" in run.evaluate(sign)
    box = run.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
    assert run.evaluate(shown) == 10
    page.mouse.click(5, 890)
    page.evaluate("document.activeElement.blur()")
    assert run.evaluate(shown) == 3


@pytest.mark.parametrize("mode", ["live", "settled"])
def test_a_run_is_one_tab_stop(page: Page, mode: str) -> None:
    if mode == "settled":
        rel = 'rel="noopener noreferrer nofollow" target="_blank"'
        put(
            page,
            html().replace("</a></sup>", f'</a> <a href="https://ants.org/1" {rel}>2</a></sup>', 1),
        )
        start(page)
        chips = alive(page).locator("sup").first.locator("a")
    else:
        chips = live(page).locator(".pplx-text sup a")
    first = chips.first
    expect(first).not_to_have_attribute("tabindex", re.compile("."))
    for chip in chips.all()[1:]:
        expect(chip).to_have_attribute("tabindex", "-1")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(chips.nth(1)).to_be_focused()


def test_type_and_target_of_a_citation_are_large_enough(page: Page) -> None:
    answer = live(page, text="Ants.[1]\n\n| a |\n|---|\n| [2] |\n")
    for chip in answer.locator(".pplx-text sup a").all():
        assert chip.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 11
    box = answer.locator("td a").bounding_box()
    assert box
    assert box["width"] >= 24
    assert box["height"] >= 24


@pytest.mark.parametrize("mode", ["live", "settled"])
def test_a_copied_sentence_has_citations_in_brackets(clipboard: Page, mode: str) -> None:
    page = clipboard
    if mode == "settled":
        put(page, html())
        start(page)
        expect(alive(page)).to_have_count(1)
    else:
        live(page)
    before = page.locator(".pplx-text").inner_html()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.pplx-text p'))")
    page.keyboard.press("Control+C")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('['))")
    text = page.evaluate("navigator.clipboard.readText()")
    wanted = (
        "Bees dance in eights.[1] The angle tells the way.[2]"
        if mode == "settled"
        else "Ants walk." + "".join(f"[{n}]" for n in range(1, 11)) + " And bees fly."
    )
    assert text.strip() == wanted
    page.evaluate("getSelection().empty()")
    page.wait_for_function(
        "(before) => document.querySelector('.pplx-text').innerHTML === before", arg=before
    )


def test_links_keep_the_browser_s_menu(page: Page) -> None:
    live(page)
    page.evaluate("""() => {
        globalThis.reached = [];
        document.addEventListener("contextmenu", ({target}) => reached.push(target.localName));
    }""")
    menu = "new MouseEvent('contextmenu', {bubbles: true, cancelable: true})"
    for place in (".pplx-text sup a", ".pplx-source-title", ".pplx-text p"):
        page.locator(place).first.evaluate(f"node => node.dispatchEvent({menu})")
    assert page.evaluate("reached") == ["p"]


# ---- an error ----


def test_an_error_is_one_card_with_its_retry_and_its_links(page: Page) -> None:
    lines = {
        "what": "No.",
        "why": "See https://console.perplexity.ai/keys. Not https://perplexity.ai.e.org/a.",
        "try_this": "Call `f()`.",
    }
    error = {"kind": "x", "lines": lines, "request_id": None, "retry": True}
    answer = live(page, text="", sources=[], citations=[], status="failed", error=error)
    card = answer.locator(".pplx-error")
    expect(card.get_by_role("link")).to_have_attribute("href", "https://console.perplexity.ai/keys")
    expect(card.locator("code")).to_have_text("f()")
    expect(answer.get_by_role("button").filter(visible=True)).to_have_text(["Retry"])
    card.get_by_role("button", name="Retry").click()
    assert sent(page, "retry") == 1


# ---- focus ----


@pytest.mark.parametrize("by", ["Enter", "the end"])
def test_focus_stays_in_the_answer_when_stop_goes(page: Page, by: str) -> None:
    answer = live(page, status="streaming")
    stop = answer.get_by_role("button", name="Stop")
    stop.focus()
    if by == "Enter":
        page.keyboard.press("Enter")
        assert sent(page, "stop") == 1
        page.keyboard.press("Enter")  # a second one does nothing
        assert sent(page, "stop") == 1
        expect(stop).to_be_focused()
    finish(page, status="stopped" if by == "Enter" else "complete")
    expect(stop).to_be_hidden()
    expect(answer).to_be_focused()
    page.evaluate("document.getElementById('out').replaceChildren()")
    put(page, html())
    expect(alive(page)).to_be_focused()
    page.keyboard.press("Tab")
    expect(alive(page).locator("summary.pplx-phase")).to_be_focused()


# ---- keys ----

NOTEBOOK_KEYS = """() => {
    globalThis.got = [];
    // As JupyterLab: on the document, before the page, unless the attribute is there.
    document.addEventListener("keydown", (event) => {
        for (let node = event.target; node; node = node.parentElement) {
            if (node.hasAttribute("data-lm-suppress-shortcuts")) return;
        }
        got.push([event.ctrlKey ? "Ctrl" : "", event.altKey ? "Alt" : "",
            event.shiftKey ? "Shift" : "", event.key].filter(Boolean).join("+"));
    }, {capture: true});
}"""


@pytest.mark.parametrize("place", ["summary.pplx-phase", "sup a", "button.pplx-button", "textarea"])
def test_shortcuts_reach_the_notebook_and_single_keys_do_not(page: Page, place: str) -> None:
    asks(page)
    page.evaluate(NOTEBOOK_KEYS)
    control = page.locator(place).first
    expect(control).to_be_visible()
    for key in ("m", "d", "d", "a", "b", "x", "0", "ArrowDown", "Shift+M", "Escape"):
        control.focus()
        page.keyboard.press(key)
    assert page.evaluate("got") == []
    for key in ("Control+s", "Control+f", "Alt+Enter"):
        control.focus()
        page.keyboard.press(key)
    got = [key for key in page.evaluate("got") if not key.endswith(("Control", "Alt"))]
    assert got == ["Ctrl+s", "Ctrl+f", "Alt+Enter"]


def test_a_keyboard_walk_reaches_every_control_in_order(page: Page) -> None:
    put(page, html())
    start(page)
    expect(alive(page)).to_have_count(1)
    page.evaluate(
        "document.querySelector('#out').prepend(Object.assign(document.createElement('a'),"
        " {href: '#', id: 'before', textContent: 'x'}))"
    )
    page.locator("#before").focus()
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent)"
                ".trim().replace(/\\s+/g, ' ')"
            )
        )
    assert names[:9] == [
        "Answered 1 search 8.4 s",
        "Source 1: On bees",
        "Source 2: On ants",
        "Copy code",
        "On bees",
        "1 more source",
        "Check",
        "Copy",
        "More formats",
    ], names
