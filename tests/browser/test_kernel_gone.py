"""If the kernel goes while an answer streams, the page keeps the text as a document."""

import pytest
from playwright.sync_api import Page, expect

from ..support.settled_page import (
    NOTEBOOK,
    REPLACED,
    TEXT,
    answers_settle,
    copied,
    finish,
    put,
    sent,
    show,
    start,
)

# Imitations of JupyterLab's session and of a kernel that knows some models.
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
    "widget manager's event": "one.model.die()",
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
    """Show a streaming answer in a notebook."""
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
def test_an_answer_continues_while_its_kernel_is_there(page: Page, way: str, knows: object) -> None:
    stream(page)
    page.evaluate(KERNEL, knows)
    page.evaluate(THERE[way])
    page.evaluate("new Promise((done) => setTimeout(done))")  # after all promises
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


def test_the_document_made_by_the_page(page: Page) -> None:
    text = (
        "Bees **dance**.[3]\n\n```\na\n\n\nb\n```\n\nFor $5, ![x](https://evil.org/i.png), "
        "<img src=https://evil.org/j.png> and</style> <b>so</b>"
    )
    question = "Why <b>so</b>?\n" + "And more of it.\n" * 9
    stream(page, text=text, question=question)
    page.locator("summary.pplx-phase").click()  # unfolded parts are not saved
    page.get_by_role("link", name="Source 1: On bees").hover()
    expect(page.locator(".pplx-card")).to_have_count(1)
    page.evaluate("one.model.die()")
    data = page.evaluate("outputs[2].data")
    assert data["text/plain"] == (
        f"{question.strip()}\n\n{text}\n\n[3] On bees — https://bees.org/2\n"
        "[11] On ants — https://ants.org/1\n\n"
        "Stopped: the kernel is gone · 2 of 3 sources cited · model"
    )
    written = data["text/html"]
    assert written.startswith(
        '<div class="pplx pplx-stopped pplx-settled tex2jax_ignore mathjax_ignore" style="max-width:'
    )
    assert "<style>" not in written
    assert "\n\n" not in written
    assert "<img" not in written
    assert "<button" not in written
    # The document as opened without a kernel.
    page.evaluate("one.close()")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    put(page, written)
    answer = page.locator(".pplx-settled")
    expect(answer.locator(".pplx-phase")).to_have_text("1 search ")
    expect(answer.locator("pre")).to_have_text("a\n\n\nb", use_inner_text=True)
    expect(answer.locator(".pplx-text")).to_contain_text("<b>so</b>")
    expect(answer.locator("sup a")).to_have_attribute("title", "On bees — bees.org")
    expect(answer.locator("[open], [hidden], .pplx-card, .pplx-folded")).to_have_count(0)
    names = answer.evaluate(
        "(root) => [...new Set([...root.querySelectorAll('*')].flatMap(n => n.getAttributeNames()))]"
    )
    assert set(names) <= {"class", "href", "rel", "target", "title", "dir", "style", "aria-label"}
    assert asked == []


def test_the_page_puts_a_whole_long_text_into_its_document(page: Page) -> None:
    stream(page, text="A paragraph.\n\n" * 300 + "The last one.")
    page.evaluate("performance.now = (now => () => now += 1000)(performance.now())")
    page.evaluate("one.model.die()")
    assert "<p>The last one.</p>" in page.evaluate("outputs[2].data['text/html']")


def test_without_a_notebook_the_view_shows_that_the_answer_stopped(clipboard: Page) -> None:
    page = clipboard
    start(page, status="streaming", settled="")
    show(page)
    page.get_by_role("button", name="Stop").click()
    page.evaluate("one.model.die()")
    expect(page.locator(".pplx-last")).to_contain_text("Stopped: the kernel is gone")
    expect(page.locator(".pplx-phase-label")).to_have_text("")  # it is said once
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    assert copied(page).startswith(TEXT.rstrip())  # copying needs no kernel
    assert sent(page, "settle") == 0
    # Later updates are ignored.
    page.evaluate("one.model.update({seq: 9, status: 'streaming', text: 'More'})")
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.locator(".pplx-text")).to_contain_text("The angle tells the way.")


@pytest.mark.parametrize("file", [True, False])
def test_a_view_that_stays_is_a_matter_of_the_file(page: Page, *, file: bool) -> None:
    start(page, status="streaming", settled="")
    show(page)
    answers_settle(page, file=file)
    finish(page)
    if file:
        expect(page.locator(".pplx-said")).to_contain_text("Before you save")
        assert sent(page, "live") == 2
    else:
        page.wait_for_function("one.model.sent.some((m) => m.type === 'settle')")
        page.evaluate("new Promise((done) => setTimeout(done))")  # after all promises
        assert sent(page, "live") == 0
        expect(page.locator(".pplx-said")).to_be_hidden()


def test_a_finished_answer_is_kept_when_the_kernel_goes(page: Page) -> None:
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
    page.get_by_role("button", name="Copy", exact=True).focus()  # requests the document
    page.evaluate("one.model.die()")
    assert page.evaluate("outputs[2].data['text/markdown']") == "**As shown**"


def test_an_answer_that_is_closed_leaves_the_notebook_alone(page: Page) -> None:
    stream(page)
    page.evaluate("one.close()")
    assert page.evaluate(REPLACED) == ",,,"


@pytest.mark.parametrize("status", ["streaming", "complete"])
@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("", True),
        ("one.model.close();", False),
        ("place.append(document.createElement('p'));", False),
    ],
    ids=["by the page", "by the kernel", "with another output"],
)
def test_a_host_that_closes_all_models(page: Page, status: str, before: str, *, kept: bool) -> None:
    """Shiny's page does so without its server, and would show nothing. A kernel has its reasons."""
    page.evaluate(
        f"""() => {{
            globalThis.one = answer({{status: "{status}", text: "They dance.", seq: 1}});
            globalThis.place = document.body.appendChild(document.createElement("div"));
            const el = place.appendChild(document.createElement("div"));
            const close = one.widget.render({{model: one.model, el}});
            {before}
            one.close();
            close();
            el.remove();
        }}"""
    )
    page.evaluate("() => new Promise((over) => setTimeout(over, 10))")
    expect(page.locator(".pplx")).to_have_count(int(kept))
    if kept:
        expect(page.locator(".pplx-text")).to_have_text("They dance.")
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
