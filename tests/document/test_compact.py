"""A record that refers to the Markdown of its output gives back the whole answer."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pplx_widget as pplx
from pplx_widget.core.errors import PplxError
from pplx_widget.core.events import Finished, Searching, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import compact, edits, forms
from pplx_widget.document.record import KEY, from_record, to_record
from pplx_widget.widget.documents import Document, Keys, document, together

from .test_body import PIECES
from .test_settled_size import TEXTS

SOURCES = (
    Source(
        3, "Bees & <ants>", "https://www.bees.org/3", "bees.org", "2026-01-02", None, "Ex.", "q"
    ),
    Source(7, "", "https://ants.org/7", ""),
    Source(9, "Odd", "https://wasps.org", "another.site"),
    Source(1, "No address", "", ""),
)


def answered(text: str) -> AnswerState:
    state = AnswerState()
    for event in (Searching(("q",)), SourcesFound(SOURCES, ("q",)), Text(text), Finished()):
        state.apply(event, 0.5)
    return state


def saved(tmp_path: Path, content: tuple[dict[str, Any], dict[str, Any]]) -> Path:
    data, metadata = content
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def made(text: str, question: str = "Q?\n\nAnd?") -> Document:
    return document(Keys(), question, answered(text))


MANY = [*TEXTS.values(), "".join(PIECES), "Wört 🚀 \u2028 and\ttabs[3]\n\n" * 40, ""]


@pytest.mark.parametrize("text", MANY)
def test_a_file_gives_back_every_byte(tmp_path: Path, text: str) -> None:
    shown = made(text)
    path = saved(tmp_path, (shown.data, shown.metadata))
    (answer,) = pplx.load(path)
    assert to_record(answer.question, answer._session.state) == to_record(
        "Q?\n\nAnd?", answered(text)
    )
    assert answer.text == text
    if len(text) > 1_000:
        assert "text" not in shown.metadata[KEY]


def test_answers_in_one_output(tmp_path: Path) -> None:
    texts = [TEXTS["prose"], TEXTS["all of it"], "Yes.", TEXTS["dense"]]
    shown = [made(text, f"Question {i}?") for i, text in enumerate(texts)]
    assert [*map(len, texts)] > [1_000]
    loaded = pplx.load(saved(tmp_path, together(shown)))
    assert [answer.text for answer in loaded] == texts
    assert [answer.question for answer in loaded] == [f"Question {i}?" for i in range(4)]


def test_a_replay_and_an_export_of_such_a_file(tmp_path: Path) -> None:
    text = TEXTS["citations"]
    shown = made(text, "Q?")
    path = saved(tmp_path, (shown.data, shown.metadata))
    with pplx.replay(path, speed=None):
        again = pplx.ask("Q?").wait(30)
    assert again.text == text
    assert again.sources[0] == pplx.load(path)[0].sources[0]
    assert forms.markdown("Q?", again._session.state).count("[\\[1\\]](") == 200


def test_a_record_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    whole = to_record("Q?", answered("They dance.[3]"))
    assert whole["format"] == 1
    (answer,) = pplx.load(saved(tmp_path, ({"text/markdown": "Anything"}, {KEY: whole})))
    assert answer.text == "They dance.[3]"


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:-900], lambda _: None])
def test_changed_markdown_is_not_taken_for_the_answer(tmp_path: Path, change: Any) -> None:
    shown = made(TEXTS["prose"])
    data = {**shown.data, "text/markdown": change(shown.data["text/markdown"]) or ""}
    path = saved(tmp_path, (data, shown.metadata))
    with pytest.warns(UserWarning, match="Markdown of this answer is missing or changed"):
        assert pplx.load(path) == []


def test_a_compressed_record_comes_back() -> None:
    whole = to_record("Q?", answered(TEXTS["prose"]))
    markdown = forms.mime_bundle("Q?", answered(TEXTS["prose"]))["text/markdown"]
    small = compact.packed(compact.without_text(whole, markdown))
    assert len(json.dumps(small)) < len(json.dumps(whole)) / 10
    assert compact.restored(small, markdown) == whole
    assert compact.restored(compact.moved(small, 3), "abc" + markdown) == whole


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists, max_leaves=4))
def test_anything_from_a_file_is_a_record_or_an_error(value: Any) -> None:
    for record in (
        value,
        {"format": 2, "packed": value},
        {"format": 2, "markdown": value},
        {"format": 2, "markdown": {"start": value, "steps": "1,1,0:", "check": 0}},
        {"format": 2, "markdown": {"start": 0, "steps": value, "check": value}},
        {"format": 2, "markdown": {"start": 0, "steps": "", "check": 0}, "sources": value},
    ):
        with pytest.raises(PplxError):
            from_record(compact.restored(record, "Some Markdown"))


@given(st.text("ab \n\\[]", max_size=300), st.text("ab \n\\[]", max_size=300), st.integers(0, 50))
def test_steps_give_back_any_text(base: str, text: str, start: int) -> None:
    start = min(start, len(base))
    assert edits.applied(base, start, edits.differences(base, start, text)) == text


def test_steps_are_few_for_texts_that_differ_little() -> None:
    chance = random.Random(2)
    words = ["".join(chance.choices("abcdefgh", k=7)) for _ in range(3_000)]
    changed = [f"**{w}**" if i % 50 == 0 else w for i, w in enumerate(words)]
    steps = edits.differences(" ".join(changed), 0, " ".join(words))
    assert len(steps) < 20 * 130
