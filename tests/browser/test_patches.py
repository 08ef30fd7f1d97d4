"""Patches are shown: in any chunking, in every view, frame by frame."""

import itertools

from playwright.sync_api import Page, expect

from pplx_widget.markdown.json_text import indented

from ..support.live_page import CITATIONS, FAILURE, SOURCES, patch, sent, start, whole


def test_text_appears_as_it_streams(page: Page) -> None:
    start(page)
    patch(page, text="# Bees\n\nThey **dan")
    expect(page.locator(".pplx-text h3")).to_have_text("Bees")
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


def test_two_views_and_a_later_one(page: Page) -> None:
    start(page)
    page.evaluate("globalThis.second = view(one.widget, one.model)")
    patch(page, text="Hello")
    page.evaluate("view(one.widget, one.model)")
    patch(page, text=" there")
    expect(page.locator(".pplx-text")).to_have_text(["Hello there"] * 3)
    page.evaluate("second.close()")
    patch(page, text=", all")
    expect(page.locator(".pplx-text")).to_have_text(["Hello there, all"] * 2)


def test_a_gap_is_repaired_by_a_sync(page: Page) -> None:
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
    whole(page, seq=2, status="failed", error={**FAILURE, "lines": {"what": "Again."}})
    expect(page.get_by_role("button", name="Retry")).to_be_enabled()


def test_json_is_shown_as_code_while_it_streams(page: Page) -> None:
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


def test_text_over_the_frame_budget_comes_with_the_next_frame(page: Page) -> None:
    start(page)
    text = "".join(f"Paragraph {n} of a long text.\n\n" for n in range(200))
    counts = page.evaluate(
        """async (text) => {
            let now = performance.now();
            performance.now = () => (now += 1000);  // every frame is over its budget
            const count = () => document.querySelectorAll(".pplx-text p").length;
            one.model.message({ type: "patch", seq: 1, at: 0, elapsed: 0, text, status: "complete" });
            const counts = [];
            while (counts.at(-1) !== 200 && counts.length < 1000) {
                await new Promise(requestAnimationFrame);
                counts.push(count());
            }
            return counts;
        }""",
        text,
    )
    assert counts[-1] == 200
    steps = {b - a for a, b in itertools.pairwise(counts)}
    assert max(steps) <= 10


def test_text_is_shown_without_animation_frames(page: Page) -> None:
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


def test_text_changes_nothing_but_the_text(page: Page) -> None:
    """Each changed node makes the browser compute styles again, 30 times a second."""
    start(page, sources=SOURCES, citations=CITATIONS, text="It begins.", status="streaming")
    expect(page.locator(".pplx-text")).to_have_text("It begins.")
    changed = page.evaluate("""async () => {
        const root = document.querySelector(".pplx");
        const changed = [];
        const observer = new MutationObserver((records) => {
            for (const { target } of records) {
                const part = (target.parentElement ?? target).closest(".pplx > *");
                changed.push(part?.className ?? target.className);
            }
        });
        const options = { childList: true, subtree: true, attributes: true, characterData: true };
        observer.observe(root, options);
        for (let i = 0; i < 10; i++) {
            patch({ text: " More." });
            await new Promise(requestAnimationFrame);
        }
        observer.disconnect();
        return [...new Set(changed)];
    }""")
    # The first line has the time, ten times a second at most.
    assert {*changed} - {"pplx-bar"} == {"pplx-text"}
