"""The size of a settled answer; the same answer gives the same bytes."""

from __future__ import annotations

import re

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.server.server import LocalServer
from pplx_widget.widget import Answer

from ..support.settled_document import state


def weight(answer_state: AnswerState) -> int:
    sources = sum(
        len("".join((s.title, s.url, s.snippet[:300])).encode()) for s in answer_state.sources
    )
    return len(str(answer_state.text).encode()) + sources


def size(forms: dict[str, str]) -> int:
    return sum(len(form.encode()) for form in forms.values())


def test_every_sample_keeps_to_the_budget(answers: list[Answer]) -> None:
    for answer in answers:
        bundle = forms.mime_bundle(answer.question, answer._session.state)
        assert size(bundle) <= 4 * weight(answer._session.state) + 6_000, answer.question


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "```python\n" + "def f(x): return [x, 1, 'a']\n" * 200 + "```\n",
        "A claim about bees, as long as such claims are, from two of the many sources.[3][web:7] "
        * 100,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 200,
        "Ключ к разгадке. 答えは簡単です。 " * 100,
        "a " * 50_000,
        "A *line* of prose with a `word` of code in it, and what it says.[3][7] And more.[1]\n\n"
        "- a point\n- another, of which a source speaks[2]\n\n"
        "| what | how much |\n|---|--:|\n| one | 2 |\n\n```py\nfor a in b: print(a)  # all\n```\n\n"
        * 60,
    ],
    ids=["short", "code", "citations", "table", "scripts", "long", "all of it"],
)
def test_the_budget_holds_for_what_grows_most(text: str) -> None:
    found = tuple(
        Source(
            i,
            f"On bees, part {i}",
            f"https://bees.org/articles/2026/part-{i}",
            "bees.org",
            snippet="x " * 200,
        )
        for i in range(1, 11)
    )
    folded = state(SourcesFound(found), Text(text))
    bundle = forms.mime_bundle("Q?", folded)
    assert size(bundle) <= 4 * weight(folded) + 6_000
    # The answer itself is not cut.
    assert len(re.findall(r"<sup\b.*?</sup>", bundle["text/html"])) == len(
        re.findall(r"(?:\[(?:web:)?\d\])+", text)
    )
    cut = bundle["text/plain"].partition("\n\n[…] The rest")[0]
    assert forms.text("Q?", folded).startswith(cut)


def test_the_same_sample_gives_the_same_bytes(answers: list[Answer]) -> None:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        for first in answers:
            again = pplx.ask(first.question).wait(60)
            assert forms.mime_bundle(again.question, again._session.state) == forms.mime_bundle(
                first.question, first._session.state
            )
