"""A chat from Python: its turns, the queue, branches, the budget and exports."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Source, SourcesFound, Text

from ..support.costs import Says, costs
from ..support.wire_server import CREATED, WireServer, completed, delta


class Counts:
    """Answers with the earlier messages and the question; waits for a gate if there is one."""

    paid = False

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[pplx.Request] = []

    async def stream(self, request: pplx.Request) -> Any:
        self.asked.append(request)
        said = [message["content"] for message in request.messages]
        yield Text(" > ".join([*said[::2], request.question]))
        while not self.gate.is_set():  # noqa: ASYNC110 (a thread's event)
            await asyncio.sleep(0.001)
        yield Finished()


@pytest.fixture
def own() -> Counts:
    return Counts()


def test_a_conversation(own: Counts) -> None:
    chat = pplx.Chat(provider=own, effort="low")
    assert (len(chat), chat.status, chat.to_markdown()) == (0, "complete", "")
    assert chat
    first = chat.ask("One?").wait(10)
    second = chat.ask("Two?", effort="high").wait(10)
    third = chat.ask("Three?").wait(10)
    assert [turn.answer for turn in chat.turns] == [first, second, third]
    assert third.text == "One? > Two? > Three?"
    assert [request.effort for request in own.asked] == ["low", "high", "low"]
    assert [turn.question for turn in chat] == ["One?", "Two?", "Three?"]
    assert chat[-1] == chat[2]
    assert chat[:2] == chat.turns[:2]
    assert repr(chat) == "<Chat of 3 turns: complete>"


def test_an_edited_question_is_a_branch(own: Counts) -> None:
    chat = pplx.Chat(provider=own)
    for question in ("One?", "Two?", "Three?"):
        chat.ask(question).wait(10)
    edited = chat[1].edit("Zwei?").wait(10)
    assert edited.text == "One? > Zwei?"
    assert [turn.question for turn in chat.turns] == ["One?", "Zwei?"]
    assert chat.ask("Drei?").wait(10).text == "One? > Zwei? > Drei?"
    assert [[turn.question for turn in branch] for branch in chat.branches] == [
        ["One?", "Two?", "Three?"],
        ["One?", "Zwei?", "Drei?"],
    ]
    assert [turn.question for turn in chat[1].versions] == ["Two?", "Zwei?"]
    chat[1].versions[0].choose()
    assert [turn.question for turn in chat.turns] == ["One?", "Two?", "Three?"]
    chat[2].regenerate(effort="high").wait(10)
    assert own.asked[-1].effort == "high"
    assert own.asked[-1].question == "Three?"
    assert len(chat.branches) == 3
    assert repr(chat) == "<Chat of 3 turns, 2 more branches: complete>"


def test_an_edit_keeps_the_options_and_the_files(own: Counts) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(20)
    chat = pplx.Chat(provider=own, context="some data")
    chat.ask("One?", images=[png], temperature=0.5).wait(10)
    chat[0].edit("Uno?").wait(10)
    request = own.asked[-1]
    assert (request.temperature, len(request.images), bool(request.context)) == (0.5, 1, True)
    chat.ask("Two?").wait(10)
    request = own.asked[-1]
    assert (request.temperature, request.images, request.context) == (None, (), None)
    assert request.messages[0]["content"][1]["type"] == "input_image"


def test_a_question_waits_and_can_be_withdrawn(own: Counts) -> None:
    own.gate.clear()
    chat = pplx.Chat(provider=own)
    chat.ask("One?")
    second, third = chat.ask("Two?"), chat.ask("Three?")
    assert (second.status, third.status) == ("queued", "queued")
    assert [turn.queued for turn in chat] == [False, True, True]
    chat[1].withdraw()
    assert [turn.question for turn in chat] == ["One?", "Three?"]
    own.gate.set()
    chat.wait(10)
    assert third.text == "One? > Three?"
    assert [request.question for request in own.asked] == ["One?", "Three?"]
    with pytest.raises(pplx.InvalidRequest, match="already been sent"):
        chat[1].withdraw()
    assert second.status == "stopped"


def test_a_queued_question_is_edited_in_its_place(own: Counts) -> None:
    own.gate.clear()
    chat = pplx.Chat(provider=own)
    for question in ("One?", "Two?", "Three?"):
        chat.ask(question)
    chat[1].edit("Zwei?")
    own.gate.set()
    chat.wait(10)
    assert len(chat.branches) == 1
    assert chat[2].answer.text == "One? > Zwei? > Three?"
    assert [request.question for request in own.asked] == ["One?", "Zwei?", "Three?"]


def test_an_answer_goes_on_when_its_question_is_edited(own: Counts) -> None:
    own.gate.clear()
    chat = pplx.Chat(provider=own)
    chat.ask("One?")
    chat.ask("Two?")
    edited = chat[0].edit("Uno?")
    assert [turn.question for turn in chat] == ["Uno?"]
    own.gate.set()
    chat.wait(10)
    assert edited.text == "Uno?"
    assert [turn.answer.text for turn in chat.branches[0]] == ["One?", "One? > Two?"]


def test_waiting_and_stopping(own: Counts) -> None:
    own.gate.clear()
    chat = pplx.Chat(provider=own)
    chat.ask("One?")
    chat.ask("Two?")
    with pytest.raises(TimeoutError):
        chat.wait(0.01)
    chat.stop()
    chat.wait(10)
    assert [turn.answer.status for turn in chat] == ["stopped", "stopped"]
    own.gate.set()

    async def awaited() -> pplx.Chat:
        chat.ask("Three?")
        return await chat

    assert asyncio.run(awaited())[-1].answer.status == "complete"


def test_a_fork_goes_on_by_itself(own: Counts) -> None:
    chat = pplx.Chat(provider=own, effort="low")
    chat.ask("One?").wait(10)
    other = chat.fork()
    chat.ask("Two?").wait(10)
    assert other.ask("Zwei?").wait(10).text == "One? > Zwei?"
    assert own.asked[-1].effort == "low"
    assert [turn.question for turn in chat] == ["One?", "Two?"]
    own.gate.clear()
    chat.ask("Three?")
    assert len(chat.fork()) == 2  # an unfinished answer stays behind
    own.gate.set()
    chat.wait(10)


def test_options_in_place(own: Counts) -> None:
    chat = pplx.Chat(provider=own, search=pplx.Search(country="DE"))
    chat.set(effort="high")
    chat.ask("One?").wait(10)
    assert own.asked[-1].effort == "high"
    with pytest.raises(pplx.InvalidRequest):
        chat.set(temperature=9)
    with pytest.raises(pplx.UnknownOption):
        chat.set(efort="low")  # type: ignore[call-arg]
    assert chat.options == {"effort": "high", "model": None, "recency": None, "domains": []}


@pytest.mark.parametrize("wrong", [{"budget": -1}, {"temperature": 9}, {"efort": "low"}])
def test_wrong_options(wrong: dict[str, Any]) -> None:
    with pytest.raises((pplx.InvalidRequest, pplx.UnknownOption)):
        pplx.Chat(**wrong)


def test_an_answer_goes_on_without_its_chat(own: Counts) -> None:
    own.gate.clear()
    first = pplx.Chat(provider=own).ask("One?")
    gc.collect()
    own.gate.set()
    assert first.wait(10).text == "One?"
    assert first.status == "complete"


# ---- the budget -------------------------------------------------------------------------------------


def test_the_budget_refuses_before_it_is_passed() -> None:
    provider = costs(0.2)
    chat = pplx.Chat(budget=0.5, provider=provider, effort="low")
    statuses = [str(chat.ask("q").wait(10).status) for _ in range(3)]
    assert statuses == ["complete", "complete", "failed"]
    error = chat[-1].answer.error
    assert isinstance(error, pplx.BudgetReached)
    assert "This conversation has cost $0.40" in error.why
    assert "chat.budget = 1.20" in error.try_this
    assert (provider.asked, chat.usage.cost, chat.usage.total_tokens) == (2, 0.4, 60)
    chat.budget = None
    assert chat[-1].answer.retry().wait(10).status == "complete"
    assert chat.usage.cost == pytest.approx(0.6)
    assert pplx.Chat().usage.questions == 0


def test_the_budget_is_reached_in_the_middle_of_a_queue() -> None:
    gate = threading.Event()
    dear = Says(*costs(0.4).events, gate=gate)
    chat = pplx.Chat(budget=0.5, provider=dear, effort="low")
    for _ in range(3):
        chat.ask("q")  # at first nothing is known about its cost
    gate.set()
    chat.wait(10)
    assert [str(turn.answer.status) for turn in chat] == ["complete", "failed", "failed"]
    assert all(isinstance(turn.answer.error, pplx.BudgetReached) for turn in chat[1:])
    assert dear.asked == 1
    assert chat.usage.running == 0


def test_the_first_of_a_queue_goes_first() -> None:
    gate = threading.Event()
    chat = pplx.Chat(budget=0.5, provider=Says(*costs(0.2).events, gate=gate), effort="low")
    for _ in range(3):
        chat.ask("q")
    gate.set()
    chat.wait(10)
    assert [str(turn.answer.status) for turn in chat] == ["complete", "complete", "failed"]


# ---- exports ----------------------------------------------------------------------------------------


def page(id_: int, url: str) -> Source:
    return Source(id_, f"Page {url[-1]}", url, "e.org")


A, B = "https://e.org/a", "https://e.org/b"


class Cites:
    """Cites its sources under other numbers each time."""

    paid = False

    async def stream(self, request: pplx.Request) -> Any:
        events: list[Event] = [SourcesFound((page(1, A), page(2, B))), Text("First.[1]")]
        if request.messages:
            # The first page again, under another address of the same page.
            found = (page(1, B), page(2, A.replace("https", "http") + "?utm_source=x"))
            events = [SourcesFound(found), Text("Second.[1] Third.[2]")]
        for event in events:
            yield event
        yield Finished()


def test_one_list_of_references() -> None:
    chat = pplx.Chat(provider=Cites())
    chat.ask("One?").wait(10)
    chat.ask("Two?").wait(10)
    text = chat.to_markdown()
    assert r"First.[\[1\]](<https://e.org/a>)" in text
    assert r"Second.[\[2\]](<https://e.org/b>) Third.[\[1\]](<http://e.org/a?utm_source=x>)" in text
    assert text.count("**Sources**") == 1
    assert text.rstrip().endswith(
        "1. [Page a](https://e.org/a) · e.org\n2. [Page b](https://e.org/b) · e.org"
    )
    assert chat.to_bibtex().count("@online") == 2
    assert chat.to_ris().count("TY  -") == 2
    html = chat.to_html()
    assert html.count("<style>") == 1
    assert html.index("First.") < html.index("Second.")


def test_a_follow_up_is_exported_with_its_conversation() -> None:
    first = pplx.ask("One?", provider=Cites()).wait(10)
    alone = first.to_markdown()
    second = first.ask("Two?").wait(10)
    assert first.to_markdown() == alone
    assert second.to_markdown().count("**Sources**") == 1
    assert "First." in second.to_markdown()
    assert second.to_bibtex().count("@online") == 2
    assert first.to_bibtex().count("@online") == 1
    assert "First." in second.to_html()


# ---- the service's memory ---------------------------------------------------------------------------


def test_an_edit_follows_the_answer_before_by_its_id(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, delta("1."), completed()])
    chat = pplx.Chat(effort="low")
    chat.ask("One?").wait(30)
    chat.ask("Two?").wait(30)
    chat[1].edit("Zwei?").wait(30)
    assert server.requests[-1]["previous_response_id"] == "resp_1"
    assert server.requests[-1]["input"] == "Zwei?"
    chat[0].edit("Eins?").wait(30)
    assert "previous_response_id" not in server.requests[-1]


def test_a_key_in_a_header_goes_to_no_other_server(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, delta("1."), completed()])
    chat = pplx.Chat(
        extra_headers={"Authorization": "Bearer pplx-Zq7correcthorsebattery00staple11"}
    )
    chat.ask("One?").wait(30)
    pplx.configure(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(pplx.InvalidRequest, match="were given for"):
        chat.ask("Two?")
    assert len(chat) == 1
    assert "Zq7" not in repr(chat) + repr(chat[0]) + str(chat.options)
