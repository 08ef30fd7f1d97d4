"""The page and the package make the same document from the same text, in any chunking."""

from __future__ import annotations

import random
import time
from itertools import islice

import pytest
from playwright.sync_api import Page, expect

from pplx_widget.markdown.html_writer import to_html
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import Item, link, to_tree
from pplx_widget.markdown.urls import safe_url

from ..support import documents, specifications
from ..support.golden import below_question

SOURCES = [
    {"id": n, "title": f"Title {n}", "url": f"https://s{n}.org/", "site": "", "date": None}
    for n in range(1, 10)
]
CITATIONS = [{"number": n, "id": n, "count": 1} for n in range(1, 10)]

# Returns the documents (pieces, and the package's HTML) that the page shows differently. The clock
# is fast here, and a frame comes at once, so that every piece is shown on its own without a wait.
COMPARE = """async ([documents, traits]) => {
    let now = performance.now();
    performance.now = () => (now += 1000);
    globalThis.requestAnimationFrame = (run) => (queueMicrotask(run), 0);
    // Pending work reads the clock within a few turns.
    const shown = async () => {
        for (let before = null; before !== now; ) {
            before = now;
            for (let turn = 0; turn < 20; turn++) await null;
        }
    };
    const shape = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        const inside = [...node.childNodes].map(shape).join("");
        if (node.classList.contains("pplx-group")) return inside;
        const attributes = [...node.attributes]
            .filter(({ name }) => !["aria-label", "data-pplx-number", "tabindex"].includes(name))
            .map(({ name, value }) => ` ${name}=${JSON.stringify(value)}`)
            .sort()
            .join("");
        return `<${node.localName}${attributes}>${inside}</${node.localName}>`;
    };
    const inside = (node) => [...node.childNodes].map(shape).join("");
    // Joins long blocks, which the page splits only for the browser's layout.
    const joined = (text) => {
        const copy = text.cloneNode(true);
        // The page adds the line above code, also in an interactive document.
        for (const head of copy.querySelectorAll("pre > .pplx-code-head")) head.remove();
        for (const group of copy.querySelectorAll(".pplx-group")) group.replaceWith(...group.childNodes);
        for (const next of copy.querySelectorAll(".pplx-next")) {
            const before = next.previousElementSibling;
            const rows = "tbody";
            if (next.localName === "span") next.replaceWith(...next.childNodes);
            else if (next.localName !== "div") before.append(...next.children);
            else before.querySelector(rows).append(...next.querySelector(rows).children);
            if (next.localName !== "span") next.remove();
        }
        for (const cut of copy.querySelectorAll(".pplx-cut")) {
            cut.classList.remove("pplx-cut");
            if (!cut.className) cut.removeAttribute("class");
        }
        return copy;
    };
    const different = [];
    for (const [pieces, html] of documents) {
        const one = answer({ ...traits, status: "streaming" });
        const { el, close } = view(one.widget, one.model);
        let seq = 0, at = 0;
        for (const text of pieces) {
            one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, text });
            at += text.length;
            await shown();
        }
        one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, status: "complete" });
        await shown();
        const page = inside(joined(el.querySelector(".pplx-text")));
        const wanted = inside(new DOMParser().parseFromString(html, "text/html").body);
        if (page !== wanted) different.push({ text: pieces.join(""), page, package: wanted });
        close();
        one.close();
        el.remove();
    }
    return different;
}"""


def cite(id_: int) -> Item | None:
    if id_ not in range(1, 10):
        return None
    address = safe_url(f"https://s{id_}.org/")
    assert address
    chip = link(address, [str(id_)])
    chip.attributes["title"] = f"Title {id_} — s{id_}.org"
    return chip


def compare(page: Page, texts: list[str], *, streamed: bool) -> list[dict[str, str]]:
    chance = random.Random(len(texts))
    traits = {"sources": SOURCES, "citations": CITATIONS}
    different: list[dict[str, str]] = []
    left = iter(texts)
    while batch := list(islice(left, 200)):
        pairs = [
            [
                documents.pieces(text, chance) if streamed else [text],
                below_question(to_html(to_tree(parse(text), cite))),
            ]
            for text in batch
        ]
        different += page.evaluate(COMPARE, [pairs, traits])
    return different


def told(different: list[dict[str, str]]) -> str:
    cases = ["\n".join(f"{k:>8}: {v!r}" for k, v in case.items()) for case in different[:3]]
    return "\n\n".join([f"{len(different)} differ", *cases])


@specifications.EVERY
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_specifications(page: Page, streamed, specification: str) -> None:
    texts = [example.markdown for example in specifications.examples(specification)]
    different = compare(page, texts, streamed=streamed)
    assert not different, told(different)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_random_documents(page: Page, streamed) -> None:
    different = compare(page, list(documents.made_up(300, seed=1)), streamed=streamed)
    assert not different, told(different)


def test_line_ends_of_every_kind(page: Page) -> None:
    texts = ["a\r\n\r\nb\rc\r\r# d\n\re\r\n", "```\rx\r\r```\r\ry\r", "- a\r\n\r\n  b\r\n- c\r\n"]
    for streamed in (False, True):
        different = compare(page, texts * 20, streamed=streamed)
        assert not different, told(different)


LONG = {
    "paragraph": "A sentence with *some* `code`, [a link](https://a.org/x) and a source.[1] " * 150,
    "a paragraph with stray marks": "It is 2 * 3, _so *far, $5 [or. More snake_case `words. " * 150,
    "a paragraph of lines": "One line, **or\ntwo**.\nAnd so on  \nand on.[2][3] " * 100,
    "list": "".join(f"- item **{i}**: more.[1]\n" for i in range(300)),
    "a list that turns out loose": "".join(f"{i}. x\n   - y\n" for i in range(7, 150))
    + "\n150. z\n",
    "table": "|a|b|\n|-|:-:|\n" + "".join(f"| {i} | *b* |\n" for i in range(300)),
    "code": "```py\n" + "".join(f"x = {i}\n\n" for i in range(300)) + "```\nend",
    "blocks": "".join(f"# {i}\n\ntext\n\n> quote\n\n" for i in range(100)),
    "an item with a long text": "- " + "A sentence, and **another** one. " * 300 + "\n- b\n\n  c",
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_long_blocks(page: Page, streamed) -> None:
    different = compare(page, list(LONG.values()), streamed=streamed)
    assert not different, told(different)


def test_a_difference_is_detected(page: Page) -> None:
    traits = {"sources": SOURCES, "citations": CITATIONS}
    wrong = [[["*a* ", "b"], "<p>*a* b</p>"], [["c[1]"], "<p>c[1]</p>"], [["d"], "<p>d</p>"]]
    assert [case["text"] for case in page.evaluate(COMPARE, [wrong, traits])] == ["*a* b", "c[1]"]


# ---- definitions that come after their use ----

START = """(traits) => {
    globalThis.one = answer({ status: "streaming", ...traits });
    view(one.widget, one.model);
    let seq = 0, at = 0;
    globalThis.add = (text, rest = {}) => {
        one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, text, ...rest });
        at += text.length;
    };
}"""


def test_a_closed_definition_counts_for_earlier_text(page: Page) -> None:
    page.evaluate(START, {})
    text = page.locator(".pplx-text")
    links = text.locator("a")
    page.evaluate(
        "add('See [the *report*][Re  port] and [note].\\n\\n- in [a list][report]\\n\\nEnd.\\n\\n')"
    )
    expect(text).to_contain_text("End.")
    expect(links).to_have_count(0)
    page.evaluate("globalThis.before = document.querySelector('.pplx-text p').firstChild")
    page.evaluate("add('[re port]: https://a.or')")
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(links).to_have_count(0)
    page.evaluate("add('g/1\\n[REPORT]: https://b.org\\n\\nMore.\\n')")
    expect(text).to_contain_text("More.")
    expect(links).to_have_text(["the report", "a list"])
    hrefs = [link.get_attribute("href") for link in links.all()]
    assert hrefs == ["https://a.org/1", "https://b.org"]
    # The old text stays the same node, so a selection in it survives.
    assert page.evaluate("before === document.querySelector('.pplx-text p').firstChild")


def test_the_first_definition_wins_and_one_in_a_quote_counts(page: Page) -> None:
    page.evaluate(START, {})
    page.evaluate("add('[a] [b]\\n\\n> [a]: https://first.org\\n\\nText\\n\\n')")
    links = page.locator(".pplx-text a")
    expect(links).to_have_text(["a"])
    page.evaluate("add('[a]: https://evil.org\\n[b]: https://b.org\\n\\nMore\\n')")
    expect(links).to_have_text(["a", "b"])
    expect(links.first).to_have_attribute("href", "https://first.org")


def test_very_many_late_definitions_are_not_quadratic(page: Page) -> None:
    names = [f"n{i}" for i in range(3000)]
    uses = " ".join(f"[{name}]" for name in names)
    pieces = [f"\n\n[{name}]: https://a.org/{name}" for name in names]
    html = to_html(to_tree(parse(uses + "".join(pieces)), cite))
    started = time.monotonic()
    assert page.evaluate(COMPARE, [[[[uses, *pieces], html]], {}]) == []
    # Reading the first paragraph again for each of them takes more than half a minute.
    assert time.monotonic() - started < 10
