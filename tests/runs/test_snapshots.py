"""Every reader of an answer in progress sees one consistent state, however fast the answer changes."""

from __future__ import annotations

import asyncio
import pathlib
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.bibliography.audit import audit
from pplx_widget.bibliography.sources import Citations, Sources
from pplx_widget.config import Connection, Timeout
from pplx_widget.core import events
from pplx_widget.core.events import Event, Failed, Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.core.text import GrowingText
from pplx_widget.document import forms
from pplx_widget.document.record import to_record
from pplx_widget.question.request import Request
from pplx_widget.runs import prepare
from pplx_widget.runs.session import Session
from pplx_widget.widget.race import document
from pplx_widget.widget.race.lane import Lane

from ..support.byte_server import LIMIT

PACKAGE = pathlib.Path(pplx.__file__).parent


def found(number: int) -> SourcesFound:
    source = Source(number, f"Title {number}", f"https://example.org/{number}", "example.org")
    return SourcesFound((source,), (f"query {number}",))


# Each marker's source arrives with the event before it, and each event changes the document.
CHANGES: list[Event] = [
    event
    for number in range(1, 40)
    for event in (
        found(number),
        Text(f"Sentence number {number} says something new[{number}].\n\n"),
    )
]


class Silent:
    """A provider that sends no events after the start: the test itself applies them."""

    async def stream(self, _request: Request) -> AsyncIterator[Event]:
        yield Text("It begins[1].\n\n")
        yield found(100)
        await asyncio.Event().wait()


@pytest.fixture
def answer() -> Iterator[pplx.Answer]:
    asked = pplx.ask("q", provider=Silent())
    begun = threading.Event()
    asked.observe(lambda _: asked.sources and begun.set(), names="sources")
    assert asked.sources or begun.wait(LIMIT)
    first = asked.session
    yield asked
    first.stop()  # a retry does not stop it
    asked.stop()
    asked.wait(LIMIT)


@contextmanager
def changing(session: Session, changes: list[Event], every: int) -> Iterator[None]:
    """Apply the next change at every ``every``-th function call in this thread.

    Another thread could do the same at that moment, except while this thread holds the lock.
    """
    left, calls = iter(changes), 0

    def change(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        if event != "call" or session.lock._is_owned():  # type: ignore[attr-defined]
            return
        calls += 1
        if calls % every == 0 and (next_ := next(left, None)) is not None:
            session._apply(next_)

    sys.setprofile(change)
    try:
        yield
    finally:
        sys.setprofile(None)


def moments(changes: list[Event]) -> Iterator[AnswerState]:
    """Yield the states of an answer, one for each change."""
    state = AnswerState()
    for event in (Text("It begins[1].\n\n"), found(100)):
        state.apply(event, 0)
    yield state
    for event in changes:
        state.apply(event, 0)
        yield state


def recorded(state: AnswerState) -> dict[str, Any]:
    return {name: v for name, v in to_record("q", state).items() if name not in ("asked", "timing")}


READERS: dict[str, tuple[Callable[[pplx.Answer], Any], Callable[[AnswerState], Any]]] = {
    "to_markdown": (pplx.Answer.to_markdown, lambda s: forms.markdown("q", s)),
    "to_html": (pplx.Answer.to_html, lambda s: forms.html("q", s)),
    "to_bibtex": (
        lambda a: re.sub("\n.*urldate.*", "", a.to_bibtex()),
        lambda s: Citations.of(s).to_bibtex(),
    ),
    "audit": (lambda a: a.audit().to_csv(), lambda s: audit(s).to_csv()),
    "sources": (
        lambda a: a.sources.to_frame().to_csv(),
        lambda s: Sources.of(s).to_frame().to_csv(),
    ),
    "the page's state": (
        lambda a: _of_page(a.get_state()),
        lambda s: (str(s.text), len(s.sources), [(c.number, c.count) for c in s.citations]),
    ),
    "a record": (lambda a: recorded(a.session.snapshot()), recorded),
}


def _of_page(sent: dict[str, Any]) -> tuple[object, ...]:
    cited = [(c["number"], c["count"]) for c in sent["citations"]]
    return sent["text"], len(sent["sources"]), cited


@pytest.mark.parametrize("every", [1, 5, 30])
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_sees_one_moment(answer: pplx.Answer, reader: str, every: int) -> None:
    read, of_state = READERS[reader]
    read(answer)  # imports and caches that the first call fills
    with changing(answer.session, CHANGES, every):
        result = read(answer)
    answer.stop()
    assert any(result == of_state(state) for state in moments(CHANGES))


def test_a_snapshot_does_not_change(answer: pplx.Answer) -> None:
    before = answer.session.snapshot()
    kept = recorded(before), before.text.parts, before.text.since(0)
    for event in CHANGES:
        answer.session._apply(event)
    assert (recorded(before), before.text.parts, before.text.since(0)) == kept
    assert len(recorded(answer.session.snapshot())["text"]) > len(kept[0]["text"])
    with pytest.raises(TypeError):
        before.apply(Text("more"), 0)
    with pytest.raises(AttributeError):
        before.notes = ("a note",)
    assert before.snapshot() is before


def test_the_states_of_an_iterator_are_snapshots() -> None:
    class Provider:
        async def stream(self, _request: Request) -> AsyncIterator[Event]:
            for event in (*CHANGES, Finished()):
                yield event

    with pplx.stream("q", provider=Provider()) as said:
        next(said)
        first = said.state
        kept = recorded(first)
        for _ in said:
            pass
        assert recorded(first) == kept
        assert said.state.status == "complete"


def test_a_text_is_put_together_by_two_threads_at_once() -> None:
    """At each step of one thread the other one joins the whole: no piece is doubled or lost."""
    for at in range(200):
        text, steps = GrowingText(), 0
        text.append("a")
        assert str(text) == "a"
        text.append("b")

        def other(frame: FrameType, event: str, _argument: object) -> Any:
            nonlocal steps
            frame.f_trace_opcodes = True
            if event == "opcode":
                if steps == at:  # noqa: B023
                    text.append("c")  # noqa: B023
                    assert str(text) == "abc"  # noqa: B023
                steps += 1
            return other

        sys.settrace(other)
        try:
            said = str(text)
        finally:
            sys.settrace(None)
        assert said in ("ab", "abc")
        assert str(text) in ("ab", "abc")
        if steps <= at:
            break
    assert 10 < at < 199


def test_no_state_of_two_runs_is_sent(answer: pplx.Answer) -> None:
    """A retry in another thread waits until the state for the page has been read."""
    first = answer.session
    first._apply(Failed(pplx.PplxError("It failed.")))
    retried = threading.Event()

    def retry() -> None:
        answer.retry()
        retried.set()

    thread = threading.Thread(target=retry)

    def begin(_frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and first.lock._is_owned() and not thread.ident:  # type: ignore[attr-defined]
            thread.start()
            retried.wait(0.3)  # it must not get this far

    sys.setprofile(begin)
    try:
        sent = answer.get_state()
    finally:
        sys.setprofile(None)
    assert retried.wait(LIMIT)
    thread.join()
    assert (sent["status"], sent["error"]["lines"]["what"]) == ("failed", "It failed.")
    assert sent["text"].startswith("It begins")
    assert sent["sources"]


def test_nothing_is_parsed_before_the_answer_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    class Provider:
        async def stream(self, _request: Request) -> AsyncIterator[Event]:
            yield Text('{"a": 1}')
            yield Finished()

    seen: list[tuple[str, Any]] = []
    asked = prepare.prepared("q", provider=Provider(), schema={"type": "object"})
    schema = type(asked.request.schema)
    monkeypatch.setattr(schema, "read", lambda _self, _text: ({"a": 1}, "It is not checked."))

    def heard(event: Event) -> None:
        if isinstance(event, events.Noted):
            seen.append((sessions[0].state.status, sessions[0].parsed))

    sessions: list[Session] = []
    begun = threading.Event()
    monkeypatch.setattr(Session, "_drive", _after(begun, Session._drive))
    sessions.append(asked(heard))
    begun.set()
    sessions[0].wait(LIMIT)
    assert seen == [("streaming", None)]
    assert (sessions[0].state.status, sessions[0].parsed) == ("complete", {"a": 1})


def _after(begun: threading.Event, drive: Callable[[Session], Any]) -> Callable[[Session], Any]:
    async def wait(session: Session) -> None:
        assert begun.wait(LIMIT)
        await drive(session)

    return wait


@pytest.mark.parametrize("every", range(1, 12))
def test_a_lane_is_read_at_one_moment(every: int) -> None:
    where = Connection("http://127.0.0.1:9/v1", None, None, Timeout())
    lane = Lane("streamed", Request(question="q", model="m"), where, "agent", lambda: None)
    with changing(lane._session, [Text("So"), Failed(pplx.PplxError("It failed."))], every):
        seen = lane.read()
        report = document.report("q", (seen, seen))
    assert (seen.status == "failed") is (seen.error is not None) is (seen.total is not None)
    assert bool(seen.text) is (seen.first_token is not None)
    assert ("It failed." in report) is (seen.status == "failed")


def test_readers_of_more_than_one_field_take_a_snapshot() -> None:
    """Only the run itself passes its live state on."""
    passed_on = re.compile(r"session\.state(?!\.\w)")
    for file in PACKAGE.rglob("*.py"):
        if file.name != "session.py":
            assert not passed_on.search(file.read_text(encoding="utf-8")), file
