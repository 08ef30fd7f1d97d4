"""What the reader sees and does: patches, markers, selections, buttons, hostile text, the stub."""

import itertools

import pytest
from playwright.sync_api import Page, Route, expect

from pplx_widget.markdown.json_text import indented

START = """(traits) => {
    globalThis.one = answer({status: "streaming", ...traits});
    globalThis.shown = view(one.widget, one.model);
    let seq = 0, length = one.model.get("text").length;
    globalThis.patch = (rest) => {
        one.model.message({type: "patch", seq: ++seq, at: length, elapsed: seq / 10, ...rest});
        length += (rest.text ?? "").length;
    };
}"""

SOURCES = [
    {"id": 11, "title": "On ants", "url": "https://ants.org/1", "site": "ants.org", "date": None},
    {
        "id": 3,
        "title": "On bees",
        "url": "https://bees.org/2",
        "site": "bees.org",
        "date": "2026-11-01",
    },
    {"id": 5, "title": "On wasps", "url": "javascript:alert(1)", "site": "wasps.org", "date": None},
]
FAILURE = {
    "kind": "x",
    "what": "No.",
    "why": "",
    "try_this": "",
    "request_id": None,
    "retry": True,
}
CITATIONS = [{"number": 1, "id": 3, "count": 1}, {"number": 2, "id": 11, "count": 1}]


def start(page: Page, **traits: object) -> None:
    page.evaluate(START, traits)


def patch(page: Page, **rest: object) -> None:
    page.evaluate("(rest) => patch(rest)", rest)


def whole(page: Page, **traits: object) -> None:
    page.evaluate("(traits) => one.model.update(traits)", traits)


def sent(page: Page) -> list[dict[str, object]]:
    return page.evaluate("one.model.sent")


# ---- the stream ----


def test_text_appears_as_it_comes(page: Page) -> None:
    start(page)
    patch(page, text="# Bees\n\nThey **dan")
    expect(page.locator(".pplx-text h1")).to_have_text("Bees")
    expect(page.locator(".pplx-text strong")).to_have_text("dan")
    patch(page, text="ce** a lot.\n\n- one\n- two\n")
    expect(page.locator(".pplx-text strong")).to_have_text("dance")
    expect(page.locator(".pplx-text li")).to_have_text(["one", "two"])


def test_any_chunking_shows_what_the_whole_shows(page: Page) -> None:
    text = (
        "Intro *with* `code` and [a link](https://a.org).\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n"
        "1. one\n\n   more\n2. two\n   - deep **er**\n\n```py\nx = [3]\n\ny\n```\n> q\n> r\n\n---\nEnd.[3]"
    )
    traits = {"sources": SOURCES, "citations": CITATIONS}
    start(page, **traits, text=text, status="complete")
    wanted = page.locator(".pplx-text").inner_html()
    for size in (1, 3, 17):
        page.evaluate("shown.close()")
        start(page, **traits)
        for at in range(0, len(text), size):
            patch(page, text=text[at : at + size])
            page.evaluate("new Promise(requestAnimationFrame)")
        patch(page, status="complete")
        expect(page.locator(".pplx")).to_have_attribute("data-status", "complete")
        assert page.locator(".pplx-text").inner_html() == wanted


def test_two_views_and_one_made_late(page: Page) -> None:
    start(page)
    page.evaluate("globalThis.second = view(one.widget, one.model)")
    patch(page, text="Hello")
    page.evaluate("view(one.widget, one.model)")
    patch(page, text=" there")
    expect(page.locator(".pplx-text")).to_have_text(["Hello there"] * 3)
    page.evaluate("second.close()")
    patch(page, text=", all")
    expect(page.locator(".pplx-text")).to_have_text(["Hello there, all"] * 2)


def test_a_gap_is_asked_for_and_repaired(page: Page) -> None:
    start(page)
    assert sent(page) == [{"type": "sync", "seq": 0}]
    page.evaluate("one.model.message({type: 'patch', seq: 2, at: 3, text: 'two', elapsed: 1})")
    assert sent(page)[1:] == [{"type": "sync", "seq": 0}]
    whole(page, seq=2, text="onetwo")
    expect(page.locator(".pplx-text")).to_have_text("onetwo")
    page.evaluate("one.model.message({type: 'patch', seq: 3, at: 6, text: '!', elapsed: 1})")
    expect(page.locator(".pplx-text")).to_have_text("onetwo!")


def test_retry_clears_what_was_shown(page: Page) -> None:
    start(page, text="Half an ans", status="stopped")
    page.get_by_role("button", name="Retry").click()
    assert sent(page)[-1] == {"type": "retry"}
    expect(page.get_by_role("button", name="Retry")).to_be_disabled()
    whole(page, seq=1, text="", status="queued")
    expect(page.locator(".pplx-text")).to_have_text("")
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()


# ---- citations ----


def test_json_that_was_asked_for_is_code_as_it_comes(page: Page) -> None:
    text = '{"name":"Werner [1]","born":[1816,{"in":"Lenthe"}]}'
    start(page, structured=True, sources=SOURCES, citations=CITATIONS)
    code = page.locator(".pplx-text pre > code.language-json")
    for at in range(0, len(text), 7):
        patch(page, text=text[at : at + 7])
    expect(code).to_have_text(indented(text))
    patch(page, status="failed", error=FAILURE)
    expect(code).to_have_text(indented(text))
    whole(page, seq=90, status="streaming", text="I do not know.[3] Sorry.")
    expect(page.locator(".pplx-text p")).to_have_text("I do not know.1 Sorry.")
    expect(code).to_have_count(0)
    whole(page, seq=91, status="streaming", text=text)
    expect(code).to_have_text(indented(text))


def test_what_was_understood_otherwise_is_said(page: Page) -> None:
    start(page)
    said = page.locator(".pplx-said")
    expect(said).to_be_hidden()
    patch(page, notes=["One <b>thing</b>.", "Another."])
    expect(said.locator("> div")).to_have_text(["One <b>thing</b>.", "Another."])


def test_markers_lead_to_their_source_by_id(page: Page) -> None:
    start(page, sources=SOURCES, citations=CITATIONS, text="So.[3][web:11]", status="complete")
    links = page.locator(".pplx-cite a")
    expect(links).to_have_text(["1", "2"])
    expect(links.first).to_have_attribute("href", "https://bees.org/2")
    expect(links.first).to_have_attribute("aria-label", "Source 1: On bees")
    expect(links.first).to_have_attribute("title", "On bees — bees.org")


@pytest.mark.parametrize(
    "text",
    [
        "[99] and [0] and [web:99]",
        "`[3]` is code",
        "```\n[3]\n```",
        "    [3]",
        "[3](https://a.org)",
        "[3]: https://evil.org/x",
        "[see [3] there](https://a.org)",
        "\\[3]",
        "[5] is found, not cited",
    ],
)
def test_what_is_no_citation(page: Page, text: str) -> None:
    start(page, sources=SOURCES, citations=CITATIONS, text=text, status="complete")
    expect(page.locator(".pplx-cite")).to_have_count(0)


def test_a_marker_never_leads_where_the_model_says(page: Page) -> None:
    text = "One.[1][2] Two [x][1].\n\n[1]: https://evil.org/x\n[2]: https://evil.org/y"
    start(page, text=text, status="complete")
    # Only the addresses themselves are links.
    links = page.locator(".pplx-text a")
    expect(links).to_have_text(["https://evil.org/x", "https://evil.org/y"])
    expect(page.locator(".pplx-text")).to_contain_text("[1][2] Two [x][1].")
    expect(page.locator(".pplx-text")).to_contain_text("[1]: https://evil.org/x")


def test_a_source_that_comes_late_renumbers_what_is_shown(page: Page) -> None:
    start(page, sources=SOURCES[1:])
    patch(
        page,
        text="Unknown yet [11].\n\nBees [3].\n\n",
        citations=[{"number": 1, "id": 3, "count": 1}],
    )
    expect(page.locator("sup")).to_have_text(["1"])
    late = [{"number": 1, "id": 11, "count": 1}, {"number": 2, "id": 3, "count": 1}]
    patch(page, sources=SOURCES[:1], citations=late, text="More")
    expect(page.locator("sup")).to_have_text(["1", "2"])
    expect(page.locator(".pplx-text")).to_contain_text("Bees 2.")
    expect(page.locator(".pplx-text p")).to_have_count(3)


def test_the_end_after_a_retry_shows_what_was_held_back(page: Page) -> None:
    start(page)
    patch(page, status="failed", error=FAILURE)
    page.get_by_role("button", name="Retry").click()
    whole(page, seq=2, status="connecting", error=None)
    for rest in (
        {"seq": 3, "text": "Bees dance.[3]", "status": "streaming", "sources": SOURCES},
        {
            "seq": 4,
            "at": 14,
            "status": "complete",
            "citations": [{"number": 1, "id": 3, "count": 1}],
        },
    ):
        page.evaluate(
            "(m) => one.model.message(m)", {"type": "patch", "at": 0, "elapsed": 1, **rest}
        )
    expect(page.locator("sup")).to_have_text(["1"])


def test_a_retry_that_fails_at_once_can_be_tried_again(page: Page) -> None:
    start(page)
    patch(page, status="failed", error=FAILURE)
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("button", name="Retry")).to_be_disabled()
    whole(page, seq=2, status="failed", error={**FAILURE, "what": "Again."})
    expect(page.get_by_role("button", name="Retry")).to_be_enabled()


def test_a_citation_that_comes_late_resolves_in_a_closed_block(page: Page) -> None:
    start(page)
    patch(page, text="Early.[3] More.\n\nSecond.\n\nThird")
    expect(page.locator(".pplx-text")).to_contain_text("Early.[3] More.")
    page.evaluate("globalThis.later = document.querySelectorAll('.pplx-text p')[1]")
    patch(page, sources=SOURCES, citations=CITATIONS)
    expect(page.locator(".pplx-cite a")).to_have_text("1")
    assert page.evaluate("later === document.querySelectorAll('.pplx-text p')[1]")


def test_a_half_marker_waits(page: Page) -> None:
    start(page, sources=SOURCES, citations=CITATIONS)
    for typed in ("So.[", "web", ":1"):
        patch(page, text=typed)
        page.evaluate("new Promise(requestAnimationFrame)")
        expect(page.locator(".pplx-text")).to_have_text("So.")
    patch(page, text="1] Yes")
    expect(page.locator(".pplx-cite a")).to_have_text("2")


def test_cited_sources_come_first_and_every_row_is_a_link(page: Page) -> None:
    start(page, sources=SOURCES, citations=CITATIONS)
    expect(page.locator(".pplx-cited a")).to_have_text(["On bees", "On ants"])
    expect(page.locator(".pplx-found-count")).to_have_text("Also found (1)")
    # A source whose address is no link is named, and leads nowhere.
    expect(page.locator(".pplx-found-list .pplx-source-title")).to_have_text("On wasps")
    expect(page.locator(".pplx-found-list a")).to_have_count(0)


# ---- hostile text ----


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


def test_links_are_shown_for_what_they_are(page: Page) -> None:
    text = "[bank.com](https://evil.org/a) <https://a.org/x> ![pic](https://cdn.org/p.png)"
    start(page, text=text, status="complete")
    first, second, image = page.locator(".pplx-text a").all()
    expect(first).to_have_text("bank.com (evil.org)")
    expect(first).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(second).to_have_attribute("href", "https://a.org/x")
    expect(image).to_have_text("image: cdn.org")


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
    assert asked == [""]  # not even where it was asked from
    chips.first.click()
    expect(picture).to_have_count(0)
    chips.last.click()
    expect(page.locator(".pplx-picture")).to_have_text("could not be loaded")
    expect(page.get_by_role("img")).to_have_count(0)


def test_what_a_frame_has_no_time_for_comes_with_the_next(page: Page) -> None:
    start(page)
    text = "".join(f"Paragraph {n} of a long text.\n\n" for n in range(200))
    counts = page.evaluate(
        """async (text) => {
            let now = performance.now();
            performance.now = () => (now += 1000);  // every look at the clock comes too late
            const count = () => document.querySelectorAll(".pplx-text p").length;
            one.model.message({ type: "patch", seq: 1, at: 0, elapsed: 0, text, status: "complete" });
            const counts = [];
            while (counts.at(-1) !== 200 && counts.length < 1000) {
                await null;
                counts.push(count());
            }
            return counts;
        }""",
        text,
    )
    assert counts[-1] == 200
    steps = {b - a for a, b in itertools.pairwise(counts)}
    assert max(steps) <= 10


# ---- the reader ----

SELECT = """(selector) => {
    const node = document.querySelector(selector).firstChild;
    getSelection().setBaseAndExtent(node, 2, node, 6);
    return String(getSelection());
}"""


@pytest.mark.parametrize("more", [" and more", " and **more** [3]", "\n\nNext.\n\nAnd one more"])
def test_a_selection_survives(page: Page, more: str) -> None:
    start(page, sources=SOURCES, citations=CITATIONS)
    patch(page, text="Closed one.\n\nStill open")
    expect(page.locator(".pplx-text p")).to_have_count(2)
    for selector in (".pplx-text p:first-child", ".pplx-text p:nth-child(2)"):
        selected = page.evaluate(SELECT, selector)
        patch(page, text=more)
        page.evaluate("new Promise(requestAnimationFrame)")
        assert page.evaluate("String(getSelection())") == selected != ""


def test_stop_is_sent_at_once_and_once(page: Page) -> None:
    start(page, text="a")
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.click()
    assert sent(page)[-1] == {"type": "stop"}
    expect(stop).to_be_disabled()
    expect(page.locator(".pplx-phase-label")).to_have_text("Stopping")
    patch(page, status="stopped")
    expect(stop).to_be_hidden()
    expect(page.locator(".pplx-last")).to_have_text("Stopped")


def test_stop_that_waits_for_the_cell_says_so(page: Page) -> None:
    start(page, stop_waits=True)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".pplx-phase-label")).to_have_text("Stopping when the running cell ends")


def test_a_pause_counts_down(page: Page) -> None:
    page.clock.install()
    refused = {"kind": "retry", "at": 0.5, "name": "Rate limited", "what": "429.", "seconds": 3}
    start(page, status="connecting", steps=[refused], elapsed=0.5)
    label = page.locator(".pplx-phase-label")
    expect(label).to_have_text("Rate limited, retrying in 3 s")
    page.clock.run_for(1200)
    expect(label).to_have_text("Rate limited, retrying in 2 s")
    page.clock.run_for(2000)
    expect(label).to_have_text("Connecting")


def test_a_silence_in_mid_stream_is_told(page: Page) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # else it goes on while a slow machine looks
    timing = {"first_event": 0.2, "first_token": 1, "finished": None, "tokens_per_second": None}
    start(page, status="streaming", text="Bees", timing=timing)
    note = page.locator(".pplx-phase-note")
    page.clock.run_for(4800)
    expect(note).to_be_hidden()
    page.clock.run_for(7400)
    expect(note).to_have_text("no data for 12 s")
    patch(page, at=4, text=" dance.")
    page.clock.run_for(200)
    expect(note).to_be_hidden()
    expect(page.locator(".pplx-text")).to_have_text("Bees dance.")


SEARCH = {"kind": "search", "at": 0.1, "queries": ["bee dance", "a  b"], "found": None}
READ = {"kind": "read", "at": 1, "urls": ["https://www.bees.org/2", "javascript:x"], "done": True}
THOUGHT = {"kind": "thought", "at": 2, "text": "So they do."}


def test_the_way_to_the_answer_is_seen_until_the_text_begins(page: Page) -> None:
    start(page, status="searching")
    expect(page.locator("div.pplx-trace .pplx-phase-label")).to_have_text("Searching")
    expect(page.locator("details.pplx-trace")).to_have_count(0)
    patch(page, steps={"from": 0, "items": [SEARCH]})
    steps = page.locator(".pplx-step")
    expect(steps).to_have_text(["Searching “bee dance”, “a b” 0.1 s"])
    expect(steps.first).to_be_hidden()  # the line above says the same
    patch(page, steps={"from": 0, "items": [{**SEARCH, "found": 10}, READ, THOUGHT]})
    found = "Searched “bee dance”, “a b” 10 sources 0.1 s"
    expect(steps).to_have_text([found, "Read bees.org/2, javascript:x 1.0 s", "So they do. 2.0 s"])
    expect(steps.locator("a")).to_have_count(1)
    expect(steps.last).to_be_visible()
    patch(page, status="streaming", text="Eig")
    expect(steps.last).to_be_hidden()
    patch(page, status="searching", steps={"from": 3, "items": [SEARCH]})
    expect(steps).to_have_count(4)
    expect(steps.last).to_be_hidden()
    expect(page.locator(".pplx-phase-note")).to_be_hidden()
    patch(page, status="complete", at=3, text="hts.")
    expect(page.locator(".pplx-phase-note")).to_have_text("2 searches · 2 pages read")


def test_the_newest_of_many_steps_is_in_sight(page: Page) -> None:
    start(page, status="searching", steps=[SEARCH])
    patch(page, steps={"from": 1, "items": [{**THOUGHT, "text": f"Hm {i}."} for i in range(40)]})
    step = page.get_by_text("Hm 39.")
    expect(step).to_be_in_viewport()
    box = page.locator(".pplx-steps").bounding_box()
    assert box["height"] < 200
    # Whoever wants all of them unfolds it by hand.
    page.locator("summary.pplx-phase").click()
    page.locator("summary.pplx-phase").click()
    assert page.locator(".pplx-steps").bounding_box()["height"] > 500


@pytest.mark.parametrize("clicks", [1, 2])
def test_the_reader_decides_whether_it_is_folded(page: Page, clicks: int) -> None:
    start(page, status="searching", steps=[SEARCH, THOUGHT])
    step = page.locator(".pplx-step").first
    expect(step).to_be_visible()
    for _ in range(clicks):
        page.locator("summary.pplx-phase").click()
    patch(page, steps={"from": 2, "items": [READ]})
    expect(step).to_be_visible(visible=clicks == 2)
    patch(page, status="streaming", text="Eights.")
    expect(page.locator(".pplx-text")).to_have_text("Eights.")
    expect(step).to_be_visible(visible=clicks == 2)


def test_sources_stand_under_the_search_that_found_them(page: Page) -> None:
    found = [("a", "one"), ("b", "two · too"), ("c", "one"), ("d", None)]
    sources = [
        {"id": i, "title": title, "url": f"https://{title}.org", "site": "", "query": query}
        for i, (title, query) in enumerate(found)
    ]
    start(page, status="streaming", text="x", sources=sources[:1])
    page.locator(".pplx-found-summary").click()
    rows = page.locator(".pplx-found-list li")
    expect(rows).to_have_text(["a a.org"])
    patch(page, sources=sources[1:])
    told = ["“one”", "a a.org", "c c.org", "“two”, “too”", "b b.org", "d d.org"]
    expect(rows).to_have_text(told)


def test_a_retry_starts_with_a_new_way(page: Page) -> None:
    start(page, status="stopped", steps=[SEARCH])
    page.locator("summary.pplx-phase").click()
    page.get_by_role("button", name="Retry").click()
    whole(page, seq=1, status="connecting", steps=[])
    expect(page.locator("details.pplx-trace")).to_have_count(0)
    patch(page, seq=2, steps={"from": 0, "items": [SEARCH]})
    expect(page.locator(".pplx-step")).to_be_hidden()


def test_it_reads_as_words_without_a_stylesheet(page: Page) -> None:
    steps = [{**SEARCH, "found": 10}]
    start(
        page,
        status="complete",
        text="So.[3][11]",
        sources=SOURCES,
        citations=CITATIONS,
        steps=steps,
    )
    page.evaluate("document.adoptedStyleSheets = []")
    words = page.locator("article").inner_text()
    assert "Answered 1 search" in words
    assert "So.1 2" in words
    assert "On bees bees.org · 2026-11-01" in words
    assert "Also found (1) wasps.org" in words
    assert page.locator(".pplx-cited").evaluate("list => getComputedStyle(list).listStyleType") == (
        "decimal"
    )


def test_an_error_says_what_why_and_what_to_try(page: Page) -> None:
    start(page, text="Half an answ")
    error = {
        "kind": "connection",
        "what": "The connection broke.",
        "why": "<b>The service</b> closed it.",
        "try_this": "Retry, or\nraise `timeout=`.",
        "request_id": "req_1",
        "retry": True,
    }
    patch(page, status="failed", error=error)
    card = page.locator(".pplx-error")
    expect(card).to_contain_text("The connection broke.")
    expect(card).to_contain_text("<b>The service</b> closed it.")
    expect(card.locator("code")).to_have_text("timeout=")
    expect(page.locator(".pplx-text")).to_have_text("Half an answ")
    page.get_by_role("button", name="Retry").click()
    assert sent(page)[-1] == {"type": "retry"}


def test_an_error_that_retrying_cannot_mend_has_no_retry(page: Page) -> None:
    error = {"kind": "key", "what": "No key.", "why": "", "try_this": "", "request_id": None}
    start(page, status="failed", error={**error, "retry": False})
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


def test_a_screen_reader_hears_the_turns_and_no_tokens(page: Page) -> None:
    start(page, status="connecting")
    spoken = page.locator("[aria-live]")
    patch(page, status="searching")
    expect(spoken).to_have_text("Searching started")
    patch(page, sources=SOURCES)
    expect(spoken).to_have_text("3 sources found")
    patch(page, status="streaming", text="Tokens")
    patch(page, status="complete", citations=CITATIONS)
    expect(spoken).to_have_text("Answer finished, 2 sources cited")
    page.evaluate("shown.close()")  # the settled answer takes its place while that is read out
    expect(spoken).to_have_text("Answer finished, 2 sources cited")


def test_a_long_question_unfolds(page: Page) -> None:
    start(page, question="Why? " * 400)
    question = page.locator(".pplx-question")
    folded = question.bounding_box()["height"]
    page.get_by_role("button", name="more").click()
    assert question.bounding_box()["height"] > 2 * folded
    page.get_by_role("button", name="less").click()
    assert question.bounding_box()["height"] == folded


WHERE = """() => [".pplx-question", ".pplx-phase-label", ".pplx-text h2", ".pplx-text p"]
    .map((place) => document.querySelector(place)?.getBoundingClientRect().top)"""


@pytest.mark.parametrize("end", ["complete", "stopped", "failed"])
def test_what_is_read_stays_where_it_is(page: Page, end: str) -> None:
    timing = {"first_event": 0.2, "first_token": 1, "finished": None, "tokens_per_second": None}
    page.clock.install()
    start(page, question="Why do bees dance?", status="searching", steps=[SEARCH], timing=timing)
    patch(page, status="streaming", text="## Bees\n\nThey dance.")
    page.clock.run_for(100)
    expect(page.locator(".pplx-text p")).to_have_count(1)
    places = page.evaluate(WHERE)
    assert all(places)
    changes = (
        {"sources": SOURCES},
        {"text": "[3] And more.\n\nAnother one.[11]", "citations": CITATIONS},
        {"steps": {"from": 1, "items": [THOUGHT, READ]}},
        {},  # a silence
        {"text": "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"},
        {"status": end, "error": FAILURE if end == "failed" else None},
    )
    for change in changes:
        patch(page, **change) if change else page.clock.run_for(8000)
        page.clock.run_for(700)
        assert page.evaluate(WHERE) == places, change
    expect(page.locator(".pplx")).to_have_attribute("data-status", end)


def test_nothing_is_wider_than_a_narrow_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    wide = "x" * 300
    text = f"{wide}\n\n```\n{wide}\n```\n\n|{'a|' * 30}\n|{'-|' * 30}\n|{'word |' * 30}\n"
    start(page, question=wide, sources=SOURCES, text=text, status="complete")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_state_stays_right_where_no_frame_comes(page: Page) -> None:
    page.evaluate("globalThis.requestAnimationFrame = () => 0")
    start(page)
    patch(page, text="Seen later")
    expect(page.locator(".pplx-text")).to_have_text("Seen later")


def test_a_long_answer_costs_no_more_at_its_end(page: Page) -> None:
    start(page)
    took = page.evaluate("""async () => {
        const paragraph = "Some **words** of a [link](https://a.org) and `code` here. ".repeat(4) + "\\n\\n";
        const took = [];
        for (let i = 0; i < 240; i++) {
            patch({text: paragraph});
            const before = performance.now();
            await new Promise(requestAnimationFrame);
            await new Promise((resolve) => setTimeout(resolve));
            document.body.offsetHeight;
            took.push(performance.now() - before);
        }
        return took;
    }""")
    first, last = sorted(took[20:60])[20], sorted(took[200:240])[20]
    assert last < 2 * first + 5


# ---- the stub ----

BUNDLE = """
globalThis.loads = (globalThis.loads ?? 0) + 1;
export default () => ({
    initialize({model, held}) {
        globalThis.got = [...held];
        const listen = (message) => got.push(message);
        model.on("msg:custom", listen);
        return () => model.off("msg:custom", listen);
    },
    render({el}) { el.textContent = "rendered"; return () => { el.textContent = "gone"; }; },
});
"""


def test_the_stub_loads_the_bundle_once_a_page(page: Page) -> None:
    page.evaluate(
        """(code) => {
            const holders = {h: {get: () => code}};
            for (let i = 0; i < 3; i++) {
                const {model, widget} = answer({_bundle: "h"}, stub, holders);
                view(widget, model);
            }
        }""",
        BUNDLE,
    )
    expect(page.get_by_text("rendered")).to_have_count(3)
    assert page.evaluate("loads") == 1


def test_the_stub_loses_no_message_and_doubles_none(page: Page) -> None:
    page.evaluate(
        """(code) => {
            const holders = {};
            globalThis.one = answer({_bundle: "late"}, stub, holders);
            globalThis.shown = view(one.widget, one.model);
            for (const n of [1, 2, 3]) one.model.message(n);
            setTimeout(() => { holders.late = {get: () => code}; one.model.message(4); }, 200);
        }""",
        BUNDLE,
    )
    expect(page.get_by_text("rendered")).to_have_count(1)
    page.evaluate("one.model.message(5)")
    assert page.evaluate("got") == [1, 2, 3, 4, 5]
    page.evaluate("shown.close()")
    expect(page.get_by_text("gone")).to_have_count(1)


def test_the_stub_shows_the_real_bundle(page: Page) -> None:
    page.evaluate("""async () => {
        const code = await (await fetch("/static/widget.js")).text();
        globalThis.one = answer({_bundle: "real", question: "Why?"}, stub, {real: {get: () => code}});
        one.model.message({type: "patch", seq: 1, at: 0, text: "Because", elapsed: 1});
        view(one.widget, one.model);
    }""")
    expect(page.locator(".pplx-text")).to_have_text("Because")


@pytest.mark.parametrize("holders", [None, {}])
def test_a_bundle_that_cannot_be_had_is_said(page: Page, holders: dict[str, object] | None) -> None:
    page.clock.install()
    page.evaluate(
        """(holders) => {
            globalThis.one = answer({_bundle: "x"}, stub, holders);
            view(one.widget, one.model);
        }""",
        holders,
    )
    for _ in range(12):
        page.clock.run_for(1000)
    expect(page.get_by_text("pplx-widget doctor")).to_have_count(1)


def test_a_failed_load_is_tried_again_by_the_next_view(page: Page) -> None:
    page.clock.install()
    page.evaluate("""() => {
        globalThis.holders = {};
        globalThis.one = answer({_bundle: "x"}, stub, holders);
        view(one.widget, one.model);
        one.model.message(1);
    }""")
    for _ in range(12):
        page.clock.run_for(1000)
    expect(page.get_by_text("pplx-widget doctor")).to_have_count(1)
    page.evaluate(
        "(code) => { holders.x = {get: () => code}; view(one.widget, one.model); }", BUNDLE
    )
    expect(page.get_by_text("rendered")).to_have_count(1)
    assert page.evaluate("got") == [1]
