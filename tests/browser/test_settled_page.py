"""A settled answer in the page: brought to life, plain again without a kernel, and the swap for it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

QUESTION = "How do bees dance?"
TEXT = "Bees dance in **eights**.[3] The angle tells the way.[11]\n\n```\nwide code\n```\n"
SOURCES = [
    {
        "id": 11,
        "title": "On ants",
        "url": "https://ants.org/1",
        "site": "ants.org",
        "date": None,
        "snippet": "Ants <b>walk</b>.",
    },
    {
        "id": 3,
        "title": "On bees",
        "url": "https://bees.org/2",
        "site": "bees.org",
        "date": "2026-11-01",
        "snippet": "Bees dance.",
    },
    {"id": 5, "title": "On wasps", "url": "https://wasps.org", "site": "wasps.org", "date": None},
]
CITATIONS = [{"number": 1, "id": 3, "count": 1}, {"number": 2, "id": 11, "count": 1}]
STATE = {
    "question": QUESTION,
    "text": TEXT,
    "status": "complete",
    "sources": SOURCES,
    "citations": CITATIONS,
    "steps": [{"kind": "search", "at": 0.1, "queries": ["bee dance"], "found": 3}],
    "usage": {
        "input_tokens": 9,
        "output_tokens": 412,
        "total_tokens": 421,
        "cost": None,
        "currency": "USD",
    },
    "timing": {
        "first_event": 0.2,
        "first_token": 1.9,
        "finished": 8.4,
        "tokens_per_second": 61.2,
    },
    "model": "some/model",
    "seq": 7,
    "elapsed": 8.4,
    "settled": "k1",
    "earlier": [],
    "widget_id": "m1",
}


def html(key: str = "k1", *, more: str = "", status: str = "complete") -> str:
    """Return a settled answer as Python writes it."""
    rel = 'rel="noopener noreferrer nofollow" target="_blank"'
    return (
        f'<div class="pplx pplx-{status} pplx-settled pplx-k-{key}">'
        '<div class="pplx-header"><div class="pplx-question">'
        f"<b>{QUESTION}</b></div></div>"
        '<div class="pplx-bar"><details class="pplx-trace"><summary class="pplx-phase">'
        '<span class="pplx-dot"></span><span class="pplx-phase-label">Answered</span>'
        ' <span class="pplx-phase-note">1 search</span></summary>'
        '<ul class="pplx-steps"><li class="pplx-step">Searched “bee dance”'
        ' <span class="pplx-step-note">3 sources</span></li></ul></details></div>'
        '<div class="pplx-text"><div class="pplx-group"><p>Bees dance in <strong>eights</strong>.'
        f'<sup class="pplx-cite"><a href="https://bees.org/2" {rel} title="On bees — bees.org">1</a>'
        "</sup> The angle tells the way."
        f'<sup class="pplx-cite"><a href="https://ants.org/1" {rel} title="On ants — ants.org">2</a>'
        f"</sup></p><pre><code>wide code{more}</code></pre></div></div>"
        '<div class="pplx-sources"><ol class="pplx-cited">'
        f'<li class="pplx-source"><a class="pplx-source-title" href="https://bees.org/2" {rel}>'
        'On bees</a> <span class="pplx-source-about">bees.org · 2026-11-01</span></li></ol>'
        '<details class="pplx-found"><summary class="pplx-found-summary">'
        '<span class="pplx-found-count">Also found (1)</span></summary>'
        '<ul class="pplx-found-list"><li class="pplx-source">On wasps</li></ul></details></div>'
        '<div class="pplx-footer"><div class="pplx-last">'
        "2 sources cited of 3 · 412 tokens · some/model</div></div>"
        "<style></style></div>"
    )


PUT = """([html, id]) => {
    const place = document.getElementById(id) ?? document.body.appendChild(
        Object.assign(document.createElement("div"), {id, className: "jp-OutputArea"}));
    const output = document.createElement("div");
    output.setHTMLUnsafe(html);
    place.replaceChildren(output);
}"""


def put(page: Page, text: str, place: str = "out") -> None:
    """Replace an output, as JupyterLab does: nothing of the old one stays."""
    page.evaluate(PUT, [text, place])


def start(page: Page, *, context: str = "undefined", **traits: object) -> None:
    page.evaluate(
        f"(traits) => {{ globalThis.one = answer(traits, bundle, {{}}, {context}); }}",
        {**STATE, **traits},
    )


def show(page: Page, place: str = "out") -> None:
    """Show a live view in an output."""
    put(page, "", place)
    page.evaluate(
        """(id) => {
            const el = document.getElementById(id).firstChild;
            globalThis.close = one.widget.render({model: one.model, el});
        }""",
        place,
    )


def answers_settle(page: Page, markdown: str = "**As kept**", key: str = "k1") -> None:
    """Let the kernel answer when it is asked for the finished output."""
    page.evaluate(
        """(output) => {
            const send = one.model.send.bind(one.model);
            one.model.send = (message) => {
                send(message);
                if (message.type === "settle") queueMicrotask(() => one.model.message(output));
            };
        }""",
        {
            "type": "settled",
            "key": key,
            "markdown": markdown,
            "plain": "As plain",
            "data": {
                "text/markdown": "**As shown**",
                "text/html": html(key),
            },
            "metadata": {"pplx_widget": {"format": 1}},
        },
    )


def sent(page: Page, kind: str) -> int:
    return page.evaluate("(kind) => one.model.sent.filter((m) => m.type === kind).length", kind)


def alive(page: Page) -> Locator:
    return page.locator(".pplx-settled[data-status]")


# ---- brought to life ----


def test_a_node_that_is_there_comes_to_life_and_is_plain_again_without_a_kernel(page: Page) -> None:
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


def test_a_node_that_comes_later_and_a_second_one(page: Page) -> None:
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


def test_two_answers_that_are_the_same_word_for_word(page: Page) -> None:
    put(page, html())
    start(page)
    page.evaluate("globalThis.first = one")
    start(page)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)
    page.evaluate("one.close()")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(1)
    page.evaluate("first.close()")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(0)


def test_it_says_what_the_live_view_says(page: Page) -> None:
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


# ---- cards ----


@pytest.fixture(params=["settled", "live"])
def shown(page: Page, request: pytest.FixtureRequest) -> Page:
    """A page with an answer, once settled and once live."""
    if request.param == "settled":
        put(page, html())
        start(page)
    else:
        start(page)
        show(page)
    expect(page.get_by_role("link", name="Source 1: On bees")).to_be_visible()
    return page


def test_a_card_shows_the_source_while_it_is_pointed_at(shown: Page) -> None:
    text = shown.locator(".pplx-text").inner_text()
    chip = shown.get_by_role("link", name="Source 2: On ants")
    chip.hover()
    card = shown.locator(".pplx-card")
    expect(card).to_contain_text("On ants")
    expect(card).to_contain_text("ants.org")
    expect(card).to_contain_text("Ants <b>walk</b>.")
    expect(chip).not_to_have_attribute("title", re.compile("."))
    card.hover()  # the way from the one to the other does not close it
    shown.wait_for_function("document.querySelector('.pplx-card').matches(':hover')")
    expect(card.get_by_role("link", name="Open ants.org")).to_have_attribute(
        "href", "https://ants.org/1"
    )
    shown.mouse.move(0, 0)
    expect(card).to_have_count(0)
    assert shown.locator(".pplx-text").inner_text() == text
    expect(chip).to_have_attribute("title", "On ants — ants.org")


def test_a_card_by_keyboard_and_its_end_by_escape(shown: Page) -> None:
    shown.locator("summary.pplx-phase").focus()
    shown.keyboard.press("Tab")
    expect(shown.get_by_role("link", name="Source 1: On bees")).to_be_focused()
    expect(shown.locator(".pplx-card")).to_contain_text("bees.org · 2026-11-01")
    shown.keyboard.press("Tab")
    expect(shown.locator(".pplx-card")).to_contain_text("On ants")
    shown.keyboard.press("Escape")
    expect(shown.locator(".pplx-card")).to_have_count(0)
    expect(shown.get_by_role("link", name="Source 2: On ants")).to_have_attribute(
        "title", "On ants — ants.org"
    )


def test_a_tap_shows_the_card_and_leads_nowhere(shown: Page) -> None:
    default = shown.get_by_role("link", name="Source 1: On bees").evaluate("""(link) => {
        const init = {bubbles: true, cancelable: true, pointerType: "touch"};
        link.dispatchEvent(new PointerEvent("pointerover", init));
        link.dispatchEvent(new PointerEvent("pointerdown", init));
        return link.dispatchEvent(new PointerEvent("click", init));
    }""")
    assert default is False
    expect(shown.locator(".pplx-card")).to_contain_text("On bees")


def test_a_card_marks_what_the_sentence_and_the_snippet_share(page: Page) -> None:
    far = "Of other things. " * 40
    snippet = f"# Bees\n\n{far}Their **dances** tell the angle to the sun in 2 of 3 cases. {far}"
    start(page, sources=[{**SOURCES[0], "snippet": snippet}, *SOURCES[1:]])
    show(page)
    page.get_by_role("link", name="Source 2: On ants").hover()
    card = page.locator(".pplx-card")
    expect(card.locator("mark")).to_have_text(["tell", "angle"])
    expect(card).not_to_contain_text("**")
    expect(card.locator(".pplx-card-snippet")).to_have_text(re.compile("^….{200,300}…$"))


def test_from_one_source_of_a_run_to_the_next(page: Page) -> None:
    start(page, text="Bees dance.[3][11]", steps=[])
    show(page)
    first, second = (page.locator(".pplx-text sup a").nth(i) for i in (0, 1))
    first.hover()
    card = page.locator(".pplx-card")
    expect(card).to_contain_text("1 of 2")
    before, after = (card.get_by_role("button", name=f"{n} source") for n in ("Previous", "Next"))
    expect(before).to_be_disabled()
    box = card.bounding_box()
    after.click()
    expect(card).to_contain_text("On ants")
    expect(card).to_contain_text("2 of 2")
    assert card.bounding_box()["x"] == box["x"]
    expect(before).to_be_focused()  # the one that was pressed leads nowhere any more
    page.keyboard.press("Enter")
    expect(card).to_contain_text("On bees")
    page.keyboard.press("Escape")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    expect(card).to_contain_text("On ants")
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()


def test_a_citation_and_its_source_light_up_together(shown: Page) -> None:
    before = shown.locator("#out").inner_html()
    chip = shown.get_by_role("link", name="Source 1: On bees")
    row = shown.locator(".pplx-cited > li").first
    for one, other in ((chip, row), (row, chip)):
        one.hover()
        expect(other).to_have_class(re.compile("pplx-lit"))
        shown.mouse.move(0, 0)
        expect(shown.locator(".pplx-lit, .pplx-card")).to_have_count(0)
    row.locator("a").focus()
    expect(chip).to_have_class(re.compile("pplx-lit"))
    shown.evaluate("document.activeElement.blur()")
    expect(shown.locator(".pplx-lit")).to_have_count(0)
    assert shown.locator("#out").inner_html() == before


def test_the_steps_have_their_times_where_there_is_a_kernel(page: Page) -> None:
    put(page, html())
    before = page.locator("#out").inner_html()
    start(page)
    step = page.locator(".pplx-step")
    expect(step).to_have_text("Searched “bee dance” 3 sources 0.1 s")
    page.evaluate("one.model.die()")
    expect(step).to_have_text("Searched “bee dance” 3 sources")
    assert page.locator("#out").inner_html() == before


@pytest.mark.parametrize("width", [320, 1000])
def test_a_card_stays_within_the_answer(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 500})
    put(page, html(more="x" * 600))
    start(page)
    for name in ("Source 1: On bees", "Source 2: On ants"):
        page.get_by_role("link", name=name).hover()
        expect(page.locator(".pplx-card")).to_contain_text(name[-4:])
        inner = page.locator(".pplx-card").bounding_box()
        outer = alive(page).bounding_box()
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 0.5
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.mouse.move(0, 499)
        expect(page.locator(".pplx-card")).to_have_count(0)


def test_a_card_goes_with_its_answer(page: Page) -> None:
    put(page, html())
    start(page)
    page.get_by_role("link", name="Source 1: On bees").hover()
    expect(page.locator(".pplx-card")).to_have_count(1)
    page.evaluate("one.model.die()")
    expect(page.locator(".pplx-card")).to_have_count(0)


def test_without_a_kernel_each_citation_has_the_tip_that_it_had(page: Page) -> None:
    # A long document has a tip only where a source is first cited.
    put(page, html().replace(' title="On ants — ants.org"', ""))
    before = page.locator("#out").inner_html()
    for name in ("Source 1: On bees", "Source 2: On ants"):
        start(page)
        chip = page.get_by_role("link", name=name)
        expect(chip).to_have_attribute("title", re.compile("^On "))
        chip.hover()
        expect(page.locator(".pplx-card")).to_have_count(1)
        expect(chip).not_to_have_attribute("title", re.compile("."))
        page.evaluate("one.model.die()")
        assert page.locator("#out").inner_html() == before
        page.mouse.move(0, 0)


def test_no_tip_beside_a_card_while_text_streams_in(page: Page) -> None:
    start(page, status="streaming", settled="", text="Bees.[3] And")
    show(page)
    chip = page.get_by_role("link", name="Source 1: On bees")
    chip.hover()
    expect(page.locator(".pplx-card")).to_have_count(1)
    add = {"type": "patch", "seq": 8, "at": 12, "text": " ants.[11] ", "elapsed": 9}
    page.evaluate("(patch) => one.model.message(patch)", add)
    expect(page.locator(".pplx-text")).to_contain_text("And ants.")
    expect(page.locator(".pplx-card")).to_have_count(1)
    expect(chip).not_to_have_attribute("title", re.compile("."))
    page.keyboard.press("Escape")
    expect(chip).to_have_attribute("title", "On bees — bees.org")


# ---- the last line ----


@pytest.mark.parametrize("width", [320, 480, 1000])
def test_the_buttons_stay_together_at_the_end_of_the_last_line(shown: Page, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 900})
    boxes = [
        shown.get_by_role("button", name=name, exact=True).bounding_box()
        for name in ("Copy", "More formats", "Retry")
    ] + [shown.locator(place).bounding_box() for place in (".pplx-last", ".pplx-footer")]
    copy, more, retry, last, footer = boxes
    assert abs(copy["y"] - retry["y"]) < 2
    assert abs(copy["x"] + copy["width"] - more["x"]) < 1
    assert 0 <= retry["x"] - (more["x"] + more["width"]) < 20
    assert abs(retry["x"] + retry["width"] - (footer["x"] + footer["width"])) < 1
    if width == 1000:
        assert last["y"] <= copy["y"] + copy["height"] / 2 <= last["y"] + last["height"]
        buttons = copy["width"] + more["width"] + retry["width"]
        assert last["width"] + buttons > footer["width"] - 40
    if width == 320:
        assert copy["y"] >= last["y"] + last["height"] - 1


# ---- copy ----


@pytest.fixture
def clipboard(page: Page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("globalThis.clip = navigator.clipboard")
    return page


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Copied")
    return page.evaluate("clip.readText()")


def test_copy_gives_what_the_kernel_keeps_and_asks_once(clipboard: Page) -> None:
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard)
    assert copied(clipboard) == "**As kept**"
    asked = sent(clipboard, "settle")
    expect(clipboard.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    assert copied(clipboard) == "**As kept**"
    assert sent(clipboard, "settle") == asked


RICH = """async () => {
    const [item] = await clip.read();
    const text = async (type) => (await item.getType(type)).text();
    return [await text("text/html"), await text("text/plain")];
}"""


def test_the_menu_of_forms_by_keyboard(clipboard: Page) -> None:
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard)
    opener = clipboard.get_by_role("button", name="More formats")
    opener.focus()
    clipboard.keyboard.press("ArrowDown")
    items = clipboard.get_by_role("menuitem")
    expect(items).to_have_text(["Markdown with references", "Plain text", "Rich text"])
    expect(items.nth(0)).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    for key, focused in (("ArrowUp", 2), ("ArrowDown", 0), ("End", 2), ("Home", 0)):
        clipboard.keyboard.press(key)
        expect(items.nth(focused)).to_be_focused()
    clipboard.keyboard.press("Escape")
    expect(items).to_have_count(0)
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    clipboard.keyboard.press("ArrowUp")
    clipboard.keyboard.press("Enter")
    expect(clipboard.get_by_role("status")).to_have_text("Copied")
    expect(opener).to_be_focused()
    rich, plain = clipboard.evaluate(RICH)
    assert "Bees dance in <strong>eights</strong>" in rich
    assert '<a href="https://bees.org/2">1</a>' in rich
    assert '<a href="https://bees.org/2">On bees</a>' in rich
    for ours in ("class=", "Answered", "<button", "<style", "412 tokens"):
        assert ours not in rich
    assert plain == "As plain"
    opener.click()
    clipboard.keyboard.press("Tab")  # goes on from the button
    expect(items).to_have_count(0)
    expect(clipboard.get_by_role("button", name="Retry")).to_be_focused()


def test_plain_text_is_copied_also_without_a_clipboard(clipboard: Page) -> None:
    clipboard.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard)
    for form, kind, part in (("Plain text", 1, "As plain"), ("Rich text", 0, "<strong>")):
        clipboard.get_by_role("button", name="More formats").click()
        clipboard.get_by_role("menuitem", name=form).click()
        expect(clipboard.get_by_role("button", name="Copied")).to_be_visible()
        assert part in (
            clipboard.evaluate(RICH)[kind]
            if form == "Rich text"
            else clipboard.evaluate("clip.readText()")
        )
        expect(clipboard.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_the_menu_closes_when_the_reader_goes_elsewhere(shown: Page) -> None:
    opener = shown.get_by_role("button", name="More formats")
    opener.click()
    expect(shown.get_by_role("menu", name="More formats")).to_be_visible()
    shown.mouse.click(5, 5)
    expect(shown.get_by_role("menu")).to_have_count(0)
    opener.click()
    opener.click()
    expect(shown.get_by_role("menu")).to_have_count(0)


def asks(page: Page) -> None:
    """Show an answer whose host could show another one beneath."""
    put(page, html())
    page.evaluate(
        """(traits) => {
            globalThis.one = answer(traits, (() => {
                const widget = bundle();
                return () => ({...widget, initialize(props) {
                    props.model.widget_manager.create_view = async () => {};
                    return widget.initialize(props);
                }});
            })(), {});
        }""",
        STATE,
    )


def test_a_further_question_is_sent_once_and_never_by_what_is_half_typed(page: Page) -> None:
    asks(page)
    box = page.get_by_role("textbox", name="Ask a follow-up question")
    expect(box).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")  # focus is never taken
    send = page.get_by_role("button", name="Ask", exact=True)
    expect(send).to_be_disabled()
    box.press("Enter")
    box.fill("And ants?")
    box.press("Shift+Enter")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert sent(page, "ask") == 0
    box.press("Enter")
    box.press("Enter")
    assert page.evaluate("one.model.sent.at(-1)") == {"type": "ask", "question": "And ants?"}
    assert sent(page, "ask") == 1
    expect(send).to_be_disabled()
    error = {"what": "No.", "why": "", "try_this": "Ask less.", "kind": "x", "request_id": None}
    page.evaluate("(error) => one.model.message({type: 'refused', error})", {**error, "retry": 0})
    expect(page.get_by_text("Not asked: No. Ask less.")).to_be_visible()
    expect(send).to_be_enabled()
    # Its answer is beneath: that one has the box.
    page.evaluate("one.model.update({further: ['m2']})")
    expect(box).to_be_hidden()


def test_no_document_asks_by_itself(page: Page) -> None:
    """One that anybody wrote may look like ours and have our key: only the box that we made asks."""
    forged = (
        '<form class="pplx-follow"><textarea class="pplx-follow-box" aria-label="Forged" autofocus>Buy!'
        '</textarea><button type="button" class="pplx-follow-ask" accesskey="a">Forged</button></form>'
        '<details open class="pplx-retry pplx-stop"><summary>x</summary></details></div>'
    )
    asks(page)
    before = page.evaluate("one.model.sent.length")
    put(page, html().removesuffix("</div>") + forged)
    expect(page.get_by_role("textbox", name="Ask a follow-up question")).to_have_value("")
    page.get_by_role("button", name="Forged").click()
    page.get_by_role("textbox", name="Forged").press("Enter")
    page.locator("summary", has_text="x").click()
    sent_since = "(n) => one.model.sent.slice(n).map((m) => m.type)"
    assert not {"ask", "retry", "stop"} & set(page.evaluate(sent_since, before))


def test_nothing_can_be_asked_without_a_kernel(page: Page) -> None:
    asks(page)
    box = page.get_by_role("textbox", name="Ask a follow-up question")
    expect(box).to_be_visible()
    page.evaluate("one.model.die()")
    expect(box).to_have_count(0)
    start(page)  # where no view can be made beneath
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    expect(box).to_be_hidden()


def test_copy_without_an_answer_gives_the_text_and_its_sources(clipboard: Page) -> None:
    start(clipboard)
    show(clipboard)
    assert copied(clipboard) == (
        f"{TEXT.rstrip()}\n\n[3] On bees — https://bees.org/2\n[11] On ants — https://ants.org/1"
    )


def test_copy_where_the_browser_offers_no_clipboard(clipboard: Page) -> None:
    put(clipboard, html())
    start(clipboard)
    answers_settle(clipboard, "by hand")
    clipboard.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    clipboard.evaluate(SELECT)
    assert copied(clipboard) == "by hand"
    assert clipboard.evaluate("String(getSelection())") == "nce in eights"
    expect(clipboard.locator(".pplx-copy textarea")).to_have_count(0)


# ---- retry ----


def test_retry_stands_in_at_once_and_the_new_answer_comes_to_life(page: Page) -> None:
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


def test_retry_from_a_cell_stands_in_for_every_node(page: Page) -> None:
    put(page, html())
    put(page, html(), "second")
    start(page)
    page.evaluate("one.model.update({seq: 8, status: 'searching', text: ''})")
    expect(page.locator("article.pplx")).to_have_count(2)
    put(page, html(), "third")  # a view that comes while it runs
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


def test_no_retry_where_it_cannot_help(page: Page) -> None:
    error = {"kind": "key", "what": "No key.", "why": "", "try_this": "", "request_id": None}
    put(page, html(status="failed"))
    start(page, status="failed", error={**error, "retry": False})
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()


# ---- the swap ----

SELECT = """() => {
    const paragraph = document.querySelector(".pplx-text p");
    // From right to left, over an element.
    const end = paragraph.querySelector("strong").firstChild;
    getSelection().setBaseAndExtent(end, 6, paragraph.firstChild, 7);
}"""


def finish(page: Page, **traits: object) -> None:
    page.evaluate(
        "(traits) => one.model.update(traits)",
        {"seq": 8, "status": "complete", "settled": "k1", **traits},
    )


def test_selection_folds_and_scrolling_survive_the_swap(page: Page) -> None:
    wide = "x" * 3000
    start(page, status="streaming", settled="", text=TEXT.replace("wide code", f"wide code{wide}"))
    show(page)
    page.locator("summary.pplx-phase").click()
    page.evaluate(SELECT)
    page.evaluate("document.querySelector('.pplx-text pre').scrollTo({left: 321})")
    page.evaluate("new Promise(requestAnimationFrame)")  # events of both
    finish(page)
    page.evaluate("document.getElementById('out').replaceChildren()")
    put(page, html(more=wide))
    expect(alive(page)).to_have_count(1)
    assert page.evaluate("String(getSelection())") == "nce in eights"
    assert page.evaluate("getSelection().anchorNode.data") == "eights"
    assert page.evaluate("document.querySelector('.pplx-text pre').scrollLeft") == 321
    assert page.evaluate("document.querySelector('.pplx-trace').open")
    assert not page.evaluate("document.querySelector('.pplx-found').open")


def test_what_was_selected_since_is_left_alone(page: Page) -> None:
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
    assert out.bounding_box()["height"] == height
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


# ---- where the kernel cannot replace the output ----

NOTEBOOK = """(() => {
    const outputs = [
        {data: {"text/plain": "not ours"}},
        {data: {"application/vnd.jupyter.widget-view+json": {model_id: "other"}}},
        {data: {"application/vnd.jupyter.widget-view+json": {model_id: "m1"}, "text/html": "x"}},
        {data: {"text/html": "<div class='pplx pplx-settled pplx-k-k1'></div>"}},
    ];
    const list = {get length() { return outputs.length; }, get: (i) => outputs[i],
        set(i, output) { outputs[i] = output; }};
    const cells = [{}, {outputs: list}];  // a text cell has none
    globalThis.outputs = outputs;
    return {model: {cells: {length: cells.length, get: (i) => cells[i]}}};
})()"""

REPLACED = "outputs.map((each) => each.output_type ?? '').join()"


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
def test_a_host_that_has_no_such_thing_keeps_the_live_view(page: Page, context: str) -> None:
    page.clock.install()
    start(page, context=context, status="streaming", settled="")
    answers_settle(page)
    show(page)
    finish(page)
    page.clock.run_for(5000)
    assert sent(page, "settle") == 1
    expect(page.locator("article.pplx")).to_be_visible()


def test_a_key_that_begins_another_key_is_another(page: Page) -> None:
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


# ---- a file that has the answer of before ----


def test_what_is_out_of_date_is_brought_up_to_date(page: Page) -> None:
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


def test_what_is_out_of_date_shows_the_run_that_is_under_way(page: Page) -> None:
    put(page, html("k0"))
    start(page, status="streaming", text="Anew", earlier=["k0"])
    expect(page.locator("#out article.pplx")).to_contain_text("Anew")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_what_gets_out_of_date_while_it_is_alive(page: Page) -> None:
    """The page has heard of the new end, and of nothing before it."""
    put(page, html("k0"))
    start(page, settled="k0")
    expect(alive(page)).to_have_count(1)
    page.evaluate("one.model.update({settled: 'k1', earlier: ['k0']})")
    expect(page.locator("#out article.pplx")).to_be_visible()


def test_without_a_kernel_what_was_out_of_date_is_as_it_was(page: Page) -> None:
    put(page, html("k0"))
    before = page.locator("#out").inner_html()
    start(page, context=NOTEBOOK, earlier=["k0"])
    expect(page.locator("#out article.pplx")).to_be_visible()
    page.evaluate("one.model.die()")
    assert page.locator("#out").inner_html() == before


# ---- a kernel that is gone ----

# What JupyterLab's notebooks have, and a kernel that knows one model of two.
SESSION = """((context) => {
    const signal = () => {
        const slots = new Set();
        return {connect: (slot) => slots.add(slot), disconnect: (slot) => slots.delete(slot),
            emit: (value) => { for (const slot of [...slots]) slot(null, value); }, slots};
    };
    const session = {statusChanged: signal(), kernelChanged: signal(),
        connectionStatusChanged: signal()};
    globalThis.session = session;
    return {...context, sessionContext: session};
})"""

KERNEL = """(comms) => {
    globalThis.asked = 0;
    const requestCommInfo = async () => {
        asked += 1;
        if (!comms) throw new Error("no answer");
        return {content: {status: "ok", comms}};
    };
    one.model.widget_manager.kernel = {requestCommInfo};
}"""

GONE = {
    "the widget manager's word": "one.model.die()",
    "restarted": "session.statusChanged.emit('restarting')",
    "died": "session.statusChanged.emit('autorestarting')",
    "dead": "session.statusChanged.emit('dead')",
    "shut down": "session.statusChanged.emit('terminating')",
    "no kernel": "session.kernelChanged.emit({oldValue: {id: 'a'}, newValue: null})",
    "another kernel": "session.kernelChanged.emit({oldValue: {id: 'a'}, newValue: {id: 'b'}})",
    "restarted while disconnected": "session.connectionStatusChanged.emit('connected')",
}
THERE = {
    "disconnected": "session.statusChanged.emit('unknown')",
    "busy": "session.statusChanged.emit('busy')",
    "connecting": "session.connectionStatusChanged.emit('connecting')",
    "the first kernel": "session.kernelChanged.emit({oldValue: null, newValue: {id: 'a'}})",
    "the same": "session.kernelChanged.emit({oldValue: {id: 'a'}, newValue: {id: 'a'}})",
    "connected": "session.connectionStatusChanged.emit('connected')",
}


def stream(page: Page, **traits: object) -> None:
    """Show an answer under way in a notebook."""
    traits = {"status": "streaming", "settled": "", "text": TEXT, **traits}
    start(page, context=f"{SESSION}({NOTEBOOK})", **traits)
    show(page)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


@pytest.mark.parametrize("way", GONE)
def test_a_kernel_that_is_gone_leaves_a_document(page: Page, way: str) -> None:
    stream(page)
    page.evaluate(KERNEL, {"other": {}})
    page.evaluate(GONE[way])
    page.wait_for_function(f"{REPLACED} === ',,display_data,'")
    assert page.evaluate("Object.keys(outputs[2].data).sort().join()") == "text/html,text/plain"
    assert page.evaluate("outputs[2].metadata") == {}
    assert page.evaluate("session.statusChanged.slots.size") == 0


@pytest.mark.parametrize("knows", [{"m1": {}}, None], ids=["asked", "asked in vain"])
@pytest.mark.parametrize("way", THERE)
def test_a_kernel_that_is_there_goes_on(page: Page, way: str, knows: object) -> None:
    stream(page)
    page.evaluate(KERNEL, knows)
    page.evaluate(THERE[way])
    page.evaluate("new Promise((done) => setTimeout(done))")  # after all that was promised
    page.evaluate("one.model.update({seq: 8, text: 'It goes on'})")
    expect(page.locator(".pplx-text")).to_have_text("It goes on")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    assert page.evaluate(REPLACED) == ",,,"


def test_the_kernel_is_asked_once_for_all(page: Page) -> None:
    stream(page)
    page.evaluate(KERNEL, {"m1": {}})
    page.evaluate("""() => {
        const {widget_manager} = one.model;
        for (let i = 0; i < 5; i++) {
            const other = answer({widget_id: "m1"}, bundle, {}, widget_manager.context);
            other.model.widget_manager.kernel = widget_manager.kernel;
        }
        session.connectionStatusChanged.emit("connected");
    }""")
    assert page.evaluate("asked") == 1


def test_the_document_that_the_page_makes(page: Page) -> None:
    text = (
        "Bees **dance**.[3]\n\n```\na\n\n\nb\n```\n\nFor $5, ![x](https://evil.org/i.png), "
        "<img src=https://evil.org/j.png> and</style> <b>so</b>"
    )
    question = "Why <b>so</b>?\n" + "And more of it.\n" * 9
    stream(page, text=text, question=question)
    page.locator("summary.pplx-phase").click()  # what a reader has unfolded is not in the file
    page.get_by_role("link", name="Source 1: On bees").hover()
    expect(page.locator(".pplx-card")).to_have_count(1)
    page.evaluate("one.model.die()")
    data = page.evaluate("outputs[2].data")
    assert data["text/plain"] == (
        f"{question.strip()}\n\n{text}\n\n[3] On bees — https://bees.org/2\n"
        "[11] On ants — https://ants.org/1\n\n"
        "Stopped: the kernel is gone · 2 sources cited of 3 · 412 tokens · some/model"
    )
    written = data["text/html"]
    head, style = written.split("<style>")
    assert head.startswith(
        '<div class="pplx pplx-stopped pplx-settled tex2jax_ignore mathjax_ignore">'
    )
    assert style.endswith("</style></div>")
    assert len(style) > 3000
    assert "\n\n" not in written
    assert "<img" not in head
    assert "<button" not in head
    # As a reader finds it, without a kernel.
    page.evaluate("one.close()")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    put(page, written)
    answer = page.locator(".pplx-settled")
    expect(answer.locator(".pplx-phase")).to_have_text("Stopped 1 search ")
    expect(answer.locator("pre")).to_have_text("a\n\n\nb", use_inner_text=True)
    expect(answer.locator(".pplx-text")).to_contain_text("<b>so</b>")
    expect(answer.locator("sup a")).to_have_attribute("title", "On bees — bees.org")
    expect(answer.locator("[open], [hidden], .pplx-card, .pplx-folded")).to_have_count(0)
    names = answer.evaluate(
        "(root) => [...new Set([...root.querySelectorAll('*')].flatMap(n => n.getAttributeNames()))]"
    )
    assert set(names) <= {"class", "href", "rel", "target", "title", "dir"}
    assert asked == []


def test_no_text_is_too_long_for_the_document_that_the_page_makes(page: Page) -> None:
    stream(page, text="A paragraph.\n\n" * 300 + "The last one.")
    page.evaluate("performance.now = (now => () => now += 1000)(performance.now())")
    page.evaluate("one.model.die()")
    assert "<p>The last one.</p>" in page.evaluate("outputs[2].data['text/html']")


def test_a_host_without_a_notebook_says_that_it_stopped(clipboard: Page) -> None:
    page = clipboard
    start(page, status="streaming", settled="")
    show(page)
    page.get_by_role("button", name="Stop").click()
    page.evaluate("one.model.die()")
    expect(page.locator(".pplx-last")).to_contain_text("Stopped: the kernel is gone")
    expect(page.locator(".pplx-phase-label")).to_have_text("Stopped")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    assert copied(page).startswith(TEXT.rstrip())  # which needs no kernel
    assert sent(page, "settle") == 0
    # Nothing brings it back.
    page.evaluate("one.model.update({seq: 9, status: 'streaming', text: 'More'})")
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.locator(".pplx-text")).to_contain_text("The angle tells the way.")


def test_what_was_over_when_the_kernel_went_is_kept_as_it_was(page: Page) -> None:
    stream(page)
    finish(page, settled="")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    page.evaluate("one.model.die()")
    kept = page.evaluate("outputs[2].data['text/html']")
    assert kept.startswith('<div class="pplx pplx-complete pplx-settled')
    assert "Stopped" not in kept


def test_the_document_of_the_kernel_is_preferred(page: Page) -> None:
    stream(page)
    answers_settle(page)
    finish(page)
    page.get_by_role("button", name="Copy", exact=True).focus()  # asks for it
    page.evaluate("one.model.die()")
    assert page.evaluate("outputs[2].data['text/markdown']") == "**As shown**"


def test_an_answer_that_is_closed_leaves_the_notebook_alone(page: Page) -> None:
    stream(page)
    page.evaluate("one.close()")
    assert page.evaluate(REPLACED) == ",,,"


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
    put(page, html())  # not in a panel: a view of one output, for one
    start(page, context=f"{{path: '{path}'}}")
    expect(alive(page)).to_have_count(2)
    panel = page.locator(".jp-NotebookPanel:has([data-status])")
    expect(panel).to_have_attribute("aria-labelledby", "tab-a/x.ipynb")
    page.get_by_role("button", name="Retry").first.click()
    expect(page.locator("article.pplx")).to_have_count(2)
    expect(page.locator(".pplx-settled")).to_have_count(3)


def test_where_the_notebook_cannot_be_told_the_node_comes_to_life(page: Page) -> None:
    page.evaluate(PANEL, [html(), "x.ipynb", "x.ipynb"])
    page.evaluate("document.getElementById('tab-x.ipynb').remove()")
    start(page, context="{path: 'y.ipynb'}")
    expect(alive(page)).to_have_count(1)
