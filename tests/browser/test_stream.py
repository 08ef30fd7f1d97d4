"""A growing text: no raw marks flash, shown nodes stay, and no text makes it slow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

# `type(text)` streams a text by characters and returns each distinct text shown.
TYPE = """() => {
    let now = performance.now();
    performance.now = () => (now += 1000);
    globalThis.requestAnimationFrame = (run) => (queueMicrotask(run), 0);
    const one = answer({ status: "streaming" });
    const { el } = view(one.widget, one.model);
    let seq = 0, at = 0;
    globalThis.text = el.querySelector(".pplx-text");
    globalThis.end = () =>
        one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, status: "complete" });
    globalThis.type = async (typed) => {
        const seen = [];
        for (const piece of typed) {
            one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, text: piece });
            at += piece.length;
            for (let turn = 0; turn < 10; turn++) await null;
            if (text.textContent !== seen.at(-1)) seen.push(text.textContent);
        }
        return seen;
    };
}"""


def typed(page: Page, text: str) -> list[str]:
    page.evaluate(TYPE)
    seen: list[str] = page.evaluate("text => type(text)", text)
    return seen


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("Some **bold** and *em* text", "*"),
        ("Some `code` here", "`"),
        ("See [the report](https://a.org/x) now", "[]()"),
        ("See <https://a.org/x> now", "<>"),
        ("## A heading\n\ntext", "#"),
        ("- one\n- **two**\n  - three\n\n1. four", "-*1."),
        ("> a quote\n> goes on", ">"),
        ("```py\ncode\n```\ntext", "`p"),
        ("Text\n\n| a | b |\n|---|---|\n| c | d |\n", "|-"),
        ("A heading\n=========\n\ntext", "="),
        ("a\n\n---\n\nb", "-"),
        ("a\n\n[x]: https://a.org\n\nb", "[]:/"),
        ("see ![a picture](https://a.org/p.png) here", "![]"),
        ("a \\*star\\*", "\\"),
        ("- [ ] to do\n- [x] done", "[]-"),
    ],
)
def test_nothing_raw_flashes(page: Page, text: str, raw: str) -> None:
    seen = typed(page, text)
    assert seen
    assert not [each for each in seen if set(each) & set(raw)]


def test_shown_nodes_are_kept(page: Page) -> None:
    page.evaluate(TYPE)
    page.evaluate("""async () => {
        await type("- one\\n- two with *em");
        globalThis.kept = [...text.querySelectorAll("li, em")].map((node) => [node, node.firstChild]);
        await type("phasis* and\\n- three\\n\\n| a |\\n|---|\\n| x");
        globalThis.cell = text.querySelector("td").firstChild;
        await type("y |\\n| z |\\n");
    }""")
    assert page.evaluate("kept.every(([node, child]) => node.firstChild === child)")
    assert page.evaluate("cell === text.querySelector('td').firstChild && cell.data") == "xy"


def test_a_selection_survives_in_a_long_paragraph(page: Page) -> None:
    page.evaluate(TYPE)
    page.evaluate("""async () => {
        await type("The first sentence of many. ");
        const node = text.querySelector("p").firstChild;
        getSelection().setBaseAndExtent(node, 4, node, 18);
        for (let i = 0; i < 300; i++) await type(["Another *one*, which follows it. "]);
    }""")
    assert page.evaluate("String(getSelection())") == "first sentence"
    assert page.evaluate("text.querySelectorAll('p .pplx-next').length") > 1


def test_footnotes_are_lettered_as_they_are_mentioned(page: Page) -> None:
    seen = typed(page, "One[^x], two[^no], three[^y].\n\n[^y]: why\n[^x]: *ex*\n\nEnd[^x].")
    assert not [each for each in seen if set(each) & set("[]^:*")]
    text = page.locator(".pplx-text")
    expect(text.locator("p").first).to_have_text("Onea, twob, threec.")
    notes = text.locator(".pplx-note")
    expect(notes).to_have_text(["c why", "a ex"])
    page.evaluate("end()")
    expect(text.locator("p").first).to_have_text("Onea, two[^no], threeb.")
    expect(notes).to_have_text(["a ex", "b why"])
    expect(text.locator(".pplx-notes + *")).to_have_count(0)


def test_groups_remember_their_height(page: Page) -> None:
    page.evaluate(TYPE)
    page.evaluate("type([...Array(200)].map((_, i) => `Paragraph ${i}\\n\\n`))")
    groups = page.locator(".pplx-group")
    expect(groups).to_have_count(4)
    assert groups.first.evaluate("(group) => group.style.containIntrinsicSize").startswith("auto ")
    assert groups.last.evaluate("(group) => group.style.containIntrinsicSize") == ""


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "![",
            "[a](",
            "[a][",
            "*a ",
            "*_",
            "a**b",
            "$a",
            "\\(a",
            "<a ",
            "`a",
            "~~a ",
            "[^a]",
        ),
        *("> ", "- ", "&a;", "](", "[x\n", "|a", "- [ ] ", "www.a.", "a@a.", "a *b. "),
    ],
)
def test_strange_text_costs_little(page: Page, piece: str) -> None:
    page.evaluate(TYPE)
    slowest = page.evaluate(
        """async (text) => {
            let slowest = 0;
            for (let at = 0; at < text.length; at += 32) {
                const start = Date.now();
                await type([text.slice(at, at + 32)]);
                slowest = Math.max(slowest, Date.now() - start);
            }
            return slowest;
        }""",
        piece * (16_000 // len(piece)),
    )
    # Far above the normal time. Unbounded work takes seconds.
    assert slowest < 1000
