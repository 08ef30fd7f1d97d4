"""Hostile text can do no harm, streamed or settled, in a real page under Trusted Types."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from pplx_widget.core.events import Finished, Searching, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.core.tables import INLINE_STYLES
from pplx_widget.document import forms as answer_forms
from pplx_widget.document import mathml

from ..support import attacks
from ..support.chunked_page import START

POLICY = "require-trusted-types-for 'script'; trusted-types test; script-src 'self' blob: 'unsafe-inline'"

# The style attributes of table cells; the others are in a table.
ALIGNED = [f"text-align:{side}" for side in ("start", "center", "end")]

# Lists forbidden nodes and attributes in an answer. Only text and links may come from the service.
FAULTS = """(root) => {
    const tags = new Set(("article div section header span b strong em s p h1 h2 h3 h4 h5 h6 ul ol li " +
        "blockquote pre code samp var i table thead tbody tr th td hr br a sup details summary button " +
        "mark style textarea").split(" "));
    const names = new Set(["class", "href", "rel", "target", "title", "start", "value", "style", "open", "type",
        "hidden", "disabled", "aria-disabled", "role", "data-status", "data-pplx-number", "data-lm-suppress-shortcuts", "aria-label",
        "aria-expanded", "aria-haspopup", "popover", "dir", "tabindex", "data-language", "rows",
        "placeholder", "data-words"]);
    const styles = new Set(STYLES);
    const faults = [];
    const math = "http://www.w3.org/1998/Math/MathML", elements = new Set(ELEMENTS);
    const ofMath = new Set(ATTRIBUTES), fixed = new Set([`xmlns=${math}`, "encoding=application/x-tex"]);
    for (const node of root.querySelectorAll("*")) {
        const inMath = node.namespaceURI === math && elements.has(node.localName);
        if (!tags.has(node.localName) && !inMath) faults.push(`<${node.localName}>`);
        for (const { name, value } of node.attributes) {
            if (inMath && (fixed.has(`${name}=${value}`) || (ofMath.has(name) && /^[-+.\\w% ]+$/.test(value)))) continue;
            if (!names.has(name)) faults.push(`${name}=${value}`);
            if (name === "style" && !node.matches(".pplx-group, .pplx-card, .pplx-dot") && !styles.has(value)) faults.push(`style=${value}`);
            if (name === "class" && !/^(?:(?:pplx(?:-[a-z-]+)?|language-[a-z0-9+#-]+|(?:tex2jax|mathjax)_\\w+) ?)+$/
                .test(value)) faults.push(`class=${value}`);
            if (name === "data-pplx-number" && !/^[0-9]+$/.test(value)) faults.push(value);
            if (name === "value" && !/^[0-9]+$/.test(value)) faults.push(value);
            if (name === "data-language" && !/^[a-z0-9+#-]{1,20}$/.test(value)) faults.push(value);
            if (name === "href" && !/^(?:https?:[/][/]|mailto:)[!-~]*$/.test(value)) faults.push(value);
            if (name === "dir" && value !== "auto") faults.push(`dir=${value}`);
            if (name === "rel" && value !== "noopener noreferrer nofollow") faults.push(`rel=${value}`);
            if (name === "target" && value !== "_blank") faults.push(`target=${value}`);
        }
    }
    if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(root.textContent)) faults.push("bidi");
    return faults;
}""".replace("STYLES", json.dumps([*INLINE_STYLES.values(), *ALIGNED]))
FAULTS = FAULTS.replace("ELEMENTS", json.dumps([*mathml.ELEMENTS, "semantics", "annotation"]))
FAULTS = FAULTS.replace("ATTRIBUTES", json.dumps([*mathml.ATTRIBUTES, "display"]))

STREAM = """async ([documents, faults]) => {
    const look = eval(faults);
    let now = performance.now();
    performance.now = () => (now += 1000);
    const shown = async () => { for (let turn = 0; turn < 20; turn++) await null; };
    // Holding a height leaves an empty attribute behind.
    const page = () => document.documentElement.outerHTML.replace(' style=""', "");
    // A page that loses all views and has nothing else keeps the text of the last one.
    document.body.append(document.createElement("main"));
    const outside = page();
    const found = [];
    for (const [pieces, traits] of documents) {
        const one = answer({ ...traits, status: "streaming", text: "" });
        const { el, close } = view(one.widget, one.model);
        let seq = 0, at = 0;
        for (const text of pieces) {
            one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, text });
            at += text.length;
            await shown();
            const early = look(el);
            if (early.length) { found.push([pieces.join(""), "while it streamed", ...early]); break; }
        }
        one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, status: "complete" });
        await shown();
        const late = look(el);
        if (late.length) found.push([pieces.join(""), "at the end", ...late]);
        close();
        one.close();
        el.remove();
    }
    for (const node of document.querySelectorAll(".pplx-spoken")) node.remove();
    const after = page();
    if (after !== outside) found.push(["the page was changed", after.slice(0, 2000)]);
    return found;
}"""

SETTLED = """([documents, faults]) => {
    const look = eval(faults);
    const policy = trustedTypes.createPolicy("test", { createHTML: (html) => html });
    const found = [];
    for (const html of documents) {
        const el = document.body.appendChild(document.createElement("div"));
        el.innerHTML = policy.createHTML(html);
        const faults = look(el);
        if (faults.length) found.push([html, ...faults]);
        el.remove();
    }
    return found;
}"""


@pytest.fixture
def guarded(page: Page) -> Iterator[Page]:
    """The bare page under a policy that accepts no string as HTML or as a script's URL."""

    def answer(route: Route) -> None:
        response = route.fetch()
        headers = response.headers | {"content-security-policy": POLICY}
        route.fulfill(response=response, headers=headers)

    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.route("**/harness.html", answer)
    page.reload()
    page.wait_for_function("globalThis.ready")
    yield page
    assert not said


def cut_up(text: str, chance: random.Random) -> list[str]:
    """Return a text in pieces of a few characters, or of more if it is long."""
    size = max(8, len(text) // 60)
    pieces, at = [], 0
    while at < len(text):
        length = chance.randint(1, size)
        pieces.append(text[at : at + length])
        at += length
    return pieces


def hostile(text: str) -> list[Source]:
    """Return sources with an attack in every field."""
    address = next(iter(re.findall(r"[a-z]+:[^\s)>\"]+", text)), text)
    return [
        Source(1, text, text, text, text, text, text, text),
        Source(2, text[:200], address, address, snippet=text, query=text[:100]),
        Source(3, "", f"https://example.org/{text[:50]}", "", query="b"),
    ]


def traits(text: str) -> dict[str, object]:
    sources = [
        {
            "id": s.id,
            "title": s.title,
            "url": s.url,
            "site": s.site,
            "date": s.date,
            "snippet": s.snippet,
            "query": s.query,
        }
        for s in hostile(text)
    ]
    return {
        "question": text,
        "sources": sources,
        "citations": [{"number": n, "id": n, "count": 1} for n in (1, 2)],
        "steps": [
            {"kind": "search", "at": 0, "items": [text], "found": None},
            {"kind": "read", "at": 0, "items": [text, sources[1]["url"]], "found": None},
            {"kind": "thought", "at": 0, "items": [text], "found": None},
            {"kind": "retry", "at": 0, "items": [text, text], "found": None, "seconds": 0},
        ],
        "model": text,
    }


@attacks.EVERY
def test_streamed(guarded: Page, name: str) -> None:
    chance = random.Random(name)
    texts = [text for text in attacks.corpus(name) if len(text) < 20_000]
    for start in range(0, len(texts), 50):
        some = [
            (cut_up(f"{text}\n\n[1][2]", chance), traits(text[:3000]))
            for text in texts[start : start + 50]
        ]
        assert guarded.evaluate(STREAM, [some, FAULTS]) == []


@attacks.EVERY
def test_settled(guarded: Page, name: str) -> None:
    pages = []
    for text in attacks.corpus(name):
        state = AnswerState()
        for event in (
            Searching((text[:3000],)),
            SourcesFound(tuple(hostile(text[:3000]))),
            Text(f"{text}\n\n[1][2]"),
            Finished(model=text[:300]),
        ):
            state.apply(event, 0)
        pages.append(answer_forms.html(text[:3000], state))
    assert guarded.evaluate(SETTLED, [pages, FAULTS]) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("[https://google.com](https://evil.example)", "https://google.com (evil.example)"),
        ("[pay](https://\u0440\u0430\u0443.org)", "pay (xn--80a5ak.org)"),
        ("pay to \u202edrow\u202c `rm \u200e/`", "pay to ⟨RLO⟩drow⟨PDF⟩ rm ⟨LRM⟩/"),
        ("שלום\u200f (a)", "שלום\u200f (a)"),
        ("hi\U000e0069\U000e0067", "hiig"),
        ("see [2]\n\n[2]: https://evil.example", "see [2]"),
    ],
)
def test_deception_is_disclosed(guarded: Page, text: str, seen: str) -> None:
    """Deceptive links and character orders are disclosed, also in a document."""
    guarded.evaluate(
        "(text) => { const one = answer({ text, status: 'complete' }); view(one.widget, one.model); }",
        text,
    )
    assert guarded.locator(".pplx-text").inner_text().split("\n")[0] == seen
    state = AnswerState()
    state.apply(Text(text), 0)
    assert seen in re.sub(r"<[^>]+>", "", answer_forms.html("q", state))


# ---- formulas and code, shown by the chunks ----

TEX = (
    r"\href{javascript:alert(1)}{x} \url{https://evil.org} \includegraphics{https://evil.org/x.png} \class{pplx}{x} "
    r"\style{position:fixed}{x} \htmlId{a}{x} \htmlData{a=b}{x} \color{red} \textcolor{#fff}{x} \colorbox{red}{x} "
    r"\fcolorbox{red}{blue}{x} \rule{99em}{99em} \hspace{-99em} \kern9em \raisebox{99em}{x} \llap{xxxxx} \smash{x} "
    r"\def\a{\a\a} \a \gdef\x{y} \let\x=\y \newcommand{\z}{\z\z} \text{<img\ src=x\ onerror=alert(1)>} \char`< \u{202e} "
    r"\frac{1}{2} x^2 _i \sqrt{x} \left( \right] \begin{matrix} \end{matrix} & \\ \hline \tag{x} \label{y} \ref{y} "
    r"\overline{AB} \underbrace{x}_y \cancel{x} \boxed{x} \mathbb{R} \mathbf{x} \bm{x} { } <script> \' %"
)

FORMULA_FAULTS = """(root) => {
    const names = new Set(("accent accentunder class columnalign columnlines columnspacing depth display " +
        "displaystyle fence form height intent largeop linebreak linethickness lspace lquote mathsize " +
        "mathvariant maxsize minsize movablelimits notation rowalign rowlines rowspacing rspace scriptlevel " +
        "separator side stretchy style symmetric voffset width xmlns columnwidth framespacing").split(" "));
    const faults = [];
    for (const formula of root.querySelectorAll(".pplx-math")) {
        for (const node of formula.querySelectorAll("*")) {
            const known = node.namespaceURI.endsWith("MathML") || node.localName === "span";
            if (!known || node.localName === "maction") faults.push(`<${node.localName}>`);
            for (const { name, value } of node.attributes) {
                if (!names.has(name)) faults.push(`${name}=${value}`);
                if (name === "class" && /pplx/.test(value)) faults.push(`class=${value}`);
                if (name === "style" && /url|position: *fixed|z-index|(?:^|[; ])(?:background-)?color:/.test(value))
                    faults.push(`style=${value}`);
            }
        }
        if (/[\u202a-\u202e\u2066-\u2069]/.test(formula.textContent)) faults.push("bidi");
        formula.replaceChildren();
    }
    return faults;
}"""


def test_dressed(guarded: Page) -> None:
    """The chunks turn any code and formula only into their own elements."""
    chance = random.Random(3)
    scraps = TEX.split(" ")
    formulas = [" ".join(chance.choices(scraps, k=chance.randint(1, 8))) for _ in range(500)]
    text = "".join(f"A ${tex}$ and \\[{tex}\\] b.\n\n" for tex in [*scraps, *formulas])
    code = "<img src=x onerror=alert(1)> \u202e </code></pre><script>alert(1)</script>"
    text += "".join(f"```{name}\n{code}\n```\n\n" for name in ("html", "python", "js", "sql"))
    guarded.evaluate(START, {})
    guarded.evaluate("add", f"{text}$x$ end")
    shown = guarded.locator(".pplx-text")
    expect(shown).to_contain_text("end")
    expect(shown.locator(".pplx-math").last.locator("math")).to_have_count(1)
    expect(shown.locator("code b").first).to_be_visible()
    assert guarded.evaluate("document.querySelectorAll('math').length") > 100
    assert guarded.evaluate(FORMULA_FAULTS, guarded.locator(".pplx-text").element_handle()) == []
    assert guarded.evaluate(FAULTS, guarded.locator(".pplx-text").element_handle()) == []
