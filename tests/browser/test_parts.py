"""Colours for code and typeset formulas: parts of the page's code that come when they are needed."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

# An answer whose kernel sends parts when it is asked, and `add(text)`, which shows more of its text.
START = """(traits) => {
    globalThis.one = answer({ status: "streaming", ...traits });
    const send = one.model.send.bind(one.model);
    one.model.send = async (message) => {
        send(message);
        if (message.type !== "part" || globalThis.silent) return;
        const code = await (await fetch(`/static/${message.name}.js`)).text();
        one.model.message({ type: "part", name: message.name, code });
    };
    globalThis.shown = view(one.widget, one.model);
    let seq = 0, at = 0;
    globalThis.add = (text, rest = {}) => {
        one.model.message({ type: "patch", seq: ++seq, at, elapsed: 0, text, ...rest });
        at += text.length;
    };
}"""
ASKED = "one.model.sent.filter((m) => m.type === 'part').map((m) => m.name)"


def start(page: Page, **traits: object) -> Locator:
    page.evaluate(START, traits)
    return page.locator(".pplx-text")


PYTHON = '''```python
# A comment
@cache
def area(radius: float) -> str:
    """Two lines
    of text"""
    if radius is None:
        raise ValueError("no radius")
    return f"{3.14 * radius ** 2:.2f}"
```

After.
'''


def test_code_is_coloured_with_the_tags_of_a_document(page: Page) -> None:
    text = start(page)
    page.evaluate("add", PYTHON)
    code = text.locator("code")
    expect(code.locator("b").first).to_have_text("def")
    expect(code.locator("i")).to_have_text("# A comment")
    assert code.locator("var").all_inner_texts()[:2] == ["@cache", "area"]
    assert code.text_content() == PYTHON.split("```")[1].removeprefix("python\n").removesuffix("\n")
    assert page.evaluate(ASKED) == ["code"]
