"""The record in an output: it restores the answer, and a broken record raises an error."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core import errors, http_errors
from pplx_widget.core.errors import PplxError
from pplx_widget.core.events import (
    Failed,
    Fetching,
    Finished,
    Opened,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
    ToolUse,
    Usage,
    UsageReported,
)
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import from_record, to_record

FIELDS = (
    "status",
    "reason",
    "sources",
    "citations",
    "steps",
    "usage",
    "timing",
    "model",
)


def folded(*events: Any) -> AnswerState:
    state = AnswerState()
    for at, event in enumerate(events):
        state.apply(event, at + 0.125)
    return state


def whole_answer(*, snippet: str = "An extract.", thought: str = "Hm.") -> AnswerState:
    sources = (
        Source(
            3, "Three", "https://www.e.org/3", "e.org", "2026-01-02", "2026-02-03", snippet, "q"
        ),
        Source(1, "", "", ""),
        Source(0, "Zero 😀", "https://e.org/0", "e.org"),
    )
    return folded(
        Opened("r", "first"),
        Searching(("q", "r")),
        SourcesFound(sources),
        Fetching(("https://e.org/a",)),
        PagesFetched(("https://e.org/a",)),
        Searching(("never over",)),
        Thought(thought),
        Text("It is.[web:3]"),
        Text("[3][0] `[1]` [9]"),
        UsageReported(Usage(10, 20, 30, 0.00123, "EUR", 4, (ToolUse("search_web", 2, 0.001),))),
        Finished(model="second"),
    )


def returned(question: str, state: AnswerState) -> tuple[str, AnswerState]:
    """Return the question and the state after writing and reading them as JSON."""
    return from_record(json.loads(json.dumps(to_record(question, state))))


@pytest.mark.parametrize(
    "state",
    [
        whole_answer(),
        folded(Finished("incomplete", "max_output_tokens")),
        folded(Text("half \ud83d"), Finished("stopped")),
        folded(SourcesFound(()), UsageReported(Usage()), Finished()),
    ],
)
def test_an_answer_comes_back(state: AnswerState) -> None:
    question, again = returned("Why?\n  😀", state)
    assert question == "Why?\n  😀"
    assert str(again.text) == str(state.text)
    assert {name: getattr(again, name) for name in FIELDS} == {
        name: getattr(state, name) for name in FIELDS
    }
    assert again.error is None


def test_citations_follow_from_text_and_sources() -> None:
    _, again = returned("q", whole_answer())
    assert [(c.number, c.id, c.count, c.source.title) for c in again.citations] == [
        (1, 3, 2, "Three"),
        (2, 0, 1, "Zero 😀"),
    ]


@pytest.mark.parametrize(
    "error",
    [
        errors.cut(kept=True),
        errors.TimedOut("Slow.", "Why.", "Try.", request_id="r-1"),
        http_errors.from_response(401, {"x-request-id": "r-2"}, None),
        PplxError("Something."),
    ],
)
def test_an_error_comes_back(error: PplxError) -> None:
    _, again = returned("q", folded(Text("half"), Failed(error)))
    assert again.status == "failed"
    assert str(again.text) == "half"
    assert type(again.error) is type(error)
    assert again.error is not None
    assert (str(again.error), again.error.request_id) == (str(error), error.request_id)


def subclasses(of: type[PplxError]) -> list[type[PplxError]]:
    return [each for one in of.__subclasses__() for each in (one, *subclasses(one))]


def test_an_error_of_any_module_comes_back_as_itself() -> None:
    ours = [each for each in subclasses(PplxError) if each.__module__.startswith("pplx_widget.")]
    assert {"NotRecorded", "RecordingError", "KeyRejected"} <= {each.__name__ for each in ours}
    assert len({each.kind for each in ours}) == len(ours)
    for each in ours:
        saved = json.loads(
            json.dumps(to_record("q", folded(Failed(each("What.", "Why.", "Try.")))))
        )
        _, state = from_record(saved)
        assert type(state.error) is each


def test_an_error_that_is_made_otherwise_comes_back_in_words() -> None:
    class Own(PplxError):
        kind = "own"

        def __init__(self, code: int) -> None:
            super().__init__(f"Code {code}.")

    _, state = from_record(to_record("q", folded(Failed(Own(3)))))
    assert type(state.error) is PplxError
    assert state.error.what == "Code 3."


def test_an_error_of_a_kind_that_is_not_known_here_comes_back_as_an_error() -> None:
    record = to_record("q", folded(Failed(errors.NotFound("What.", "Why."))))
    record["error"]["kind"] = "of-tomorrow"
    _, state = from_record(record)
    assert type(state.error) is PplxError
    assert (state.error.what, state.error.why) == ("What.", "Why.")


def test_it_is_small_and_readable() -> None:
    state = folded(
        SourcesFound((Source(1, "T", "https://e.org", "e.org"),)), Text("a [1]"), Finished()
    )
    assert to_record("q", state) == {
        "format": 1,
        "question": "q",
        "status": "complete",
        "text": "a [1]",
        "sources": [{"id": 1, "title": "T", "url": "https://e.org", "site": "e.org"}],
        "timing": {
            "first_event": 0.125,
            "first_token": 1.125,
            "last_token": 1.125,
            "finished": 2.125,
        },
    }
    long = to_record("q", whole_answer(snippet="s" * 5000, thought="t" * 5000))
    assert long["sources"][0]["snippet"] == "s" * 299 + "…"
    assert long["steps"][-1]["items"] == ["t" * 299 + "…"]


def test_nothing_else_can_be_in_it() -> None:
    state = folded(Failed(errors.KeyRejected("No.", "Bearer pplx-0123456789abcdefghij")))
    state.secret = state.headers = "hidden"  # type: ignore[attr-defined]
    said = json.dumps(to_record("q", state))
    assert "hidden" not in said
    assert "0123456789" not in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": None}, "format is not a whole number"),
        ({"format": 0}, "format is unknown"),
        ({"format": 2}, "Markdown of this answer is missing"),
        ({"format": 3}, "newer pplx_widget"),
        ({"format": True}, "format is not a whole number"),
        ({"question": 1}, "question is not a text"),
        ({"text": "a" * (2**25 + 1)}, "text is too long"),
        ({"status": "great"}, "status is unknown"),
        ({"status": "streaming"}, "was not finished"),
        ({"status": []}, "status is not a text"),
        ({"sources": {}}, "sources is not a list"),
        ({"sources": [{"id": 1}] * 10_001}, "sources is too long"),
        ({"sources": ["x"]}, "sources[0] is not an object"),
        ({"sources": [{"id": 1}, {"id": "2"}]}, "sources[1].id is not a whole number"),
        ({"sources": [{"id": 10**400}]}, "sources[0].id is not a whole number"),
        ({"sources": [{"id": 1, "url": ["x"]}]}, "sources[0].url is not a text"),
        ({"steps": [{"kind": "dance"}]}, "steps[0].kind"),
        ({"steps": [{"kind": "search", "items": "q"}]}, "steps[0].items is not a list"),
        ({"steps": [{"kind": "search", "items": [1]}]}, "steps[0].items[0] is not a text"),
        ({"steps": [{"kind": "search", "at": "1"}]}, "steps[0].at is not a number"),
        ({"usage": 3}, "usage is not an object"),
        ({"usage": {"input_tokens": 1.5}}, "usage.input_tokens is not a whole number"),
        ({"timing": {"finished": float("nan")}}, "timing.finished is not a number"),
        ({"timing": {"finished": float("inf")}}, "timing.finished is not a number"),
        ({"timing": {"finished": 10**400}}, "timing.finished is not a number"),
        ({"status": "failed", "error": "x"}, "error is not an object"),
        ({"status": "failed", "error": {"what": 3}}, "error.what is not a text"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], why: str) -> None:
    record = to_record("q", whole_answer()) | change
    with pytest.raises(PplxError) as caught:
        from_record(record)
    assert caught.value.what == "This saved answer cannot be read."
    assert why in caught.value.why
    assert caught.value.try_this


@pytest.mark.parametrize("record", [None, [], "x", 3, {}])
def test_no_record(record: Any) -> None:
    with pytest.raises(PplxError):
        from_record(record)


def test_a_failed_answer_without_its_error_still_has_one() -> None:
    _, state = from_record({"format": 1, "status": "failed"})
    assert state.error is not None
    assert str(state.error) == "The answer failed."


def test_what_is_not_known_is_left_alone() -> None:
    record = to_record("q", whole_answer()) | {"colour": "red", "reason": None}
    assert from_record(record)[1].status == "complete"


def test_halves_of_characters_do_no_harm() -> None:
    record = to_record("q", whole_answer()) | {"text": "a\ud83d", "question": "\ude00"}
    question, state = from_record(record)
    (question + str(state.text)).encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["failed", "complete", "search", "thought", 1]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.data())
def test_anything_from_a_file_is_an_answer_or_an_error(data: st.DataObject) -> None:
    record: Any = copy.deepcopy(to_record("q", whole_answer()))
    if data.draw(st.booleans()):
        record |= {"status": "failed", "error": {"kind": "timed-out", "what": "x"}}
    for _ in range(data.draw(st.integers(1, 3))):
        place = record
        for _ in range(4):
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
                place[key] = data.draw(JSON)
                break
            place = place[key]
    try:
        question, state = from_record(record)
    except PplxError:
        return
    assert state.status.final
    (question + str(state.text)).encode()
    json.dumps(to_record(question, state), allow_nan=False)
