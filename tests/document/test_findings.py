"""The findings of a check in a document: marks, the list, the Markdown, the record, and the size."""

from __future__ import annotations

import re

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.check.claims import checked
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.record import from_record, to_record
from pplx_widget.widget.documents import Keys, document

from ..bibliography.test_audit import answer, source
from .test_settled_size import filed, weight

SNIPPET = "The bridge has seven arches and is 213 metres long. It was opened in 1748 by the mayor."
TEXT = (
    "The bridge has nine arches.[1][2] It is 213 metres long[1]. Its owner is unknown.[9]\n\n"
    "[1]\n\n* It was opened in 1749 by the mayor.[2]\n\n"
    "| Bridge | Opened |\n|-|-|\n| opened by the mayor | 1751 [1] |\n"
)
MARK = re.compile(r'</sup><small class="pplx-mark[^"]*"[^>]* title="([^"]*)"[^>]*>(.)</small>')
A_FINDING = 900


def made(text: str = TEXT, snippet: str = SNIPPET) -> AnswerState:
    state = answer(text, source(1, snippet=snippet), source(2, snippet=snippet))
    state.checked = checked(state).kept
    return state


def test_each_mark_follows_the_last_citation_of_its_sentence() -> None:
    state = made()
    html = forms.html("Q?", state)
    assert MARK.findall(html) == [
        ("differs from source 1", "≠"),
        ("found in the extract of source 1", "·"),
        ("differs from source 2", "≠"),
        ("differs from source 1", "≠"),
    ]
    text = re.sub(r"<[^>]*>", "", html)
    assert "nine arches.1 2≠ It is 213 metres long1·. Its owner is unknown.[9]" in text


def test_the_list_has_the_part_that_differs() -> None:
    html = forms.html("Q?", made())
    assert '<details class="pplx-quotes pplx-check"' in html
    assert "The bridge has <u>nine</u> arches." in html
    assert "<u>1748</u>" in html
    markdown = forms.markdown("Q?", made())
    assert "- **differs**: The bridge has nine arches. — The sentence has “nine”" in markdown


def test_an_unchecked_answer_has_neither() -> None:
    state = answer(TEXT, source(1, snippet=SNIPPET), source(2))
    assert "pplx-mark" not in forms.html("Q?", state).split("<style")[0]
    assert "checked" not in to_record("Q?", state)


def test_text_of_strangers_stays_text() -> None:
    snippet = "<img src=x onerror=alert(1)> has <b>seven</b> arches & 213 <script>metres</script>."
    state = made("The thing <!>1<!/> has nine arches & 213 metres.[1]", snippet)
    html = forms.html("Q?", state).split("<style")[0]
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;!&gt;1&lt;!/&gt;" in html


def test_a_record_keeps_the_findings() -> None:
    state = made()
    _, again = from_record(to_record("Q?", state))
    assert again.checked == state.checked
    assert again.checked is not None
    assert state.checked is not None
    for ours, theirs in zip(again.checked.findings, state.checked.findings, strict=True):
        assert (ours.span, ours.ids, ours.chip, ours.parts) == (
            theirs.span,
            theirs.ids,
            theirs.chip,
            theirs.parts,
        )
    assert forms.html("Q?", again) == forms.html("Q?", state)


@pytest.mark.parametrize(
    "change", [{"verdict": "true"}, {"span": [1]}, {"doubt": "much"}, {"ids": ["1"]}, {"chip": 1.5}]
)
def test_a_broken_finding_is_refused(change: dict[str, object]) -> None:
    record = to_record("Q?", made())
    record["checked"]["findings"][0] |= change
    with pytest.raises(pplx.PplxError, match="cannot be read"):
        from_record(record)


@pytest.mark.parametrize("count", [1, 20, 200])
def test_the_size_has_a_limit(count: int) -> None:
    text = "".join(f"The bridge {n} has nine arches and a mayor {n}.[1] " for n in range(count))
    state = made(text)
    assert state.checked is not None
    data = document(Keys(), "Q?", state)
    most = 4 * weight(state) + 8_000 + A_FINDING * len(state.checked.findings)
    assert filed(data.data, data.metadata) <= most


def test_an_answer_returns_the_findings_that_it_keeps() -> None:
    loaded = pplx.Answer.from_record(to_record("Q?", made()))
    assert loaded.check() == tuple(made().checked.findings)  # type: ignore[union-attr]
