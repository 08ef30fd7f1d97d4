"""The local server on real sockets, the recording format, and the samples."""

from __future__ import annotations

import dataclasses
import http.client
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import openai
import pytest

from pplx_widget.recordings.format import (
    Exchange,
    RecordedEvent,
    RecordingError,
    parse,
    question_in,
    read,
)
from pplx_widget.server.library import Library, samples
from pplx_widget.server.loopback import Served
from pplx_widget.server.script import frame, perform, response
from pplx_widget.server.server import LocalServer, ServerError
from pplx_widget.server.strict import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASK = {"input": "Explain the CAP theorem with an example", "preset": "fast"}
NEVER = 3600.0  # seconds: a moment of a recording that no test lives to see


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


def exchange(
    id_: str = "one", *times: float, text: str = "Hello [1].", also: tuple[str, ...] = ()
) -> Exchange:
    """Return a small recording; ``times`` are those of its first and last event."""
    first, last = times or (0.0, 0.0)
    message = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": text}]}
    whole = {
        "id": "resp_recorded",
        "status": "completed",
        "model": "local/scripted-sample",
        "output": [message],
    }
    payloads: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "resp_recorded", "status": "in_progress"}},
        {
            "type": "response.output_text.delta",
            "item_id": "msg_1",
            "content_index": 0,
            "delta": text,
        },
        {"type": "response.output_text.done", "item_id": "msg_1", "content_index": 0, "text": text},
        {"type": "response.output_item.done", "item": message},
        {"type": "response.completed", "response": whole},
    ]
    moments = [first] * (len(payloads) - 1) + [last]
    events = tuple(
        RecordedEvent(t, {**data, "sequence_number": n})
        for n, (t, data) in enumerate(zip(moments, payloads, strict=True))
    )
    return Exchange(id_, "agent", True, "", also, {"input": f"question {id_}"}, events)


@pytest.fixture
def local() -> Iterator[LocalServer]:
    with LocalServer(speed=0) as running:
        yield running


class Answered:
    """An HTTP answer, read to its end."""

    def __init__(self, raw: http.client.HTTPResponse) -> None:
        self.status = raw.status
        self.headers = {name.lower(): value for name, value in raw.getheaders()}
        self.text = raw.read().decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def events(self) -> list[dict[str, Any]]:
        frames = [part.partition("\ndata: ") for part in self.text.split("\n\n") if part]
        for event, _, data in frames:
            assert event == f"event: {json.loads(data)['type']}"
        return [json.loads(data) for _, _, data in frames]


def ask(
    local: LocalServer, body: Any, path: str = "/v1/responses", method: str = "POST", **headers: str
) -> Answered:
    client = http.client.HTTPConnection(urlsplit(local.base_url).netloc, timeout=30)
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        client.request(method, path, content, {"Content-Type": "application/json", **headers})
        return Answered(client.getresponse())
    finally:
        client.close()


def connect(local: LocalServer, body: dict[str, Any]) -> socket.socket:
    """Ask, and return the connection as soon as the first byte of the answer is there."""
    parts = urlsplit(local.base_url)
    content = json.dumps(body).encode()
    client = socket.create_connection((parts.hostname, parts.port), timeout=30)
    head = (
        f"POST /v1/agent HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    client.sendall(head.encode() + content)
    assert client.recv(1) == b"H"
    return client


# --- the recording format ---------------------------------------------------------------------------


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


# --- the samples ------------------------------------------------------------------------------------


def test_every_sample_is_a_whole_cited_answer() -> None:
    library = samples()
    assert len(library.exchanges) >= 8
    for sample in library.exchanges:
        assert sample.scripted
        assert sample.final is not None
        assert sample.final["model"] == "local/scripted-sample"
        assert library.nearest(sample.question) == (sample, True)
        for phrase in sample.also:
            assert library.nearest(f"  {phrase.upper()}!? ") == (sample, True)


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("what is CAP?", "cap-theorem"),
        ("my emoji are broken", "utf8-boundaries"),
        ("how do i migrate", "agent-api-migration"),
        ("rate limits and retries", "backoff-and-jitter"),
        ("websocket", "sse-vs-websockets"),
    ],
)
def test_the_nearest_sample(question: str, id_: str) -> None:
    nearest, exact = samples().nearest(question)
    assert (nearest.id, exact) == (id_, False)


def test_a_question_about_data_is_the_samples_own_only_with_its_data() -> None:
    (sample,) = [each for each in samples().exchanges if each.id == "library-visits"]
    older = sample.question.replace("(str)", "(object)").replace("[us]", "[ns]")
    assert older != sample.question
    assert samples().nearest(older) == (sample, True)
    asked, _, data = sample.question.partition("\n\n")
    for other in (asked, f"{asked}\n\nSome other data.", f"{asked}\n\n{data[:300]}", data):
        assert samples().nearest(other)[1] is False
    # Else its data would draw every question about columns and rows.
    assert samples().nearest("Which columns and rows were sent?")[0] is not sample


def test_nothing_asked_is_near_to_something() -> None:
    assert samples().nearest("?!")[1] is False


def test_a_library_needs_a_whole_answer() -> None:
    cut = dataclasses.replace(exchange(), events=exchange().events[:-1])
    chat = dataclasses.replace(exchange(), shape="chat")
    with pytest.raises(RecordingError, match="no sample to play"):
        Library([cut, chat])


# --- what is said -----------------------------------------------------------------------------------


def text_everywhere(events: list[dict[str, Any]]) -> set[str]:
    """Return the whole text as each place of a stream gives it."""
    deltas = "".join(e["delta"] for e in events if e["type"].endswith("text.delta"))
    done = {e["text"] for e in events if e["type"].endswith("text.done")}
    items = [
        e["item"]
        for e in events
        if e["type"].endswith("item.done") and e["item"]["type"] == "message"
    ]
    items += [i for i in events[-1]["response"]["output"] if i["type"] == "message"]
    return {deltas} | done | {item["content"][0]["text"] for item in items}


def test_an_exact_question_gets_the_recording_as_it_is() -> None:
    said = [e.data for e in perform(exchange(), "x", exact=True, response_id="resp_recorded")]
    assert said == [e.data for e in exchange().events]


@pytest.mark.parametrize("sample", samples().exchanges, ids=lambda e: e.id)
def test_a_preface_is_the_same_everywhere(sample: Exchange) -> None:
    said = [
        e.data for e in perform(sample, "Is *this* a [1] $x$?", exact=False, response_id="resp_new")
    ]
    payloads = [data for data in said if data is not None]
    (text,) = text_everywhere(payloads)
    assert text.startswith(
        "> **Scripted sample.** You asked “Is \\*this\\* a &#91;1&#93; \\$x\\$?”. The nearest "
    )
    numbers = [data["sequence_number"] for data in payloads]
    assert numbers == sorted(set(numbers))
    assert {p["response"]["id"] for p in payloads if "response" in p} == {"resp_new"}
    assert (
        response(sample, "Is *this* a [1] $x$?", exact=False, response_id="resp_new")
        == payloads[-1]["response"]
    )


def test_a_preface_has_the_question_without_its_data() -> None:
    asked = "What stands out?\n\nTable: 3 rows"
    said = b"".join(map(frame, perform(exchange(), asked, exact=False, response_id="r"))).decode()
    assert "You asked “What stands out?”." in said
    assert "3 rows" not in said


def test_a_long_question_is_shortened_and_half_a_character_survives() -> None:
    events = list(perform(exchange(), "why \ud83d " + "very " * 100, exact=False, response_id="r"))
    said = b"".join(map(frame, events)).decode()
    assert re.search(r"very ver\S*…”", said)
    assert "why ? very" in said


def test_data_that_came_with_a_question_is_not_quoted() -> None:
    events = perform(
        exchange(), "What stands out?\n\nColumns: visitors", exact=False, response_id="r"
    )
    said = b"".join(map(frame, events)).decode()
    assert "You asked “What stands out?”." in said
    assert "visitors" not in said


def test_text_in_the_terminal_event_only_is_prefaced_too() -> None:
    bare = dataclasses.replace(exchange(), events=exchange().events[-1:])
    (event,) = perform(bare, "x", exact=False, response_id="r")
    assert event.data is not None
    assert event.data["response"]["output"][0]["content"][0]["text"].startswith("> **Scripted")


# --- the server -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/agent", "/v1/agent/"])
def test_a_stream_as_the_service_sends_it(local: LocalServer, path: str) -> None:
    answer = ask(local, {**ASK, "stream": True}, path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert {
        "x-request-id",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-used",
    } <= set(answer.headers)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    sample, _ = samples().nearest(ASK["input"])
    assert [e["type"] for e in answer.events] == [e.data["type"] for e in sample.events if e.data]


def test_the_official_client_gets_the_same_answer_both_ways(local: LocalServer) -> None:
    with openai.OpenAI(base_url=local.base_url, api_key="none") as client:
        streamed = [
            e
            for e in client.responses.create(**ASK_SDK, stream=True)
            if e.type == "response.completed"
        ]
        whole = client.responses.create(**ASK_SDK)
    assert streamed[0].response.output_text == whole.output_text
    assert whole.model == "local/scripted-sample"
    assert streamed[0].response.id != whole.id
    assert [e.outcome for e in local.exchanges if e.wait(30)] == ["complete", "complete"]


ASK_SDK: Any = {
    "input": [{"role": "user", "content": "and CAP?"}],
    "extra_body": {"preset": "fast"},
}


def test_a_conversation_goes_on_from_a_response_of_this_server(local: LocalServer) -> None:
    first = ask(local, ASK).json["id"]
    assert ask(local, {**ASK, "previous_response_id": first}).status == 200
    refused = ask(local, {**ASK, "previous_response_id": "resp_unknown"})
    assert (refused.status, refused.json["error"]["message"]) == (400, "invalid request")


def test_the_log_has_bodies_and_no_headers(
    local: LocalServer, capfd: pytest.CaptureFixture[str]
) -> None:
    ask(local, ASK, Authorization="Bearer pplx-secret-123456")
    (served,) = local.exchanges
    assert served.wait(30)
    assert served.body == ASK
    assert served.ended is not None
    assert served.ended >= served.started
    assert "secret" not in repr(local.exchanges)
    assert capfd.readouterr() == ("", "")


def test_the_access_log_only_where_it_was_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    with LocalServer(speed=0, verbose=True) as local:
        ask(local, ASK, Authorization="Bearer pplx-secret-123456")
    log = capfd.readouterr().err
    assert '"POST /v1/responses HTTP/1.1" 200' in log
    assert "secret" not in log


# The recorded bodies of the service.
REFUSED = {
    "unknown field": (
        {**ASK, "X": 1},
        {
            "message": 'invalid request body: json: unknown field "X"',
            "type": "invalid_request",
            "code": 400,
            "param": "X",
        },
    ),
    "recency": (
        {**ASK, "tools": [{"type": "web_search", "filters": {"search_recency_filter": "decade"}}]},
        {
            "message": "validation failed: tools[0]: search recency filter must be one of: hour day week month year",
            "type": "invalid_request",
            "code": 400,
        },
    ),
    "anthropic": (
        {"input": "x", "model": "anthropic/claude"},
        {
            "message": "validation failed: max_output_tokens is required when using Anthropic models",
            "type": "invalid_request",
            "code": 400,
        },
    ),
    "previous response": (
        {**ASK, "previous_response_id": "resp_0"},
        {"message": "invalid request", "type": "invalid_request", "code": 400},
    ),
}


@pytest.mark.parametrize("cause", REFUSED)
def test_refusals_are_the_recorded_ones(local: LocalServer, cause: str) -> None:
    body, error = REFUSED[cause]
    answer = ask(local, body)
    assert (answer.status, answer.json) == (400, {"error": error})
    assert local.exchanges == ()


def test_refusals_agree_with_the_recordings(wire: Path) -> None:
    recorded = [
        entry["error"]
        for entry in json.loads((wire / "agent" / "errors_400.json").read_text()).values()
    ]
    for _, error in REFUSED.values():
        assert error in recorded


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ({"input": "x"}, "invalid_request", "one of model, models, preset or effort is required"),
        ({"preset": "fast"}, "invalid_request", "input is required"),
        (
            {"input": "x", "preset": "turbo"},
            "invalid_request",
            "preset must be one of: fast low medium high xhigh",
        ),
        ({"input": "x", "effort": "turbo"}, "invalid_request", "effort must be one of"),
        ({"input": "x", "model": "sonar"}, "invalid_model", "Invalid model 'sonar'"),
        (
            {"input": "x", "models": ["openai/a", "sonar-pro"]},
            "invalid_model",
            "Invalid model 'sonar-pro'",
        ),
        ({"input": "x", "models": 7}, "invalid_model", "Invalid model '7'"),
        ({**ASK, "tools": ["web_search"]}, "invalid_request", "tools must be an array of objects"),
        ({**ASK, "reasoning": {"efort": "low"}}, "invalid_request", 'unknown field "efort"'),
        (
            {**ASK, "tools": [{"type": "web_search", "filters": {"recency": "week"}}]},
            "invalid_request",
            'unknown field "recency"',
        ),
        (
            {**ASK, "tools": [{"type": "web_search", "max_results": 51}]},
            "invalid_request",
            "tools[0]: max_results must be at least 1 and at most 50",
        ),
        (
            {
                "input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
                "preset": "fast",
            },
            "invalid_request",
            "content parts must be of type",
        ),
        ({**ASK, "response_format": {"type": "json_object"}}, "invalid_request", "json_schema"),
        (b"{", "invalid_request", "not a JSON object"),
        (b"[]", "invalid_request", "not a JSON object"),
    ],
)
def test_other_refusals_follow_their_shape(
    local: LocalServer, body: Any, kind: str, said: str
) -> None:
    answer = ask(local, body)
    assert answer.status == 400
    assert answer.json["error"]["type"] == kind
    assert said in answer.json["error"]["message"]


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions"])
def test_the_retired_endpoint_says_so(local: LocalServer, path: str) -> None:
    answer = ask(local, {"model": "sonar", "messages": []}, path)
    assert answer.status == 403
    assert answer.json["error"]["type"] == "chat_completions_not_available"


def test_models_and_unknown_addresses(local: LocalServer) -> None:
    assert ask(local, None, "/v1/models", "GET").json["data"][0]["id"] == "local/scripted-sample"
    for method in ("GET", "POST"):
        lost = ask(local, {}, "/v2/nothing?key=1", method)
        assert (lost.status, lost.json["error"]["type"]) == (404, "not_found")
    assert ask(local, None, "/v1/models", "DELETE").json["error"]["code"] == 501


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "["},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/responses"), ("GET", "/v1/models")])
def test_web_pages_are_refused(
    local: LocalServer, method: str, path: str, headers: dict[str, str]
) -> None:
    assert ask(local, ASK, path, method, **headers).status == 403
    assert local.exchanges == ()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8911", "[::1]:80", "127.0.0.1"])
def test_names_of_this_machine_are_welcome(local: LocalServer, host: str) -> None:
    assert ask(local, ASK, Host=host).status == 200


def test_too_large_a_body_is_refused_and_read_away(local: LocalServer) -> None:
    answer = ask(local, b" " * (MAX_BODY + 1))
    assert (answer.status, answer.json["error"]["type"]) == (413, "payload_too_large")


@pytest.mark.parametrize("length", ["", "-1", "x", "²"])
def test_a_body_of_unknown_length_is_refused(local: LocalServer, length: str) -> None:
    parts = urlsplit(local.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall(
            f"POST /v1/agent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
        )
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 411 ")


def test_what_is_no_http_gets_an_answer_too(local: LocalServer) -> None:
    parts = urlsplit(local.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/9.9\r\n\r\n")
        assert b'"code": 505' in client.makefile("rb").read()


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_is_noticed_between_two_events(*, stream: bool) -> None:
    first = 0.0 if stream else NEVER
    with LocalServer(library=Library([exchange("one", first, NEVER)])) as local:
        if stream:
            connect(local, {**ASK, "stream": True}).close()
        else:
            parts = urlsplit(local.base_url)
            content = json.dumps(ASK).encode()
            with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
                head = f"POST /v1/agent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n"
                client.sendall(head.encode() + content)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
        (served,) = local.exchanges
        assert served.wait(30)
        assert served.outcome == "closed by client"


def test_closing_ends_answers_on_their_way() -> None:
    with LocalServer(library=Library([exchange("one", 0.0, NEVER)])) as local:
        client = connect(local, {**ASK, "stream": True})
        (served,) = local.exchanges
    with client:
        while client.recv(65536):
            pass
    assert served.wait(30)
    assert served.outcome == "closed by server"


def test_speed_scales_the_recorded_times() -> None:
    def duration(speed: float) -> float:
        with LocalServer(speed=speed, library=Library([exchange("one", 0.0, 0.6)])) as local:
            ask(local, ASK)
            (served,) = local.exchanges
            assert served.wait(30)
            assert served.ended is not None
            return served.ended - served.started

    with ThreadPoolExecutor() as pool:
        slow, fast = pool.map(duration, (0.5, 2.0))
    # Below: never early. Above there is no bound on a busy machine, only the order.
    assert slow >= 1.19
    assert 0.29 <= fast < slow


def test_a_second_request_that_is_there_already_waits_for_its_turn() -> None:
    with LocalServer(library=Library([exchange("one", 0.1, 0.2)])) as local:
        parts = urlsplit(local.base_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
            content = json.dumps(ASK).encode()
            head = (
                f"POST /v1/agent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
            )
            client.sendall(head.encode() + b"\r\n" + content)
            client.sendall(head.encode() + b"Connection: close\r\n\r\n" + content)
            assert client.makefile("rb").read().count(b"HTTP/1.1 200 OK") == 2


def test_many_answers_at_once(local: LocalServer) -> None:
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: ask(local, {**ASK, "stream": n % 2 == 0}), range(64)))
    assert {answer.status for answer in answers} == {200}
    assert len({served.response_id for served in local.exchanges}) == 64


def test_the_life_of_a_server() -> None:
    local = LocalServer(library=Library([exchange()]))
    with pytest.raises(ServerError, match=r"does not run.*start"):
        _ = local.base_url
    assert local.start().base_url == local.start().base_url
    assert local.base_url.startswith("http://127.0.0.1:")
    port = urlsplit(local.base_url).port
    assert port is not None
    with pytest.raises(ServerError, match=rf"Port {port} on 127\.0\.0\.1 cannot be used"):
        LocalServer(port=port).start()
    local.close()
    local.close()
    with LocalServer(port=port, library=Library([exchange()])) as again:
        assert urlsplit(again.base_url).port == port


@pytest.mark.parametrize(
    "options", [{"speed": -1}, {"speed": float("nan")}, {"port": 65536}, {"port": -1}]
)
def test_impossible_options(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"speed is|port is"):
        LocalServer(**options)


def test_what_fails_in_a_handler_goes_to_the_log_not_to_stderr(
    local: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pplx_widget.server.handler.response", broken)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(local, ASK)
    (served,) = local.exchanges
    assert served.wait(30)
    assert served.outcome == "failed"
    local.close()
    assert "failed at a request" in caplog.text
    assert capfd.readouterr().err == ""


def test_a_served_question_waits_no_longer_than_told() -> None:
    assert Served({}).wait(0) is False
