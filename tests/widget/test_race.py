"""A race on real sockets: a blocking request beside a stream of the same question."""

from __future__ import annotations

import asyncio
import json
import types
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.server.library import Library
from pplx_widget.server.network import Network
from pplx_widget.server.server import LocalServer
from pplx_widget.widget.race import document
from pplx_widget.widget.race.meter import Meter

from ..support.exchanges import QUESTION, paced
from ..support.fault_server import STALL, FaultServer, reply, stream
from ..support.formats import CHAT

KEY = "pplx-Zq7correcthorsebattery00staple11"


@pytest.mark.parametrize(
    ("arrived", "held"),
    [
        ([(10, None), (10, None)], 20),  # a whole body
        ([(10, 0), (10, 0), (4, 0)], 10),  # frames that arrive whole
        ([(10, 4), (10, None), (6, 0)], 20),  # a frame that is spread over three reads
    ],
)
def test_what_is_held_at_once(arrived: list[tuple[int, int | None]], held: int) -> None:
    meter = Meter()
    for size, rest in arrived:
        meter.read(size, rest=rest)
    assert (meter.bytes, meter.held) == (sum(size for size, _ in arrived), held)


def test_both_ways_are_measured_and_agree() -> None:
    with LocalServer(library=Library([paced(0.05)])) as server:
        pplx.configure(base_url=server.base_url)
        race = pplx.race(QUESTION).wait(30)
        bodies = [served.body for served in server.exchanges]
    assert sorted(body["stream"] for body in bodies) == [False, True]
    assert race.status == race.whole.status == race.streamed.status == "complete"
    assert race.whole.text == race.streamed.text != ""
    # In a whole answer, the first words arrive together with the last.
    assert race.whole.first_token
    assert race.streamed.first_token
    assert race.whole.first_token >= 0.6  # the recording's length
    assert race.whole.held == race.whole.bytes
    assert 0 < race.streamed.held < race.streamed.bytes
    assert "could" not in repr(race)
    for line in ("Blocking", "Streamed", "complete", f"{race.whole.total:.2f} s"):
        assert line in repr(race)


def test_a_load_balancer_ends_the_one_that_waits() -> None:
    with LocalServer(library=Library([paced(0.05)]), network=Network(sever_idle=0.3)) as server:
        pplx.configure(base_url=server.base_url)
        race = pplx.race(QUESTION).wait(30)
    assert race.streamed.status == "complete"
    assert isinstance(race.whole.error, errors.ConnectionFailed)
    assert race.whole.first_token is None
    forms = document.forms(race.question, (race.whole, race.streamed))
    for form in forms.values():
        assert "never" in form
        assert "failed" in form
    assert "✕" in forms["text/plain"]
    assert "✕" in forms["text/markdown"]


def test_the_chat_shape() -> None:
    message = {"role": "assistant", "content": "Half a loaf"}
    whole = {"id": "1", "model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}
    body = json.dumps(whole).encode()
    streamed = stream(CHAT.begin, CHAT.text("Half a loaf"), CHAT.end())
    with FaultServer() as server:
        # The order of the two requests is not defined, so each way gets a server of its own.
        for answer, way in (
            (reply(200, body, "application/json"), "whole"),
            (streamed, "streamed"),
        ):
            server.play(answer)
            pplx.configure(base_url=server.url())
            race = pplx.race("q", model="m", provider="chat").wait(30)
            lane = getattr(race, way)
            assert (lane.status, lane.text) == ("complete", "Half a loaf")


def test_an_error_inside_the_stream_is_one() -> None:
    fell = b'data: {"error": {"message": "the model fell over", "code": 500}}\n\n'
    with FaultServer() as server:
        server.play(stream(CHAT.begin, CHAT.text("Half"), fell))
        pplx.configure(base_url=server.url())
        race = pplx.race("q", model="m", provider="chat").wait(30)
    assert "the model fell over" in str(race.streamed.error)
    assert race.streamed.text == "Half"
    assert race.whole.status == "failed"  # it received a stream, not JSON


def test_stop_ends_both_and_closes_their_connections() -> None:
    with FaultServer() as server:
        server.play([STALL])
        pplx.configure(base_url=server.url())
        race = pplx.race("q")
        assert server.wait_for_requests(2)
        race.stop()
        assert race.wait(10).status == "stopped"
        assert server.wait_until_idle()
        with pytest.raises(TimeoutError, match=r"did not finish within 0\.01 s"):
            pplx.race("q").wait(0.01)


def test_it_can_be_awaited_and_a_failure_of_both_is_one() -> None:
    async def run() -> Any:
        return await pplx.race("q")

    with FaultServer() as server:
        server.play(reply(500))
        pplx.configure(base_url=server.url())
        race = asyncio.run(run())
        assert len(server.requests) == 2  # no lane retries
    assert race.status == "failed"


def test_without_a_key_nothing_is_sent_and_slips_are_errors() -> None:
    race = pplx.race("q").wait(30)
    assert isinstance(race.whole.error, errors.MissingKey)
    with pytest.raises(pplx.UnknownOption, match="efort"):
        pplx.race("q", efort="low")  # type: ignore[call-arg]
    with pytest.raises(pplx.InvalidRequest, match="cannot use this provider"):
        pplx.race("q", provider=types.SimpleNamespace(stream=print))
    with pytest.raises(pplx.InvalidRequest):
        pplx.race(" ")


def test_beside_a_recording_and_a_replay(tmp_path: Path) -> None:
    talk = tmp_path / "talk.jsonl"
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        with pplx.record(talk):
            race = pplx.race(QUESTION).wait(30)
            pplx.ask(QUESTION).wait(30)
    assert race.status == "complete"
    with pplx.replay(talk), pytest.raises(pplx.InvalidRequest, match="cannot be replayed"):
        pplx.race(QUESTION)


def test_a_question_is_text_in_every_form() -> None:
    asked = "<img src=x onerror=alert(1)> *a* | `b` [c](http://d)"
    with FaultServer() as server:
        server.play(reply(500))
        pplx.configure(base_url=server.url(), api_key=KEY)
        race = pplx.race(asked).wait(30)
    forms = document.forms(race.question, (race.whole, race.streamed))
    assert "<img" not in forms["text/html"]
    tokens = MarkdownIt("commonmark", {"html": True}).parse(forms["text/markdown"])
    assert "".join(each.content for each in tokens[1].children or ()) == asked
    assert {each.type for each in tokens[1].children or ()} <= {
        "text",
        "text_special",
        "strong_open",
        "strong_close",
    }
    assert KEY not in repr(race) + json.dumps(forms)
