"""The recording format: valid files, refused files and the reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pplx_widget.recordings.format import RecordingError, parse, question_in, read
from pplx_widget.server.script import frame


def header(id_: str, **fields: Any) -> dict[str, Any]:
    base = {
        "format": "pplx-recording",
        "version": 1,
        "id": id_,
        "shape": "agent",
        "frames": "rebuilt",
    }
    return {
        **base,
        "scripted": True,
        "recorded": "2026-11-22T00:00:00Z",
        "request": {"input": id_},
        **fields,
    }


def line(id_: str, t: float, **data: Any) -> dict[str, Any]:
    return {"id": id_, "t": t, "data": data}


def lines(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_exchanges_may_interleave() -> None:
    content = lines(
        header("a"), header("b"), line("b", 1, n=1), line("a", 2, n=2), line("b", 3, n=3)
    )
    a, b = parse(content, name="x")
    assert [e.data for e in a.events] == [{"n": 2}]
    assert [e.t for e in b.events] == [1.0, 3.0]
    assert (a.duration, b.duration) == (2.0, 3.0)


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_torn_last_line_costs_only_itself(cut: int) -> None:
    whole = lines(header("a"), line("a", 1, text="ein"))
    torn = lines(line("a", 2, text="größer — 🚀"))
    assert parse(whole + torn[:cut], name="x") == parse(whole, name="x")


def test_a_later_process_goes_on_after_a_torn_line() -> None:
    content = (
        lines(header("a"), line("a", 1, n=1))
        + b'{"id": "a", "t"\n'
        + lines(header("b"), line("b", 1, n=2))
    )
    a, b = parse(content, name="x")
    assert (len(a.events), len(b.events)) == (1, 1)


def test_a_hole_inside_an_exchange_is_an_error() -> None:
    content = lines(header("a")) + b'{"id": "a", "t"\n' + lines(line("a", 2, n=2))
    with pytest.raises(RecordingError, match=r"x, line 2.*not a JSON object"):
        parse(content, name="x")


def test_unknown_keys_are_ignored_and_line_separators_kept() -> None:
    content = lines(header("a", later={"x": 1}), {**line("a", 0, text="one\u2028two"), "later": 1})
    (a,) = parse(content, name="x")
    assert a.events[0].data == {"text": "one\u2028two"}


def test_frames_as_bytes() -> None:
    content = lines(
        header("a", frames="bytes"),
        {**line("a", 0, type="x"), "raw": "data: {}\r\n\r\n"},
        {"id": "a", "t": 1, "data": None, "raw": "data: [DONE]\n\n"},
    )
    (a,) = parse(content, name="x")
    assert [frame(event) for event in a.events] == [b"data: {}\r\n\r\n", b"data: [DONE]\n\n"]


def test_a_higher_version_is_refused_with_what_to_do() -> None:
    with pytest.raises(RecordingError, match=r"version 2.*reads version 1.*Upgrade"):
        parse(lines(header("a", version=2)), name="x")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello\n", "not a JSON object"),
        (b'{"torn": ', "not a JSON object"),
        (lines(header("a", format="har")), "not one of a pplx recording"),
        (lines(header("a", version="1")), "not one of a pplx recording"),
        (lines(header("a", id=1)), "no id"),
        (lines(header("a", shape="grpc")), "'grpc'"),
        (lines(header("a", request=None)), "no request"),
        (lines(header("a"), header("a")), "second exchange"),
        (lines(header("a"), line("b", 1)), "no header before it"),
        (lines(header("a"), {"id": "a", "t": "soon", "data": {}}), "'soon'"),
        (lines(header("a"), {"id": "a", "t": -1, "data": {}}), "-1"),
        (lines(header("a"), {"id": "a", "t": True, "data": {}}), "True"),
        (lines(header("a"), {"id": "a", "t": 1, "data": []}), "not an object"),
        (lines(header("a"), {"id": "a", "t": 1, "data": {}, "raw": 1}), "not a text"),
        (lines(header("a"), {"id": "a", "t": 1}), "neither data nor raw"),
    ],
)
def test_damage_says_where_and_why(content: bytes, why: str) -> None:
    with pytest.raises(RecordingError) as caught:
        parse(content, name="talk.jsonl")
    assert "talk.jsonl, line" in str(caught.value)
    assert why.lower() in str(caught.value).lower()


def test_reading_a_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_bytes(lines(header("a", also=["other"])))
    assert read(path)[0].also == ("other",)
    with pytest.raises(RecordingError, match=r"cannot be read.*No such file"):
        read(tmp_path / "missing.jsonl")


@pytest.mark.parametrize(
    ("messages", "question"),
    [
        ("plain", "plain"),
        ([{"role": "user", "content": "first"}, {"role": "assistant", "content": "no"}], "first"),
        (
            [
                {"role": "user", "content": "first"},
                {"content": [{"type": "input_text", "text": "last"}]},
            ],
            "last",
        ),
        (
            [
                {"role": "user", "content": "text"},
                {"role": "user", "content": [{"type": "input_image"}]},
            ],
            "text",
        ),
        ([{"content": [{"text": "a"}, {"text": "b"}]}], "a\nb"),
        ([None, 3], ""),
        (None, ""),
    ],
)
def test_the_question_in_a_request(messages: Any, question: str) -> None:
    assert question_in(messages) == question
