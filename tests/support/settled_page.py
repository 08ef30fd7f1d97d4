"""A settled answer in a page: its HTML from Python, and helpers for tests."""

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
    "images": [],
    "steps": [{"kind": "search", "at": 0.1, "items": ["bee dance"], "found": 3}],
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
    """Return the HTML of a settled answer, as Python writes it."""
    rel = 'rel="noopener noreferrer nofollow" target="_blank"'
    return (
        f'<div class="pplx pplx-{status} pplx-settled pplx-k-{key}">'
        f'<div class="pplx-header"><h2 class="pplx-question">{QUESTION}</h2></div>'
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
        '<div class="pplx-sources"><b class="pplx-sources-name">Sources</b>'
        '<ol class="pplx-cited" aria-label="Sources">'
        f'<li class="pplx-source"><a class="pplx-source-title" href="https://bees.org/2" {rel}>'
        'On bees</a> <span class="pplx-source-about">bees.org · 2026-11-01</span></li></ol>'
        '<details class="pplx-found"><summary class="pplx-found-summary">'
        '<span class="pplx-found-count">1 more source</span></summary>'
        '<ul class="pplx-found-list"><li class="pplx-source">On wasps</li></ul></details></div>'
        '<div class="pplx-footer"><div class="pplx-last">'
        "2 of 3 sources cited · model</div></div>"
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
    """Replace an output completely, as JupyterLab does."""
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


def answers_settle(
    page: Page, markdown: str = "**As kept**", key: str = "k1", *, file: bool = True
) -> None:
    """Let the kernel reply to the request for the finished output."""
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
            "file": file,
        },
    )


def sent(page: Page, kind: str) -> int:
    return page.evaluate("(kind) => one.model.sent.filter((m) => m.type === kind).length", kind)


def alive(page: Page) -> Locator:
    return page.locator(".pplx-settled[data-status]")


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Copied")
    return page.evaluate("clip.readText()")


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


def asks(page: Page) -> None:
    """Show an answer in a host that can show another one below it."""
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
