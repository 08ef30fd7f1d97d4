"""The recorder writes bytes and questions, no key, and blocks no answer."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.recordings.format import read

from ..support.recorded import ANSWER, KEY, Slow
from ..support.wire_server import CREATED, WireServer, completed, delta


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


@pytest.mark.parametrize(
    ("provider", "received"), [("agent", True), ("raw", True), (Slow(), False)]
)
def test_the_file_says_what_it_holds_and_holds_no_key(
    server: WireServer, talk: Path, provider: Any, *, received: bool
) -> None:
    # A server that repeats the key; an answer that shows what a key looks like.
    said = f"Send `Authorization: Bearer YOUR_KEY_{'0' * 20}`, not {KEY}."
    server.respond([CREATED, delta(said), completed()], headers={"X-Echo": KEY})
    pplx.configure(base_url=server.base_url, api_key=KEY)
    with pplx.record(talk):
        pplx.ask("Which?", provider=provider).wait(30)
    content = talk.read_text("utf-8")
    assert KEY not in content
    assert "x-echo" not in content.lower()
    assert all(("raw" in line) is received for line in lines(talk)[1:])
    if received:
        assert "Bearer YOUR_KEY" in content


def test_raw_records_the_bytes_and_how_they_were_read(server: WireServer, talk: Path) -> None:
    sent = [
        b": a comment\r\n\r\n",
        CREATED,
        delta("é").replace(b"\n\n", b"\r\n\r\n"),
        b"data: \xff\xfe\n\n"[:6] + b'{"type":"response.keepalive","x":"\xff"}\n\n',
        completed(),
        b"data: [DONE]\n\n",
    ]
    whole = b"".join(sent)
    # Cut inside of characters, frames and line ends.
    server.respond([whole[i : i + 7] for i in range(0, len(whole), 7)])
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk):
        assert pplx.ask("Which?", provider="raw").wait(30).status == "complete"
    rows = lines(talk)[1:]
    raw = "".join(row["raw"] for row in rows).encode("utf-8", "surrogateescape")
    assert raw == whole
    assert sum(size for row in rows for _, size in row["reads"]) == len(whole)
    [exchange] = read(talk)
    assert [e.raw is not None for e in exchange.events] == [True] * len(rows)


def test_answers_at_once_and_sessions_after_each_other_share_a_file(
    server: WireServer, talk: Path
) -> None:
    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url, provider="raw")
    with pplx.record(talk):
        answers = [pplx.ask(f"Question {i}?") for i in range(8)]
        for answer in answers:
            answer.wait(30)
    with talk.open("ab") as file:
        file.write(b'{"id":"torn","t":1.0,"da')  # by a process that died
    with pplx.record(talk), pplx.record(talk.with_name("other.jsonl")):
        pplx.ask("Later?").wait(30)
    questions = [exchange.question for exchange in read(talk)]
    assert sorted(questions) == sorted([f"Question {i}?" for i in range(8)] + ["Later?"])
    assert [e.question for e in read(talk.with_name("other.jsonl"))] == ["Later?"]
    assert all(e.final for e in read(talk))


def test_the_end_of_the_block_waits_for_nobody_and_loses_nothing(
    server: WireServer, talk: Path
) -> None:

    gate = threading.Event()
    server.respond([CREATED, delta("One "), gate, delta("two."), completed()])
    pplx.configure(base_url=server.base_url)
    with pplx.record(talk) as recorder:
        answer = pplx.ask("Which?")
    later = pplx.ask("Not recorded?")
    gate.set()
    recorder.wait(30)
    later.wait(30)
    assert answer.text == "One two."
    [exchange] = read(talk)
    assert exchange.question == "Which?"
    assert exchange.final


def test_a_full_disk_ends_the_recording_and_not_the_answer(
    talk: Path, monkeypatch: pytest.MonkeyPatch, server: WireServer
) -> None:
    import os

    written = os.write

    def full(file: int, data: bytes) -> int:
        if b"output_text.delta" in data:
            raise OSError(28, "No space left on device")
        return written(file, data)

    server.respond(ANSWER)
    pplx.configure(base_url=server.base_url)
    recorder = pplx.record(talk)
    monkeypatch.setattr(os, "write", full)
    assert pplx.ask("Which?").wait(30).status == "complete"
    with pytest.raises(pplx.PplxError, match="No space left"):
        recorder.close()
    [exchange] = read(talk)
    assert exchange.final is None
