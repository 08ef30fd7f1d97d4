"""Answers in a form: what is asked for, what comes of it, and how it is shown."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pplx_widget as pplx
from pplx_widget.core import errors, events
from pplx_widget.core.events import Finished, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.record import from_record, to_record
from pplx_widget.markdown.json_text import as_code, indented
from pplx_widget.question.schema import schema

from ..support.paths import GOLDEN


class Founder(pydantic.BaseModel):
    """Who founded a company."""

    name: str
    year: int


CITY = {
    "title": "A city!",
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["city"],
}


class Says:
    """Says pieces of text, and how it ends."""

    def __init__(self, *texts: str, end: events.Event | None = None) -> None:
        self.texts, self.end = texts, end or events.Finished(model="m")

    async def stream(self, request: pplx.Request) -> AsyncIterator[events.Event]:
        yield events.SourcesFound((events.Source(1, "One", "https://e.org", "e.org"),))
        for text in self.texts:
            yield events.Text(text)
        yield self.end


def ask(form: Any, *texts: str, **ends: Any) -> pplx.Answer:
    return pplx.ask("Who?", schema=form, provider=Says(*texts, **ends)).wait(30)


def test_a_model_comes_back_as_one() -> None:
    answer = ask(Founder, '{"name": "Siem', 'ens", "year":1847}')
    assert answer.raise_for_status().parsed == Founder(name="Siemens", year=1847)
    assert answer.text == '{"name": "Siemens", "year":1847}'
    assert (answer.status, answer.structured, answer.notes) == ("complete", True, ())


def test_a_schema_comes_back_as_a_dict() -> None:
    pytest.importorskip("jsonschema")
    answer = ask(CITY, '```json\n{"city": "Köln"}\n```')
    assert answer.raise_for_status().parsed == {"city": "Köln"}
    assert ask(None, "{}").parsed is None


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        (
            Founder,
            '{"name": "Siemens", "year": "long ago"}',
            "year: Input should be a valid integer",
        ),
        (Founder, '{"year": 1847}', "name: Field required"),
        (Founder, "I do not know.", "not valid JSON, so it does not fit Founder"),
        (Founder, "", "not valid JSON"),
        (Founder, "[" * 100_000, "not valid JSON"),
        (CITY, '{"city": 3}', "city: 3 is not of type 'string'"),
        (CITY, '{"people": 3}', "'city' is a required property"),
        (CITY, "[]", "not of type 'object'"),
    ],
)
def test_a_mismatch_says_what_was_wrong_and_keeps_the_text(form: Any, text: str, said: str) -> None:
    if form is CITY:
        pytest.importorskip("jsonschema")
    answer = ask(form, text)
    assert answer.status == "failed"
    assert isinstance(answer.error, errors.SchemaMismatch)
    assert said in str(answer.error)
    assert (answer.text, answer.parsed, answer.model) == (text, None, "m")
    with pytest.raises(ValueError, match=r"The answer .+ The text is kept"):
        answer.raise_for_status()
    assert answer.error.what in answer.to_markdown()


def test_of_many_things_that_are_wrong_the_first_are_named() -> None:
    class Many(pydantic.BaseModel):
        a: int
        b: int
        c: int
        d: int
        e: int

    error = ask(Many, "{}").error
    assert error is not None
    assert error.why.endswith("c: Field required; and 2 more.")


def test_a_validator_of_the_users_may_raise_anything() -> None:
    class Picky(pydantic.BaseModel):
        name: str

        @pydantic.field_validator("name")
        @classmethod
        def raises(cls, _name: str) -> str:
            raise RuntimeError("no such name")

    error = ask(Picky, '{"name": "x"}').error
    assert isinstance(error, errors.SchemaMismatch)
    assert "no such name" in error.why


def test_an_unfinished_answer_is_not_read() -> None:
    answer = ask(Founder, '{"name": "S', end=events.Finished("incomplete", "cut"))
    assert (answer.status, answer.reason, answer.parsed) == ("incomplete", "cut", None)


def test_without_the_package_for_it_a_schema_is_not_checked_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    answer = ask(CITY, '{"city": 3}')
    assert answer.parsed == {"city": 3}
    assert "pip install jsonschema" in answer.notes[0]
    assert "pip install jsonschema" in answer.to_html()


@pytest.mark.parametrize(
    "form",
    [
        "Founder",
        3,
        {},
        {"type": {1, 2}},
        Founder(name="x", year=1),
        int,
        pydantic.create_model("Odd", call=Callable[[], int]),
    ],
)
def test_what_is_no_schema_is_refused(form: Any) -> None:
    with pytest.raises(errors.InvalidRequest):
        pplx.ask("q", schema=form)


def test_a_schema_that_is_none_is_refused_where_it_can_be_told() -> None:
    pytest.importorskip("jsonschema")
    with pytest.raises(errors.InvalidRequest, match="no JSON schema"):
        pplx.ask("q", schema={"type": "objekt"})


def test_the_name_that_is_sent_is_one_that_the_service_takes() -> None:
    assert [s.name for s in map(schema, (CITY, {"type": "object"}, Founder)) if s] == [
        "A_city",
        "answer",
        "Founder",
    ]


def test_a_further_question_keeps_the_schema() -> None:
    answer = ask(Founder, '{"name": "Siemens", "year": 1847}')
    assert answer.ask("Again?").wait(30).parsed.year == 1847
    assert answer.ask("In words?", schema=None).wait(30).parsed is None


def test_lists_in_json_are_no_citations() -> None:
    assert ask({"type": "object"}, '{"list": [1]}').citations == ()
    prose = ask({"type": "object"}, "It is so.[1]")
    assert [c.id for c in prose.citations] == [1]


def test_it_is_shown_as_code_and_kept_in_the_record() -> None:
    answer = ask(Founder, '{"name":"<b>","year":1847}')
    assert 'language-json"' in answer.to_html()
    assert "&lt;b&gt;" in answer.to_html()
    assert '```json\n{\n  "name": "<b>",\n  "year": 1847\n}\n```' in answer.to_markdown()
    record = to_record("Who?", answer._session.state)
    loaded = pplx.Answer.from_record(record)
    assert loaded.parsed == {"name": "<b>", "year": 1847}
    assert loaded.to_html() == answer.to_html()
    assert "structured" not in to_record("q", from_record({**record, "structured": False})[1])
    with pytest.raises(pplx.PplxError, match="structured"):
        from_record({**record, "structured": "yes"})


def test_json_is_shown_as_the_page_shows_it() -> None:
    for text, shown in json.loads((GOLDEN / "json_text.json").read_text("utf-8")):
        assert indented(text) == shown, text
    assert as_code("I do not know [1].") == "I do not know [1]."


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(values.filter(lambda v: isinstance(v, dict | list)), st.sampled_from([None, 0, 1, 4]))
def test_any_json_comes_to_the_same_lines(value: Any, indent: int | None) -> None:
    written = json.dumps(value, indent=indent, ensure_ascii=False)
    assert indented(written) == json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("text", ["[" * 20_000, "[" * 40 + "1," * 20_000, '{"a":' * 9_000])
def test_deep_nesting_does_not_swell_the_document(text: str) -> None:
    state = AnswerState(structured=True)
    state.apply(Text(text), 0)
    state.apply(Finished(), 0)
    bundle = forms.mime_bundle("q", state)
    assert sum(len(form) for form in bundle.values()) <= 4 * len(text) + 6_000
