"""Waiting for a turn: through both transports, stopped, on the page, in a terminal, and while it connects."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.cli.terminal import said
from pplx_widget.config import connection
from pplx_widget.core import errors, words
from pplx_widget.core.events import Event, Noted, Retrying, Text, Waiting
from pplx_widget.core.runtime import runtime
from pplx_widget.core.state import AnswerState, Place
from pplx_widget.providers import Raw, _turns, http
from pplx_widget.providers._follow import follow
from pplx_widget.providers._turns import CONNECTS, Turns
from pplx_widget.providers.agent_events import AgentReader
from pplx_widget.runs import ledger as ledgers

from ..support import virtual
from ..support.byte_server import until
from ..support.recording_comm import RecordingComm, page_state
from ..support.virtual import DONE, gathered
from ..support.wire_server import WireServer, completed, delta
from .test_retries import CHAT

PROVIDERS: list[Any] = ["agent", "raw", "chat", Raw("chat")]


class Held:
    """A server that holds back every head until it is let go."""

    def __init__(self, server: WireServer) -> None:
        self.server = server
        self.go = threading.Event()
        server.before = self._hold

    def _hold(self, _count: int, path: str) -> None:
        self.go.wait(30)
        chat = path.endswith("completions")
        self.server.respond(CHAT if chat else [delta("fine"), completed()])

    def ask(self, count: int, **options: Any) -> list[pplx.Answer]:
        """Ask at once, and return when four have come and the others wait."""
        pplx.configure(base_url=self.server.base_url)
        answers = [pplx.ask("q", model="m", **options) for _ in range(count)]
        until(lambda: len(self.server.requests) >= 4)
        until(lambda: sum(a.place is not None for a in answers) == count - 4)
        return answers


@pytest.fixture
def held(server: WireServer) -> Iterator[Held]:
    holding = Held(server)
    yield holding
    holding.go.set()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_four_are_sent_before_the_first_head(held: Held, provider: Any) -> None:
    answers = held.ask(12, provider=provider)
    assert len(held.server.requests) == 4
    assert sorted(a.place.number for a in answers if a.place) == [*range(1, 9)]
    assert {str(a.status) for a in answers} == {"connecting"}
    held.go.set()
    assert {a.wait(30).text for a in answers} == {"fine"}
    assert [a.place for a in answers] == [None] * 12
    assert len(held.server.requests) == 12


def test_stopping_while_it_waits_is_immediate_and_costs_nothing(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pplx_widget.runs.session.ledger", ledger := ledgers.Ledger())
    answers = held.ask(8)
    reserved = ledger.so_far().running
    stopped = next(a for a in answers if a.place)
    stopped.stop()
    assert stopped.wait(5).status == "stopped"
    assert (reserved, ledger.so_far().running) == (8, 7)
    assert [(run.refused, run.cost) for run in ledger.so_far().runs] == [(True, 0.0)]
    held.go.set()
    assert {a.wait(30).status for a in answers if a is not stopped} == {"complete"}
    assert len(held.server.requests) == 7


def test_a_budget_keeps_what_those_that_wait_may_cost(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pplx_widget.runs.session.ledger", ledger := ledgers.Ledger())
    monkeypatch.setattr(ledger, "_estimate", lambda *_asked, **_priced: (0.01, ""))
    pplx.configure(budget=0.085)
    answers = held.ask(8)
    refused = pplx.ask("one more", model="m").wait(5)
    assert isinstance(refused.error, errors.BudgetReached)
    stopped = next(a for a in answers if a.place)
    stopped.stop()
    stopped.wait(5)
    more = pplx.ask("one more", model="m")
    held.go.set()
    assert {a.wait(30).status for a in (*answers, more) if a is not stopped} == {"complete"}


@pytest.mark.parametrize(
    ("locale", "first"),
    [("en", "Waiting for its turn (1st)"), ("de", "Wartet, bis sie an der Reihe ist (1.)")],
)
def test_the_page_is_told(held: Held, comms: list[RecordingComm], locale: str, first: str) -> None:
    pplx.configure(locale=locale)
    answers = held.ask(5)
    opened = [c for c in comms if "question" in c.opening]
    until(lambda: any(page_state(c)["place"] for c in opened))
    (place,) = [p for c in opened if (p := page_state(c)["place"])]
    assert (place["words"], place["seconds"]) == (first, None)
    held.go.set()
    for answer in answers:
        answer.wait(30)
    assert not [c for c in opened if page_state(c)["place"]]


@pytest.mark.parametrize(
    ("event", "english", "german"),
    [
        (Waiting(3), "Waiting for its turn (3rd)", "Wartet, bis sie an der Reihe ist (3.)"),
        (
            Waiting(11, 12.4),
            "Waiting for its turn (11th), about 12 s",
            "Wartet, bis sie an der Reihe ist (11.), etwa 12 s",
        ),
        (
            Waiting(101, 200.0),
            "Waiting for its turn (more than 100 before it), about 200 s",
            "Wartet, bis sie an der Reihe ist (mehr als 100 davor), etwa 200 s",
        ),
        (Waiting(0), "", ""),
    ],
)
def test_a_terminal_is_told(event: Waiting, english: str, german: str) -> None:
    assert said.progress(event) == english
    with words.speaking("de"):
        assert said.progress(event) == german


def test_the_state_knows_the_place_until_the_turn_has_come() -> None:
    state = AnswerState()
    state.connect()
    state.apply(Waiting(3, 2.5), 1.0)
    assert (state.place, state.timing.first_event) == (Place(3, 1.0, 2.5), None)
    state.apply(Noted("A notice."), 1.1)
    state.apply(Waiting(2, 1.5), 2.0)
    assert state.place == Place(2, 2.0, 1.5)
    state.apply(Waiting(0), 3.0)
    assert state.place is None
    state.apply(Text("a"), 4.0)
    assert state.status == "streaming"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_too_many_open_files(
    server: WireServer, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_arguments: Any, **_options: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(runtime().loop, "create_connection", refuses)
    pplx.configure(base_url=server.base_url, max_retries=0)
    answer = pplx.ask("q", model="m", provider=provider).wait(30)
    assert isinstance(answer.error, errors.ConnectionFailed)
    assert "too many open files" in answer.error.what
    assert "`ulimit -n`" in answer.error.try_this
    assert (answer.error.transient, answer.error.sent) == (True, False)


# ---- the time to connect, in virtual time ----------------------------------------------------------------


class Network:
    """A network on which connecting takes some steps of the loop, or some seconds."""

    def __init__(self, *, seconds: float = 0.0, lag: float = 0.0) -> None:
        self.seconds, self.lag = seconds, lag
        self.connecting = self.most = 0

    async def asked(self) -> AsyncGenerator[Any, None]:
        turn = _turns.current()
        assert turn is not None
        await turn.note("connection.connect_tcp.started")
        self.connecting += 1
        self.most = max(self.most, self.connecting)
        try:
            loop: Any = asyncio.get_running_loop()
            for _ in range(6):
                loop._now += self.lag  # another callback keeps the loop busy
                await asyncio.sleep(0)
            await asyncio.sleep(self.seconds)
        finally:
            self.connecting -= 1
            await turn.note("connection.connect_tcp.complete")
        turn.head(200, {})
        return self.payloads()

    async def payloads(self) -> AsyncGenerator[Any, None]:
        yield {"type": "response.output_text.delta", "delta": "Yes."}
        yield DONE

    def ask(self, turns: Turns | None = None) -> AsyncGenerator[Event, None]:
        ours = http.translator("host")
        return follow(self.asked, AgentReader("host"), ours, 0, turns=turns, connect=5.0)


async def timed(network: Network) -> tuple[Any, float]:
    events = await gathered(network.ask())
    return events[-1], asyncio.get_running_loop().time()


def test_a_network_that_does_not_connect_is_reported() -> None:
    error, at = virtual.run(timed(Network(seconds=60)))
    assert isinstance(error, errors.TimedOut)
    assert "could not be reached in time" in error.what
    assert (error.transient, error.sent) == (True, False)
    assert at == pytest.approx(5.0)


def test_the_lag_of_the_loop_is_not_the_networks() -> None:
    end, _ = virtual.run(timed(Network(lag=10.0)))
    assert end.status == "complete"


def test_a_few_connect_at_once_and_the_others_wait_without_a_limit() -> None:
    async def main() -> tuple[list[Any], int]:
        network, turns = Network(seconds=4.0), Turns(clock=asyncio.get_running_loop().time)
        lists = await asyncio.gather(*(gathered(network.ask(turns)) for _ in range(300)))
        return [events[-1].status for events in lists], network.most

    ends, most = virtual.run(main())
    assert ends == ["complete"] * 300
    assert most == CONNECTS


# ---- whose queue ---------------------------------------------------------------------------------------


def test_one_queue_for_a_service_and_a_key() -> None:
    async def queues() -> list[Turns]:
        found = []
        for key, url in (
            ("pplx-one-key-of-many", "https://one.example/v1"),
            ("pplx-one-key-of-many", "https://one.example/v1"),
            ("pplx-another-key-of-many", "https://one.example/v1"),
            ("pplx-one-key-of-many", "https://two.example/v1"),
        ):
            pplx.configure(api_key=key, base_url=url)
            found.append(_turns.of(connection()))
        shown = repr([*_turns._all.values()]) + repr([vars(each) for each in found])
        assert "key-of-many" not in shown
        return found

    first, second = asyncio.run(queues()), asyncio.run(queues())
    assert first[0] is first[1]
    assert len({id(each) for each in (*first, *second)}) == 6


def test_a_retry_is_an_event_before_its_turn() -> None:
    """The pause is the wait for the turn, so the place follows the retry."""

    async def main() -> list[Any]:
        server = virtual.Server(virtual.spaced(1.0), lambda _allowed, _now: {"retry-after": "1"})
        return [e for events in await server.ask_many(2) for e in events]

    kinds = [type(e) for e in virtual.run(main())]
    at = kinds.index(Retrying)
    assert kinds[at + 1] is Waiting
