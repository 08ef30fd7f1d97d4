"""A text written block by block is the same, byte for byte, as one that is written as a whole."""

from __future__ import annotations

import json
import random

import pytest

from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import body, forms
from pplx_widget.document.body import Body, cited
from pplx_widget.document.model import Sections

from ..support.paths import GOLDEN

SOURCES = tuple(
    Source(i, f"Page {i}", "javascript:1" if i == 4 else f"https://e.org/{i}", "e.org")
    for i in range(1, 9)
)
PIECES = (
    "A paragraph with *marks*, `code` and a claim.[1][web:3]\nAnd its second line.\n\n",
    "- one\n- two[4]\n\n  further\n\n",
    "- three\n- four\n",
    "* another list\n",
    "3. third\n4. fourth\n\n",
    "5) fifth\n",
    "> quoted\nand lazy\n\n> again\n\n",
    "| a | b |\n|---|--:|\n| 1 | 2[2] |\n",
    "x | y\n",
    "--- | ---\n",
    "```py\ndef f(x): return 'a'\n\n# blank\n```\n",
    "~~~\nnot closed\n\n",
    "    indented\n\n    code\n",
    "Title\n===\n",
    "---\n",
    "## Heading\n",
    "[label] and [another][label].\n",
    "\n",
    "\\(a_1\\) and $x^2$ cost $5 or \\[\nb\n\\]\n\n",
    "$\\href{https://e.org}{x}$\n\n",
    "- [x] done\n",
    "  two spaces\n",
    "https://example.org/a_b_c ends.\n",
)
LATE = (
    "[label]: https://late.org\n\n",
    "[^n]: A note.\n\n",
    "Mention[^n].\n\n",
    "a\rb\n",
    "a\0b\n",
)


def written(text: str, begun: Body | None = None) -> dict[str, str]:
    state = AnswerState()
    for event in (SourcesFound(SOURCES), Text(text), Finished()):
        state.apply(event, 0)
    return forms.written("Q?", state, begun=begun).bundle()


def grown(text: str, chance: random.Random) -> Body:
    """Return the body that was written while the text and its sources grew."""
    begun = Body()
    at = 0
    while at < len(text):
        at += chance.randint(1, 60)
        known = AnswerState()
        found = SOURCES[: chance.randint(0, len(SOURCES))] if at < len(text) else SOURCES
        for event in (SourcesFound(found), Text(text[:at])):
            known.apply(event, 0)
        while begun.advance(text[:at], cited(known.citations)):
            pass
    return begun


@pytest.mark.parametrize("seed", range(150))
def test_random_texts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    late = LATE if seed % 3 == 0 else ()
    text = "".join(chance.choices((*PIECES, *late), k=chance.randint(1, 30)))
    monkeypatch.setattr(body, "_SLICE", 10**9)
    whole = written(text)
    monkeypatch.setattr(body, "_SLICE", chance.choice((1, 20, 100)))
    assert written(text) == whole
    assert written(text, grown(text, chance)) == whole


def test_the_shared_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        case["text"] if isinstance(case["text"], str) else "\n".join(case["text"])
        for path in sorted((GOLDEN / "markdown").glob("*.json"))
        for case in json.loads(path.read_text("utf-8"))["cases"]
    ]
    assert len(texts) > 100
    chance = random.Random(0)
    together = ["\n\n".join(chance.sample(texts, 8)) for _ in range(60)]
    for text in texts + together:
        monkeypatch.setattr(body, "_SLICE", 10**9)
        whole = written(text)
        monkeypatch.setattr(body, "_SLICE", 1)
        assert written(text, grown(text, chance)) == whole, text


def test_most_of_a_long_text_is_written_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(PIECES[:4] + PIECES[7:8]) * 60
    begun = grown(text, random.Random(1))
    blocks = 0
    real = body._block

    def counted(*arguments: object, **options: object) -> object:
        nonlocal blocks
        blocks += 1
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(body, "_block", counted)
    state = AnswerState()
    for event in (SourcesFound(SOURCES), Text(text), Finished()):
        state.apply(event, 0)
    # All sources are known from the beginning here, so only the last piece is left.
    fresh = Body()
    while fresh.advance(text, cited(state.citations)):
        pass
    before = blocks
    Sections("Q?", state, None, fresh).body  # noqa: B018
    assert before >= 8
    assert blocks - before <= 2
    assert begun.markdown
