"""Syntax colours and formulas, from chunks of the page's code that are loaded when needed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from pplx_widget.document.highlight import coloured
from pplx_widget.markdown.html_writer import to_html

from ..support.chunked_page import START
from ..support.listings import LISTINGS
from ..support.settled_page import PUT, STATE, html

ASKED = "one.model.sent.filter((m) => m.type === 'chunk').map((m) => m.name)"
PYTHON = LISTINGS["python"]


def start(page: Page, **traits: object) -> Locator:
    page.evaluate(START, traits)
    return page.locator(".pplx-text").last


def add(page: Page, text: str, **rest: object) -> None:
    page.evaluate("([text, rest]) => add(text, rest)", [text, rest])


def fenced(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}```\n\n"


# ---- code ----


def test_code_is_coloured_line_by_line_and_the_chunk_comes_once(page: Page) -> None:
    text = start(page)
    add(page, "```python\n# A comment\ndef area(radius):\n    ret")
    code = text.locator("code")
    expect(code.locator("b")).to_have_text(["def"])  # an unfinished line is not coloured
    expect(code.locator("i")).to_have_text("# A comment")
    add(page, "urn 3\n```\n")
    expect(code.locator("b")).to_have_text(["def", "return"])
    assert code.text_content() == "# A comment\ndef area(radius):\n    return 3"
    assert page.evaluate(ASKED) == ["code"]
    second = start(page)
    add(page, fenced("x = 1\n"))
    expect(second.locator("samp")).to_have_text("1")
    assert page.evaluate(ASKED) == []  # the page already has the chunk


@pytest.mark.parametrize("language", LISTINGS)
def test_the_colours_are_those_of_the_document(page: Page, language: str) -> None:
    """The two lexers cannot agree on everything, but they should on most."""
    code = LISTINGS[language]
    text = start(page)
    add(page, fenced(code, language), status="complete")
    expect(text.locator("code :is(b, i, samp, var)").first).to_be_visible()
    kinds = """(root) => {
        const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const kinds = [];
        while (texts.nextNode()) {
            const { data, parentNode } = texts.currentNode;
            const kind = parentNode.localName;
            for (const char of data) if (char.trim()) kinds.push([char, kind === "code" ? "" : kind]);
        }
        return kinds;
    }"""
    page.wait_for_function("document.querySelector('.pplx-text code').lastChild?.data === ''")
    live = text.locator("code").evaluate(kinds)
    document = f"<code>{to_html(coloured(language, code.removesuffix(chr(10))))}</code>"
    page.evaluate("(html) => document.body.setHTMLUnsafe(html)", document)
    settled = page.locator("code").evaluate(kinds)
    assert [char for char, _ in live] == [char for char, _ in settled]
    same = sum(a == b for a, b in zip(live, settled, strict=True)) / len(live)
    assert same > 0.7, [pair for pair in zip(live, settled, strict=True) if pair[0] != pair[1]]


def test_only_code_in_a_language_asks_for_colours(page: Page) -> None:
    text = start(page)
    add(page, "```\nx = 1\n```\n\n    y = 2\n\nHere `z` and $5.\n", status="complete")
    expect(text).to_contain_text("Here z")
    assert page.evaluate(ASKED) == []


def test_without_the_chunk_all_is_plain_until_it_comes(page: Page) -> None:
    page.evaluate("globalThis.silent = true")
    text = start(page)
    add(page, f"{fenced('x = 1' + chr(10))}So $a_1$.\n\n", status="complete")
    expect(text).to_contain_text("So $a_1$.")
    assert page.evaluate(ASKED) == ["code", "math"]
    expect(text.locator("code > *, math")).to_have_count(0)
    page.evaluate("one.model.message({ type: 'chunk', name: 'other', code: 'throw 1' })")
    page.evaluate("sends('code'), sends('math')")
    expect(text.locator("samp")).to_have_text("1")
    expect(text.locator("math")).to_have_count(1)


def test_another_answer_asks_if_the_first_is_gone(page: Page) -> None:
    page.evaluate("globalThis.silent = true")
    start(page)
    add(page, fenced("x = 1\n"))
    page.evaluate("globalThis.first = one")
    second = start(page)
    page.evaluate("globalThis.silent = false")
    add(page, fenced("y = 2\n"))
    expect(second).to_contain_text("y = 2")
    assert page.evaluate(ASKED) == []
    page.evaluate("first.model.die()")
    expect(second.locator("samp")).to_have_text("2")
    assert page.evaluate(ASKED) == ["code"]


def test_a_selection_survives_the_colours(page: Page) -> None:
    page.evaluate("globalThis.silent = true")
    text = start(page)
    add(page, f"Before.\n\n{fenced('# one' + chr(10) + 'def two(): return 3' + chr(10))}")
    expect(text).to_contain_text("return 3")
    page.evaluate("""() => {
        const [node] = document.querySelector(".pplx-text code").childNodes;
        getSelection().setBaseAndExtent(node, 2, node, 13);
    }""")
    page.evaluate("sends('code')")
    expect(text.locator("b")).to_have_text(["def", "return"])
    assert page.evaluate("String(getSelection())") == "one\ndef two"


def test_a_long_listing_is_coloured_in_slices(page: Page) -> None:
    """The clock is fast here, so each frame colours the smallest possible slice."""
    page.evaluate("globalThis.silent = true")
    text = start(page)
    lines = "".join(f"x_{i} = {i}\n" for i in range(5000))
    add(page, fenced(lines), status="complete")
    expect(text).to_contain_text("x_4999")
    counts = page.evaluate("""async () => {
        let now = performance.now();
        performance.now = () => (now += 1000);
        const code = document.querySelector(".pplx-text code");
        const counts = [];
        const count = () => counts.push(code.querySelectorAll("samp").length);
        await new Promise((done) => {
            const observer = new MutationObserver(() => count() && counts.at(-1) === 5000 && done());
            observer.observe(code, { childList: true, subtree: true });
            sends("code");
        });
        return counts;
    }""")
    steps = [b - a for a, b in zip([0, *counts], counts, strict=False)]
    assert max(steps) <= 64
    assert text.locator("code").text_content() == lines.removesuffix("\n")


@pytest.fixture
def clipboard(page: Page) -> Page:
    """A page that may write to the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("globalThis.clip = navigator.clipboard")
    return page


@pytest.mark.parametrize("shown", ["live", "settled"])
def test_code_is_copied_by_its_button(clipboard: Page, shown: str) -> None:
    page = clipboard
    if shown == "live":
        start(page, status="complete", text=fenced("x = 1\nprint(x)\n"))
    else:
        code = '<pre><code class="language-python">x = 1\nprint(x)</code></pre>'
        page.evaluate(PUT, [html().replace("<pre><code>wide code</code></pre>", code), "out"])
        page.evaluate(START, STATE)
    head = page.locator("pre .pplx-code-head").first
    expect(head).to_have_attribute("data-language", "python")
    button = head.get_by_role("button", name="Copy code")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_class("pplx-code-copy pplx-copied")
    expect(page.locator("[aria-live]")).to_contain_text("Code copied")
    assert page.evaluate("clip.readText()") == "x = 1\nprint(x)"
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate("clip.writeText('')")
    button.click()
    page.wait_for_function("clip.readText().then((text) => text === 'x = 1\\nprint(x)')")
    expect(page.locator("pre textarea")).to_have_count(0)


def test_neither_label_nor_colours_move_anything(page: Page) -> None:
    page.evaluate("globalThis.silent = true")
    text = start(page, status="complete", text=fenced(PYTHON) + "After.\n")
    after = text.get_by_text("After.")
    before = after.bounding_box()
    page.evaluate("sends('code')")
    expect(text.locator("code i")).to_be_visible()
    assert after.bounding_box() == before


# ---- formulas ----


def test_formulas_are_typeset_and_amounts_are_not(page: Page) -> None:
    text = start(page)
    add(
        page,
        "It is $E = mc^2$ or \\(\\alpha\\), for $5 and $10.\n\n$$\n\\frac{1}{2}\n$$\n\n"
        "\\[ \\sum_i x_i \\]\n\n| a |\n|---|\n| $\\mu$ |\n",
        status="complete",
    )
    expect(text.locator(".pplx-math")).to_have_count(5)
    expect(text.locator(".pplx-math:has(math)")).to_have_count(5)
    expect(text.locator(".pplx-math-block")).to_have_count(2)
    expect(text).to_contain_text("for $5 and $10.")
    assert page.evaluate("document.fonts.check('16px pplx-math')")
    assert page.evaluate(ASKED) == ["math"]


def test_an_unfinished_formula_never_shows_an_error(page: Page) -> None:
    text = start(page)
    add(page, "First $x$. ")
    expect(text.locator("math")).to_have_count(1)
    seen = page.evaluate(
        """async (typed) => {
            let now = performance.now();
            performance.now = () => (now += 1000);
            globalThis.requestAnimationFrame = (run) => (queueMicrotask(run), 0);
            const text = document.querySelector(".pplx-text");
            globalThis.kept = text.querySelector("math");
            const seen = [];
            for (const char of typed) {
                add(char);
                for (let turn = 0; turn < 10; turn++) await null;
                seen.push([text.querySelectorAll("math").length, text.innerHTML.includes("merror"),
                    text.innerHTML.includes("color")]);
            }
            return seen;
        }""",
        "Then $\\frac{a}{b}$ and \\[ \\sqrt{2} \\] so.",
    )
    counts = [count for count, _, _ in seen]
    assert counts == sorted(counts)
    assert counts[-1] >= 3
    assert not any(error or colour for _, error, colour in seen)
    # A shown formula is not created again with every character.
    assert page.evaluate("kept.isConnected")


@pytest.mark.parametrize(
    "tex",
    [
        *(r"\frac{1}{", r"\unknown{x}", r"\begin{foo}x\end{foo}", r"\left( x", "x^2^3"),
        *(r"\href{https://evil.org}{x}", r"\includegraphics{https://evil.org/x.png}"),
        *(r"\class{pplx-card}{x}", r"\style{position:fixed}{x}", r"\htmlId{x}{y}"),
        *(r"\rule{9999em}{9999em}", r"\hspace{-9999em}x", r"\raisebox{900em}{x}"),
        r"\rule{99999999999999999999999em}{1em}",  # 1e+23
        *(r"\def\a{\a\a}\a", "x_{" * 300 + "y" + "}" * 300, r"\sqrt" * 300 + "x"),
    ],
)
def test_an_invalid_formula_stays_as_source(page: Page, tex: str) -> None:
    text = start(page)
    add(page, f"A $x$ and ${tex}$ end.\n", status="complete")
    expect(text.locator("math")).to_have_count(1)
    expect(text).to_contain_text(f"${tex}$ end.")


def test_a_formula_has_no_colours_and_no_ids(page: Page) -> None:
    text = start(page)
    add(page, r"$\color{red}{x} + \colorbox{black}{y} + \boxed{z} + \tag*{1}$", status="complete")
    add(page, r" and $\textcolor{#fff}{a}$")
    expect(text.locator("math").first).to_be_visible()
    assert (
        text.evaluate("""(root) => [...root.querySelectorAll("math *")].filter((node) =>
        node.id || node.hasAttribute("href") || /(?:^|;)\\s*(?:background-)?color/.test(
            node.getAttribute("style")) || node.hasAttribute("mathcolor")).length""")
        == 0
    )


def test_copied_text_contains_the_sources_of_formulas(clipboard: Page) -> None:
    page = clipboard
    text = start(page)
    add(page, "So $E = mc^2$ and *more*.\n\n$$\\frac12$$\n\nEnd.\n", status="complete")
    expect(text.locator("math")).to_have_count(2)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.pplx-text'))")
    page.keyboard.press("Control+c")
    page.wait_for_function("clip.readText().then((text) => text.includes('End.'))")
    assert page.evaluate("clip.readText()").split() == [
        "So",
        "$E",
        "=",
        "mc^2$",
        "and",
        "more.",
        "$$\\frac12$$",
        "End.",
    ]
    expect(text.locator("math")).to_have_count(2)
    page.evaluate("""() => {
        const [mi] = document.querySelectorAll("mi");
        getSelection().setBaseAndExtent(mi.firstChild, 0, mi.firstChild, 1);
    }""")
    page.keyboard.press("Control+c")
    page.wait_for_function("clip.readText().then((text) => text === '$E = mc^2$')")


def test_rich_text_has_formulas_with_their_sources_and_tables_with_rules(clipboard: Page) -> None:
    text = start(clipboard, question="Why <b>?")
    table = "| n | what |\n|--:|:-:|\n| 1 | <b> |\n"
    add(clipboard, f"So $E = mc^2$.\n\n{table}", status="complete")
    expect(text.locator("math")).to_have_count(1)
    clipboard.get_by_role("button", name="More formats").click()
    clipboard.get_by_role("menuitem", name="Rich text").click()
    expect(clipboard.get_by_role("status")).to_have_text("Copied")
    rich = clipboard.evaluate(
        "async () => (await (await clip.read())[0].getType('text/html')).text()"
    )
    assert re.search(
        r"<p>So <span><math[^>]*><semantics><mrow>.*</mrow>"
        r'<annotation encoding="application/x-tex">E = mc\^2</annotation></semantics></math></span>',
        rich,
    )
    assert re.match("<h2>Why &lt;b&gt;\\?</h2><div>", rich)
    cell = "border: 1px solid #999; padding: 4px 8px; vertical-align: top; text-align: "
    assert '<table style="border-collapse: collapse">' in rich
    assert f'<td style="{cell}right">1</td><td style="{cell}center">&lt;b&gt;</td>' in rich
    assert "class=" not in rich
    expect(text.locator("math")).to_have_count(1)


FORMULAS = (
    '<p><span class="pplx-math">$a_1$</span> <span class="pplx-math"><i>the host</i></span>'
    r' <span class="pplx-math tex2jax_process mathjax_process">$\unknown{x}$</span></p>'
    '<pre><code class="language-python">x = 1</code></pre>'
    '<pre><code class="language-python">y = <samp>2</samp></code></pre>'
)


def test_a_document_gets_missing_colours_and_formulas(page: Page) -> None:
    old = "<pre><code>wide code</code></pre>"
    page.evaluate(PUT, [html().replace(old, FORMULAS), "out"])
    page.evaluate(START, STATE)
    out = page.locator("#out")
    expect(out.locator("math")).to_have_count(1)
    expect(out.get_by_text("the host")).to_be_visible()
    # The host would show it in red.
    expect(out.get_by_text("unknown")).to_have_class("pplx-math tex2jax_ignore mathjax_ignore")
    expect(out.locator("samp")).to_have_text(["1", "2"])


def test_formulas_look_the_same_if_the_host_was_faster(page: Page) -> None:
    """JupyterLab typesets some before we come, and others when it has loaded MathJax."""
    formulas = ["$a_1$", "$b_2$", "$c_3$"]
    spans = [f'<span class="pplx-math">{each}</span>' for each in formulas]
    text = html().replace('"pplx-text"', '"pplx-text tex2jax_process mathjax_process"')
    old = "<pre><code>wide code</code></pre>"
    output = {
        "type": "settled",
        "key": "k1",
        "markdown": "",
        "plain": "",
        "data": {"text/html": text.replace(old, "".join(spans))},
        "metadata": {},
    }
    page.evaluate(
        PUT,
        [
            text.replace(old, "".join([spans[0].replace("$a_1$", "<i>the host</i>"), *spans[1:]])),
            "out",
        ],
    )
    page.evaluate(START, STATE)
    out = page.locator("#out")
    expect(out.locator("math")).to_have_count(2)
    expect(out.locator(".tex2jax_process, .mathjax_process")).to_have_count(0)
    page.evaluate("(output) => one.model.message(output)", output)
    expect(out.locator("math")).to_have_count(3)
    expect(out.get_by_text("the host")).to_have_count(0)
    expect(out.locator(".pplx-math").first).to_contain_text("a1")


def test_a_selection_over_a_formula_is_carried_into_the_document(page: Page) -> None:
    text = "Bees $E = mc^2$ dance in eights.\n"
    start(page, **{**STATE, "settled": "", "text": text})
    expect(page.locator("math")).to_have_count(1)
    page.evaluate("""() => {
        const { lastChild } = document.querySelector(".pplx-text p");
        getSelection().setBaseAndExtent(lastChild, 1, lastChild, 6);
    }""")
    document = html()
    begin, end = document.index("<p>"), document.index("<pre>")
    formula = '<p>Bees <span class="pplx-math">$E = mc^2$</span> dance in eights.</p>'
    page.evaluate(
        """(html) => {
            shown.close();
            shown.el.setHTMLUnsafe(html);
            one.model.update({ settled: "k1" });
        }""",
        document[:begin] + formula + document[end:],
    )
    expect(page.locator(".pplx-settled math")).to_have_count(1)
    assert page.evaluate("String(getSelection())") == "dance"
