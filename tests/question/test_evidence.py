"""Structured answers that cite: the list of their fields, their citations, and their evidence."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pplx_widget as pplx
from pplx_widget.bibliography.evidence import Evidence
from pplx_widget.core import errors
from pplx_widget.core.events import Event, Finished, Source, SourcesFound, Text, TextWithdrawn
from pplx_widget.core.state import AnswerState
from pplx_widget.core.structured.field_list import FieldList
from pplx_widget.core.structured.value_text import ValueText
from pplx_widget.document import forms
from pplx_widget.document.record import from_record, to_record
from pplx_widget.widget.exports import turn_of

FOUND = (
    Source(7, "Siemens", "https://e.org/7", "e.org", snippet="It was named **Siemens\u00a0AG**."),
    Source(3, "A life", "https://e.net/3", "e.net", snippet="Founded in 1847 in Berlin. " * 30),
    Source(5, "Nothing", "https://e.com/5", "e.com"),
)


class Company(pydantic.BaseModel):
    name: str
    founded: int
    places: list[str]
    workers: int | None


def leaf(value: Any, *sources: Any, quote: str | None = None) -> dict[str, Any]:
    return {"value": value, "sources": [*sources], "quote": quote}


ANSWER = {
    "name": leaf("Siemens *AG*", 7, quote="“Siemens AG”"),
    "founded": leaf(1847, 3, 7, quote="founded in 1847 … in Berlin"),
    "places": [
        leaf("Berlin", "web:3", quote="in Bonn"),
        leaf("Munich", 5, quote="in Munich"),
        leaf("Erlangen", 9, quote="?"),
    ],
    "workers": leaf(None),
}
PARSED = Company(
    name="Siemens *AG*", founded=1847, places=["Berlin", "Munich", "Erlangen"], workers=None
)
FIELDS = (
    pplx.Field("name", "Siemens *AG*", 7, "“Siemens AG”", quoted=True),
    pplx.Field("founded", 1847, 3, "founded in 1847 … in Berlin", quoted=True),
    pplx.Field("founded", 1847, 7, "", quoted=None),
    pplx.Field("places.0", "Berlin", 3, "in Bonn", quoted=False),
    pplx.Field("places.1", "Munich", 5, "in Munich", quoted=None),
    pplx.Field("places.2", "Erlangen", 9, "?", quoted=None),
    pplx.Field("workers", None, None, "", quoted=None),
)


class Says:
    """A provider that answers with a text in small pieces."""

    def __init__(self, text: str, *, late: bool = False, end: str = "complete") -> None:
        self.text, self.late, self.end = text, late, end
        self.requests: list[pplx.Request] = []

    async def stream(self, request: pplx.Request) -> AsyncIterator[Event]:
        self.requests.append(request)
        if not self.late:
            yield SourcesFound(FOUND)
        for at in range(0, len(self.text), 7):
            yield Text(self.text[at : at + 7])
        if self.late:
            yield SourcesFound(FOUND)
        yield Finished(self.end, model="m")  # type: ignore[arg-type]


def ask(text: Any, *, late: bool = False, end: str = "complete", **options: Any) -> pplx.Answer:
    written = text if isinstance(text, str) else json.dumps(text)
    options = {"schema": Company, "evidence": True} | options
    return pplx.ask("Who?", provider=Says(written, late=late, end=end), **options).wait(30)


@pytest.mark.parametrize("late", [False, True])
def test_each_value_comes_with_its_sources_and_its_quote(*, late: bool) -> None:
    answer = ask(ANSWER, late=late).raise_for_status()
    assert answer.parsed == PARSED
    assert isinstance(answer.evidence, Evidence)
    assert answer.evidence == FIELDS
    assert answer.text == json.dumps(ANSWER)  # as it arrived
    assert [(c.number, c.id, c.count) for c in answer.citations] == [
        (1, 7, 2),
        (2, 3, 2),
        (3, 5, 1),
    ]
    table = answer.evidence.to_frame()
    assert [*table] == ["path", "value", "id", "quote", "quoted"]
    assert [str(kind) for kind in table.dtypes[["id", "quoted"]]] == ["Int64", "boolean"]
    assert table["quoted"].fillna(value=False).sum() == 2
    assert [*Evidence().to_frame()] == [*table]
    assert isinstance(answer.evidence[1:], Evidence)


def test_without_it_nothing_changes() -> None:
    provider = Says('{"a": 1}')
    answer = pplx.ask("Who?", schema={"type": "object"}, provider=provider).wait(30)
    assert provider.requests[0].schema is not None
    assert provider.requests[0].schema.definition == {"type": "object"}
    assert (answer.parsed, answer.evidence, answer.citations) == ({"a": 1}, (), ())
    assert "```json" in answer.to_markdown()


def test_it_needs_a_schema() -> None:
    with pytest.raises(errors.InvalidRequest, match="without a schema"):
        pplx.ask("Who?", evidence=True)
    with pytest.raises(errors.InvalidRequest, match="evidence"):
        pplx.ask("Who?", schema=Company, evidence="yes")  # type: ignore[arg-type]


def test_a_further_question_and_a_retry_keep_it() -> None:
    answer = ask(ANSWER)
    assert answer.retry().wait(30).evidence == FIELDS
    assert answer.ask("Again?").wait(30).evidence == FIELDS
    plain = answer.ask("Without?", evidence=False).wait(30)
    assert (plain.evidence, plain.session.request.schema.model) == ((), Company)
    assert answer.ask("In words?", schema=None).wait(30).evidence == ()


def test_what_does_not_fit_fails_and_shows_its_values() -> None:
    wrong = ANSWER | {"founded": leaf("long ago", 3, quote="in Berlin")}
    answer = ask(wrong)
    assert isinstance(answer.error, errors.SchemaMismatch)
    assert "founded: Input should be a valid integer" in str(answer.error)
    assert (answer.parsed, answer.evidence) == (None, ())
    assert "**founded**: long ago [" in answer.to_markdown()


@pytest.mark.parametrize("end", ["incomplete", "stopped"])
def test_an_unfinished_answer_shows_its_values(end: str) -> None:
    text = json.dumps(ANSWER)
    answer = ask(text[: text.index("in Bonn")], end=end)
    assert (answer.parsed, answer.evidence) == (None, ())
    assert [c.id for c in answer.citations] == [7, 3]
    assert "- Berlin [" in answer.to_markdown()
    assert "sources" not in answer.to_markdown().partition("**Sources**")[0].lower()


def test_a_model_that_ignores_the_wrappers_is_understood() -> None:
    answer = ask({**PARSED.model_dump(), "name": "Siemens *AG* [7]"}).raise_for_status()
    assert answer.parsed.founded == 1847
    assert [field.id for field in answer.evidence] == [7, None, None, None, None, None]


def test_the_forms_say_which_quote_is_missing() -> None:
    answer = ask(ANSWER)
    heading = "5 quotes · 1 not in its source · 1 value without a source"
    markdown, html, text = (
        answer.to_markdown(),
        answer.to_html(),
        forms.text(*turn_of(answer._session)),
    )
    for form in (markdown, html, text):
        assert heading in form
        assert "places.0: Berlin" in form
        assert "not in the extract of the source" in form
        assert "no source has the id 9" in form
        assert "not compared" in form
    assert '<details class="pplx-quotes" style="font-size:.9em" open="">' in html
    assert "**not in the extract of the source**" in markdown
    assert '"value"' not in markdown + html + text
    fine = ask(ANSWER | {"places": []}).to_html()
    assert '<details class="pplx-quotes" style="font-size:.9em">' in fine


def test_a_record_keeps_what_was_compared() -> None:
    """The record has only the first 300 characters of a snippet, so nothing is compared again."""
    answer = ask(ANSWER | {"name": leaf("x", 3, quote="Berlin. " + FOUND[1].snippet[300:500])})
    assert answer.evidence[0].quoted is not None
    record = json.loads(json.dumps(to_record("Who?", answer._session.state)))
    loaded = pplx.Answer.from_record(record)
    assert loaded.evidence == answer.evidence
    assert loaded.parsed == json.loads(answer.parsed.model_dump_json())
    numbers = [(c.number, c.id, c.count) for c in answer.citations]
    assert [(c.number, c.id, c.count) for c in loaded.citations] == numbers
    assert loaded.to_markdown() == answer.to_markdown()
    assert loaded.to_html() == answer.to_html()
    # A file may contain anything.
    for quoted in ("", "yyyyyyyyyyyy", "?"):
        changed = pplx.Answer.from_record({**record, "evidence": {"quoted": quoted}})
        assert len(changed.evidence) == len(answer.evidence)
    with pytest.raises(pplx.PplxError, match="evidence"):
        from_record({**record, "evidence": True})


def test_citations_in_texts_count_without_evidence() -> None:
    said = {"facts": ["Founded in 1847.[web:3]", "By Werner [7][3]"], "list": [7], "code": "`x[5]`"}
    answer = ask(said, schema={"type": "object"}, evidence=False).raise_for_status()
    assert answer.parsed == said
    assert [(c.number, c.id, c.count) for c in answer.citations] == [(1, 3, 2), (2, 7, 1)]
    assert "- Founded in 1847.[" in answer.to_markdown()
    assert list(answer.evidence) == []
    assert "e.net" in answer.to_bibtex()
    audit = answer.audit()
    assert set(audit["kind"]) >= {"cited sentence", "source never cited"}
    assert audit["at"].isna().all()


def test_bibliography_and_audit_are_those_of_a_text() -> None:
    answer = ask(ANSWER)
    assert answer.to_bibtex().count("@online") == 3
    audit = answer.audit()
    unknown = audit[audit["kind"] == "marker without a source"]
    assert [*unknown["id"]] == [9]
    assert isinstance(audit, pd.DataFrame)


def test_the_page_gets_the_list_in_place_of_the_code_once_it_cites() -> None:
    state = AnswerState(structured=True, sources=FOUND)
    state.apply(Text('{"a": "x'), 0)
    before = state.snapshot()
    assert (state.as_code, str(state.shown)) == (True, '{"a": "x')
    state.apply(Text(' [7] y", "b": 1'), 0)
    assert (state.as_code, str(state.shown)) == (False, "- **a**: x [7] y\n- **b**:")
    assert state.shown.whole is not before.shown.whole
    assert (before.as_code, str(before.shown)) == (True, '{"a": "x')
    state.apply(TextWithdrawn(), 0)
    assert (state.as_code, str(state.shown), state.citations) == (True, "", ())
    state.apply(Text("Not JSON [3]."), 0)
    state.apply(Finished(), 0)
    assert str(state.shown) == "Not JSON [3]."
    assert [c.id for c in state.citations] == [3]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"any": leaf({"a": [1]}, 7)}, "- **any**: [7]\n  - **a**:\n    - 1\n"),
        ([leaf([1, 2], "web:3")], "1. [3]\n   - 1\n   - 2\n"),
        ([[leaf(1, 7)], leaf(2)], "1. - 1 [7]\n2. 2\n"),
        ({"e": leaf([], 7), "f": {}}, "- **e**: [7] &#91;&#93;\n- **f**: {}\n"),
        (leaf("Text", 7, 9), "Text [7] [9]\n"),
        ({"a": {"quote": "q", "value": "late", "sources": [7]}}, "- **a**: late [7]\n"),
        (
            {"value": leaf(1, 7), "sources": [leaf("s")], "quote": leaf("q")},
            "- **value**: 1 [7]\n- **sources**:\n  - s\n- **quote**: q\n",
        ),
        ({"a": leaf("x [7] y", 7, 3)}, "- **a**: x [7] y [3]\n"),
    ],
)
def test_the_list_of_all_forms(value: Any, shown: str) -> None:
    listed = FieldList(evidence=True)
    assert listed.feed(json.dumps(value)) + listed.finish() == shown


@pytest.mark.parametrize("before", ["", "\n ", "```json\n", "~~~\n", "\ufeff"])
def test_json_in_a_code_block_is_a_list_too(before: str) -> None:
    after = "\n```" if "`" in before else ""
    answer = ask(before + json.dumps(ANSWER) + after)
    if before != "~~~\n":  # the parser does not know this block
        assert answer.parsed == PARSED
    assert "**founded**: 1847 [" in answer.to_markdown()


@pytest.mark.parametrize(
    "text", ["ahttp://e.org/ b", "with https://e.org/)", "oh\r\n[1] h", "`h` [2"]
)
def test_a_text_in_pieces_reads_like_the_whole(text: str) -> None:
    whole = ValueText().feed(text, ends=True)
    for size in range(1, len(text)):
        value = ValueText()
        read = [value.feed(text[at : at + size]) for at in range(0, len(text), size)]
        assert "".join(read) + value.feed("", ends=True) == whole


# Values as a service sends them, with text that could be Markdown.
pieces = [*"ab1 *_[]()<>&`$\\:#-+.!|~^\n\u3010\u3011\u00e9", "\U0001f600", "http://e.org/"]
texts = st.lists(st.sampled_from(pieces), max_size=12).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def wrap(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        return {key: wrap(each, chance) for key, each in value.items()}
    if isinstance(value, list):
        return [wrap(each, chance) for each in value]
    pairs = [*leaf(value, *chance.sample([7, 3, 9], 2), quote="q").items()]
    if chance.random() < 0.2:
        chance.shuffle(pairs)
    return dict(pairs)


@given(values.filter(lambda v: isinstance(v, dict | list)), st.randoms(use_true_random=False))
def test_deltas_of_any_size_give_the_same_list_and_the_same_citations(
    value: Any, chance: random.Random
) -> None:
    evidence = chance.random() < 0.7
    text = json.dumps(
        wrap(value, chance) if evidence else value, ensure_ascii=chance.random() < 0.5
    )
    whole = FieldList(evidence=evidence)
    expected = whole.feed(text) + whole.finish()
    state = AnswerState(structured=True, evidence=evidence, sources=FOUND)
    at = 0
    while at < len(text):
        size = chance.randint(1, 6)
        state.apply(Text(text[at : at + size]), 0)
        at += size
    state.apply(Finished(), 0)
    assert str(state._listed) == expected
    assert str(state.text) == text
    # The document finds the same citations in the list.
    bundle = forms.mime_bundle("q", state)
    if not state.as_code:
        chips = bundle["text/html"].count("<sup")
        assert bool(chips) == bool(state.citations)


@given(st.dictionaries(st.sampled_from(["a", "b"]), texts, min_size=1))
def test_a_text_is_shown_as_it_is(value: dict[str, str]) -> None:
    """Markup in a value is text: nothing is left out, and nothing is added."""
    state = AnswerState(structured=True, evidence=True)
    state.apply(Text(json.dumps(value)), 0)
    state.apply(Finished(), 0)
    shown = forms.unmarked("q", state)
    for key, said in value.items():
        quoted = said or '""'
        assert "".join(f"{key}:{quoted}".split()) in "".join(shown.split())


def test_a_long_answer_takes_linear_time() -> None:
    """Feed a megabyte in small pieces: a quadratic rule would not end."""
    row = json.dumps(leaf("A text of some words [web:3].", 3, quote="A quote"))
    state = AnswerState(structured=True, evidence=True, sources=FOUND)
    state.apply(Text('{"rows": ['), 0)
    for _ in range(8_000):
        for at in range(0, len(row), 40):
            state.apply(Text(row[at : at + 40]), 0)
        state.apply(Text(", "), 0)
    state.apply(Finished(), 0)
    assert state.citations[0].count == 8_000
