"""The size of a settled answer in a notebook file; the same answer gives the same bytes."""

from __future__ import annotations

import re
from typing import Any

import nbformat
import pytest

import pplx_widget as pplx
from pplx_widget.core.events import (
    Event,
    Image,
    ImagesFound,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
    Text,
    Usage,
    UsageReported,
)
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.server.server import LocalServer
from pplx_widget.widget.answer import Answer
from pplx_widget.widget.documents import Keys, document

from ..support.settled_document import state


def weight(answer_state: AnswerState) -> int:
    sources = sum(
        len("".join((s.title, s.url, s.snippet[:300])).encode()) for s in answer_state.sources
    )
    images = sum(len(f"{i.title}{i.url}{i.origin}".encode()) for i in answer_state.images)
    return len(str(answer_state.text).encode()) + sources + images + 150 * shown(answer_state)


def shown(answer_state: AnswerState) -> int:
    """Return the number of images that a document shows, all of them safe here."""
    return min(12, len(answer_state.images))


def filed(data: dict[str, Any], metadata: dict[str, Any]) -> int:
    """Return the bytes of an output's content in a file that nbformat writes."""

    def size(**content: Any) -> int:
        output = nbformat.v4.new_output("display_data", **content)
        cell = nbformat.v4.new_code_cell("", outputs=[output])
        return len(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode())

    return size(data=data, metadata=metadata) - size(data={}, metadata={})


def check_size(answer_state: AnswerState, question: str = "Q?", context: Any = None) -> None:
    made = document(Keys(), question, answer_state, context)
    more = len(context.text.encode()) if context else 0
    assert filed(made.data, made.metadata) <= 4 * (weight(answer_state) + more) + 8_000


def found(count: int, snippet: str = "x " * 200) -> SourcesFound:
    bees = [f"On bees, part {i}" for i in range(1, count + 1)]
    return SourcesFound(
        tuple(
            Source(
                i, title, f"https://bees.org/articles/2026/part-{i}", "bees.org", snippet=snippet
            )
            for i, title in enumerate(bees, start=1)
        ),
        ("bees",),
    )


def test_every_sample_keeps_to_the_budget(answers: list[Answer]) -> None:
    for answer in answers:
        check_size(answer._session.state, answer.question, answer.context)


CODE = (
    "def f(x: int) -> list[str]:\n    return [x, 1, 'a']\n\nfor a in f(2):\n    print(a)  # each\n"
)
ROWS = "".join(
    f"| row {i} | [page {i}](https://example.org/{i}) and more | {i} |\n" for i in range(600)
)
MIXED = (
    "A *line* of prose with a `word` of code in it, and what it says.[3][7] And more.[1]\n\n"
    "- a point\n- another, of which a source speaks[2]\n\n"
    "| what | how much |\n|---|--:|\n| one | 2 |\n\n```py\nfor a in b: print(a)  # all\n```\n\n"
)
TEXTS = {
    "short": "Yes.",
    "prose": "A paragraph of prose, as it goes on and on about *bees*, to its end.[3][7]\n\n" * 400,
    "code": f"As follows:\n\n```python\n{CODE * 350}```\n",
    "short lines": "```python\n" + "x = 1\n" * 1_000 + "```\n",
    "citations": "A claim about bees, from two of the many sources.[3][web:7] " * 200,
    "dense": "A claim.[3][web:7] " * 1_000,
    "table": "| a | b | c |\n|---|---|--:|\n" + ROWS,
    "lists": "- a point of some length\n- and another one[2]\n\n" * 600,
    "scripts": "Ключ к разгадке. 答えは簡単です。 " * 100,
    "long": "a " * 50_000,
    "quotes": 'He said "so", and "no". \\ \\\\ \n' * 300,
    "all of it": MIXED * 60,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_budget_holds_for_what_grows_most(text: str) -> None:
    events: tuple[Event, ...] = (Searching(("bees",)), found(10), Text(text))
    folded = state(*events, UsageReported(Usage(10, 20, 30, 0.01)))
    check_size(folded)
    bundle = forms.mime_bundle("Q?", folded)
    # The answer itself is not cut.
    assert len(re.findall(r"<sup\b.*?</sup>", bundle["text/html"])) == len(
        re.findall(r"(?:\[(?:web:)?\d\])+", text)
    )
    cut = bundle["text/plain"].partition("\n\n[…] The rest")[0]
    assert forms.text("Q?", folded).startswith(cut)
    assert len(cut) >= min(len(forms.text("Q?", folded)), 100)


@pytest.mark.parametrize(("count", "snippet"), [(100, ""), (60, "An extract. " * 25), (20, "")])
def test_the_budget_holds_for_many_sources(count: int, snippet: str) -> None:
    check_size(state(Searching(("bees",)), found(count, snippet), Text("Yes.[1]")))


@pytest.mark.parametrize("count", [1, 12, 30, 100])
@pytest.mark.parametrize("address", ["https://a.org/{}", "https://a.org/" + "b" * 300 + "/{}"])
def test_the_budget_holds_for_images_and_leaves_them_whole(count: int, address: str) -> None:
    images = tuple(
        Image(address.format(i), "https://c.org/d", f"Bee {i}", 640, 480) for i in range(count)
    )
    folded = state(SearchingImages(("bees",)), ImagesFound(images), found(10), Text("Yes.[1]"))
    check_size(folded)
    html = forms.mime_bundle("Q?", folded)["text/html"]
    assert html.count('<a class="pplx-image" ') == min(count, 12)
    assert html.count("640×480") == min(count, 12)


def test_details_are_lost_in_order() -> None:
    """The end of the plain text first, code colours and the links of citations last."""
    html = {}
    for name in ("short", "code", "dense"):
        folded = state(found(10), Text(TEXTS[name] + "[1][2][1]\n\n```py\nx = None\n```\n"))
        html[name] = forms.mime_bundle("Q?", folded)
    assert "[…]" not in html["short"]["text/plain"]
    assert "[…]" in html["dense"]["text/plain"] or "<span>2</span>" in html["dense"]["text/html"]
    assert "<samp>None</samp>" in html["short"]["text/html"]
    assert html["short"]["text/html"].count('title="On bees, part 1') >= 1
    assert "x x x" in html["short"]["text/html"]


def test_the_same_sample_gives_the_same_bytes(answers: list[Answer]) -> None:
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        for first in answers:
            again = pplx.ask(first.question).wait(60)
            assert forms.mime_bundle(again.question, again._session.state) == forms.mime_bundle(
                first.question, first._session.state
            )
