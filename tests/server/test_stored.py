"""Stored responses: fetched, taken up again, cancelled."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from pplx_widget.server.library import Library
from pplx_widget.server.server import LocalServer

from ..support.exchanges import exchange
from ..support.local_client import ASK, Answered, ask, connect

NEVER = 3600.0  # seconds: a recorded time that no test reaches


def answering(*times: float) -> Library:
    return Library([exchange("one", *times, also=(ASK["input"],))])


def stream(local: LocalServer, id_: str, after: int) -> Answered:
    path = f"/v1/responses/{id_}?stream=true&starting_after={after}"
    return ask(local, None, path, "GET")


def test_a_response_is_fetched_as_it_was_answered(local: LocalServer) -> None:
    answered = ask(local, {**ASK, "metadata": {"course": "db"}}).json
    for path in ("/v1/responses/", "/v1/agent/", "/v1/v1/responses/"):
        assert ask(local, None, path + answered["id"], "GET").json == answered
    assert (answered["status"], answered["metadata"]) == ("completed", {"course": "db"})
    assert (answered["background"], answered["store"], answered["preset"]) == (False, True, "fast")


@pytest.mark.parametrize("path", ["", "/cancel", "?stream=true&starting_after=0"])
@pytest.mark.parametrize("stored", [True, False])
def test_an_unknown_or_unstored_response_is_not_found(
    local: LocalServer, path: str, *, stored: bool
) -> None:
    id_ = "resp_unknown" if stored else ask(local, {**ASK, "store": False}).json["id"]
    lost = ask(local, None, f"/v1/responses/{id_}{path}", "POST" if "cancel" in path else "GET")
    assert (lost.status, lost.json["error"]["type"]) == (404, "not_found")
    # The conversation can still go on from a response that is not stored.
    follow_up = ask(local, {**ASK, "previous_response_id": id_})
    assert follow_up.status == (400 if stored else 200)


def test_a_stream_goes_on_after_any_event(local: LocalServer) -> None:
    whole = ask(local, {**ASK, "stream": True, "background": True}).events
    id_ = whole[0]["response"]["id"]
    numbers = [event["sequence_number"] for event in whole]
    for place in (0, 7, len(whole) - 2):
        assert stream(local, id_, numbers[place]).events == whole[place + 1 :]
    assert stream(local, id_, numbers[-1]).events == []
    assert ask(local, None, f"/v1/responses/{id_}?stream=true", "GET").events == whole


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "1e3", "²"])
def test_a_wrong_place_is_refused(local: LocalServer, after: str) -> None:
    id_ = ask(local, ASK).json["id"]
    path = f"/v1/responses/{id_}?stream=true&starting_after={after.encode().hex(' ')}"
    path = path.replace(" ", "%") if after == "²" else path.rpartition("=")[0] + f"={after}"
    assert ask(local, None, path, "GET").json["error"]["param"] == "starting_after"


def test_the_rest_of_a_cut_answer_arrives_whole() -> None:
    with LocalServer(speed=0, fault="cut") as local:
        cut = ask(local, {**ASK, "stream": True, "background": True}).events
        assert cut[-1]["type"] == "response.output_text.delta"
        id_ = cut[0]["response"]["id"]
        rest = stream(local, id_, cut[-1]["sequence_number"]).events
        assert rest[-1]["type"] == "response.completed"
        deltas = "".join(e["delta"] for e in cut + rest if "delta" in e)
        assert deltas == rest[-1]["response"]["output"][-1]["content"][0]["text"]


def test_a_background_run_has_no_output_before_its_end_and_stops_when_it_is_cancelled() -> None:
    with LocalServer(library=answering(0.0, NEVER)) as local:
        run = ask(local, {**ASK, "background": True}).json
        assert (run["status"], run["output"], run["model"]) == ("in_progress", [], "fast")
        path = f"/v1/responses/{run['id']}"
        assert ask(local, None, path, "GET").json == run
        streamed: list[Any] = []
        reader = threading.Thread(
            target=lambda: streamed.extend(stream(local, run["id"], 1).events)
        )
        reader.start()
        said = ask(local, None, f"{path}/cancel")
        assert (said.status, said.json) == (
            200,
            {"response_id": run["id"], "status": "cancelling"},
        )
        reader.join(30)
        assert not reader.is_alive()
        last = streamed[-1]
        assert (last["type"], last["sequence_number"]) == ("response.cancelled", 4)
        stopped = ask(local, None, path, "GET").json
        assert (stopped["status"], stopped["output"]) == ("cancelled", [])
        assert stopped["incomplete_details"] == {"reason": "cancelled"}
        assert last["response"] == stopped
        assert stream(local, run["id"], 4).events == []
        again = ask(local, None, f"{path}/cancel")
        assert (again.status, again.json["error"]["type"]) == (400, "invalid_request")


def test_a_run_that_has_not_begun_is_queued_and_a_whole_answer_is_cancelled_too() -> None:
    with LocalServer(library=answering(NEVER, NEVER)) as local:
        assert ask(local, {**ASK, "background": True}).json["status"] == "queued"
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(ask(local, ASK).json))
        asking.start()
        while len(local.exchanges) < 2 or local.exchanges[1].run is None:
            assert asking.is_alive()
        ask(local, None, f"/v1/responses/{local.exchanges[1].response_id}/cancel")
        asking.join(30)
        assert answers[0]["status"] == "cancelled"


def test_a_run_goes_on_without_its_client() -> None:
    with LocalServer(library=answering(0.0, 0.3)) as local:
        connect(local, {**ASK, "stream": True, "background": True}).close()
        (served,) = local.exchanges
        assert served.wait(30)
        path = f"/v1/responses/{served.response_id}"
        while (run := ask(local, None, path, "GET").json)["status"] != "completed":
            assert run["status"] == "in_progress"
        assert run["output"][-1]["content"][0]["text"] == "Hello [1]."


def test_a_finished_run_is_not_cancelled(local: LocalServer) -> None:
    id_ = ask(local, ASK).json["id"]
    assert ask(local, None, f"/v1/responses/{id_}/cancel").status == 400
    assert ask(local, None, f"/v1/responses/{id_}", "GET").json["status"] == "completed"


def test_the_sources_of_a_terminal_response_are_whole(local: LocalServer) -> None:
    streamed = ask(local, {**ASK, "stream": True}).events
    found = [r for e in streamed if e["type"].endswith("search_results") for r in e["results"]]
    for response in (streamed[-1]["response"], ask(local, ASK).json):
        items = [item for item in response["output"] if item["type"] == "search_results"]
        assert [result for item in items for result in item["results"]] == found
        assert all(result["snippet"] for result in found)
    assert json.dumps(streamed[-1]["response"]["usage"])
