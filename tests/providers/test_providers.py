"""Every provider on the same bytes: recordings, failures, and any bytes at all."""

from __future__ import annotations

import json
import pathlib
import ssl
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pplx_widget as pplx
from pplx_widget.config import Connection, Timeout
from pplx_widget.core.events import Finished, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.providers import Raw
from pplx_widget.providers._pool import verification
from pplx_widget.question.request import Search

from ..support.asker import ALL, DONE, GOOD, PAIRS, Asker, chunk, model_for
from ..support.paths import ROOT
from ..support.streams import agent_streams, chat_streams, cut_up, examples, on_the_wire
from ..support.wire_server import WireServer, completed, delta, frame


def test_the_recorded_answer(wire: pathlib.Path, asker: Asker) -> None:
    asker.server.respond((wire / "agent" / "web-search.sse").read_bytes())
    ours, theirs = (asker.ask(p) for p in PAIRS["agent"])
    assert ours == theirs
    assert ours[-1] == Finished("complete", None, "openai/gpt-6-luna")
    (tool,) = ours[-2].usage.tools
    assert (tool.name, tool.calls, tool.cost) == ("search_web", 1, 0.001)


@pytest.mark.parametrize(
    "name", ["perplexity-citations.chunks.txt", "docs_concise_mode_examples.jsonl"]
)
def test_the_recorded_chats(wire: pathlib.Path, asker: Asker, name: str) -> None:
    lines = (wire / "chat" / name).read_bytes().splitlines()
    asker.server.respond([b"data: %s\n\n" % line for line in lines if line])
    ours, theirs = (asker.ask(p, model="sonar") for p in PAIRS["chat"])
    assert ours == theirs
    assert ours[-1].status == "complete"


@pytest.mark.slow
@examples(60)
@given(on_the_wire(agent_streams), st.data())
def test_raw_equals_agent(asker: Asker, sent: bytes, more: st.DataObject) -> None:
    asker.server.respond(sent)
    expected = asker.ask("agent")
    asker.server.respond(more.draw(cut_up(sent)))
    assert asker.ask("raw") == expected


@pytest.mark.slow
@examples(60)
@given(on_the_wire(chat_streams), st.data())
def test_raw_equals_chat(asker: Asker, sent: bytes, more: st.DataObject) -> None:
    asker.server.respond(sent)
    expected = asker.ask("chat", model="m")
    asker.server.respond(more.draw(cut_up(sent)))
    assert asker.ask(Raw("chat"), model="m") == expected


def test_parts_and_messages_are_told_apart(asker: Asker) -> None:
    def piece(text: str, item: str, part: int) -> bytes:
        type_ = "response.output_text.delta"
        return frame(type=type_, delta=text, item_id=item, output_index=1, content_index=part)

    def message(item: str, *whole: str) -> dict[str, Any]:
        content = [{"type": "output_text", "text": text} for text in whole]
        return {"type": "message", "id": item, "content": content}

    asker.server.respond(
        [
            piece("a", "m", 0),
            piece("b", "m", 1),
            piece("d", "n", 0),
            completed(output=[message("m", "a", "bc"), message("n", "de")]),
        ]
    )
    for provider in PAIRS["agent"]:
        told = asker.ask(provider)
        assert [e.delta for e in told if isinstance(e, Text)] == ["a", "b", "\n\n", "d", "c", "e"]


ENVELOPE = {"error": {"message": "because", "type": "t", "code": 400, "param": "tools"}}

BODIES = [
    json.dumps(ENVELOPE).encode(),
    b'{"error": "in words"}',
    b'{"detail": "in words"}',
    b'{"message": "flat", "type": "chat_completions_not_available"}',
    b"<html><body>Bad gateway</body></html>",
    b"plain words",
    b"",
    b'{"error": null}',
    b"[1]",
    b"[" * 100_000,
]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 429, 500, 502, 503])
def test_refusals_read_the_same(asker: Asker, status: int) -> None:
    for body in BODIES if status in (400, 429, 503) else BODIES[:1]:
        headers = {"x-request-id": "r-1", "retry-after": "3"}
        asker.server.respond(body, status=status, headers=headers)
        said = [asker.ask(p, model=model_for(shape)) for p, shape in ALL]
        assert said[0] == said[1] == said[2] == said[3]
        (raised,) = said[0]
        assert raised[0] == "raised"
        assert raised[-1] == "r-1"
        assert "<" not in "".join(raised[2:5])


def test_what_a_gateway_says_is_passed_on(asker: Asker) -> None:
    for body in BODIES[1:3]:
        asker.server.respond(body, status=400)
        ((*_, why, _try, _id),) = asker.ask("raw")
        assert why == "in words"


@pytest.mark.parametrize(("shape", "pair"), PAIRS.items())
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_cut_streams_and_pages_read_the_same(
    asker: Asker, shape: str, pair: list[Any], kept: int
) -> None:
    events = GOOD[shape][:kept]
    html = {"Content-Type": "text/html"}
    ways: list[tuple[list[bytes], dict[str, Any]]] = [
        (events, {}),
        (events, {"whole": False}),  # the chunked encoding is cut too
        ([*events, b"data: {broken\n\n", *GOOD[shape]], {}),
        ([*events, b"data: " + b"[" * 100_000 + b"\n\n"], {}),
        ([*events, b'data: {"error": {"message": "no", "code": 429}}\n\n'], {}),
        ([*events, b'data: {"error": "no"}\n\n'], {}),
        ([*events, DONE, *GOOD[shape]], {}),
        ([*events, b"data: 5\n\ndata: null\n\ndata: []\n\ndata: {}\n\n", *GOOD[shape][kept:]], {}),
        ([b"<!doctype html><p>Log in"], {"headers": html}),
        ([b""], {"headers": html}),
    ]
    for pieces, options in ways:
        asker.server.respond(pieces, **options)
        theirs, ours = (asker.ask(p, model=model_for(shape)) for p in pair)
        assert ours == theirs, pieces


@pytest.mark.parametrize(("shape", "pair"), PAIRS.items())
def test_no_server_reads_the_same(shape: str, pair: list[Any]) -> None:
    gone = WireServer()
    gone._http.server_close()
    asker = Asker(gone)
    theirs, ours = (asker.ask(p, model=model_for(shape)) for p in pair)
    asker.close()
    assert ours == theirs
    assert "refused" in ours[0][2]


@pytest.mark.parametrize(("provider", "shape"), ALL)
def test_a_connection_is_used_again(provider: Any, shape: str) -> None:
    with WireServer() as server:
        asker = Asker(server)
        server.respond(GOOD[shape])
        for _ in range(3):
            assert isinstance(asker.ask(provider, model=model_for(shape))[-1], Finished)
        asker.close()
        assert len(server.connections) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "shape"), ALL[2:])
def test_the_end_is_not_waited_for_long(asker: Asker, provider: Any, shape: str) -> None:
    """A server that has named a finish reason and keeps the connection open."""
    asker.server.respond([chunk("a"), chunk("", "stop"), 30.0])
    assert asker.ask(provider, model="m")[-1] == Finished("complete", None, "m")


@pytest.mark.parametrize(("provider", "shape"), ALL[2:])
def test_a_cut_after_the_finish_reason_cuts_nothing_off(
    asker: Asker, provider: Any, shape: str
) -> None:
    asker.server.respond([chunk("a"), chunk("", "stop")], whole=False)
    assert asker.ask(provider, model="m")[-1] == Finished("complete", None, "m")


@pytest.mark.parametrize(("provider", "shape"), ALL[2:])
def test_held_back_words_come_before_the_error(asker: Asker, provider: Any, shape: str) -> None:
    asker.server.respond([chunk("<thi"), b"data: {broken\n\n"])
    text, raised = asker.ask(provider, model="m")[1:]
    assert text == Text("<thi")
    assert raised[1] == "ProviderFailed"


def test_what_the_sdk_s_own_reader_fails_at(asker: Asker) -> None:
    asker.server.respond(
        [
            b"\xef\xbb\xbfid: 1\n\n: c\n\nevent: ping\n\n",
            delta("a"),
            delta("\0").replace(b"\\u0000", b"\xff"),
            completed(),
        ]
    )
    for provider in PAIRS["agent"]:
        assert asker.ask(provider)[:2] == [Text("a"), Text("\ufffd")]


@pytest.mark.parametrize(("provider", "shape"), ALL)
def test_the_response_headers_are_kept(server: WireServer, provider: Any, shape: str) -> None:
    pplx.configure(base_url=server.base_url, provider=provider, max_retries=0)
    headers = {"X-Request-Id": "r-1", "X-RateLimit-Remaining": "7", "Set-Cookie": "s=1"}
    for status, body in ((200, GOOD[shape]), (429, [b""])):
        server.respond(body, status=status, headers=headers)
        trace = pplx.ask("q", model=model_for(shape)).wait(30).session.trace
        assert trace is not None
        assert trace.status == status
        assert trace.response_headers["x-request-id"] == "r-1"
        assert trace.response_headers["x-ratelimit-remaining"] == "7"
        assert trace.response_headers["set-cookie"] == "(hidden)"


@pytest.mark.parametrize("options", [{}, {"search": Search(recency="week"), "max_tokens": 99}])
def test_the_request_is_what_the_sdk_sends(asker: Asker, options: dict[str, Any]) -> None:
    asker.server.respond(GOOD["agent"])
    turns = [{"role": "user", "content": "é"}]
    for provider in PAIRS["agent"]:
        asker.ask(provider, messages=turns, max_steps=3, language="de", **options)
    assert asker.server.requests[-1] == asker.server.requests[-2]
    asker.server.respond(GOOD["chat"])
    for provider in PAIRS["chat"]:
        asker.ask(provider, model="m", messages=turns, temperature=0, instructions="i")
    assert asker.server.requests[-1] == asker.server.requests[-2]
    assert asker.server.requests[-1]["path"] == "/v1/chat/completions"


def test_raw_needs_no_sdk() -> None:
    code = """if True:
        import sys
        sys.modules["openai"] = None  # importing it fails
        import pplx_widget as pplx
        assert "httpx2" not in sys.modules
        from tests.support.wire_server import WireServer, completed, delta
        with WireServer() as server:
            server.respond([delta("fine"), completed()])
            pplx.configure(base_url=server.base_url, provider="raw")
            assert pplx.ask("q").wait(20).text == "fine"
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


# ---- any bytes --------------------------------------------------------------------------------------


garbage = st.binary(max_size=40) | st.sampled_from(
    [
        b"data: {",
        b'data: {"error": []}\n\n',
        b"\xff\n",
        b"data: \xe2",
        b"\r\r\r",
        b"data: 1e999\n\n",
    ]
)


@pytest.mark.slow
@examples(60)
@given(
    st.sampled_from(["agent", "chat"]), st.integers(0, 6), st.lists(garbage, max_size=4), st.data()
)
def test_any_bytes_after_a_good_beginning(
    asker: Asker, shape: str, kept: int, rest: list[bytes], more: st.DataObject
) -> None:
    """Only `PplxError` is raised, and the text and sources so far are kept."""
    good = GOOD[shape][:kept]
    asker.server.respond(more.draw(cut_up(b"".join(good + rest))))
    told = asker.ask(Raw(shape), model=model_for(shape))
    asker.server.respond(b"".join(good))
    expected = asker.ask(Raw(shape), model=model_for(shape))

    def parts(events: list[Any]) -> tuple[str, list[Any]]:
        text = "".join(e.delta for e in events if isinstance(e, Text))
        return text, [e for e in events if isinstance(e, SourcesFound)]

    assert parts(told)[0].startswith(parts(expected)[0])
    assert parts(told)[1][: len(parts(expected)[1])] == parts(expected)[1]
    state = AnswerState()
    for at, event in enumerate(told):
        if not isinstance(event, tuple):
            state.apply(event, at)
    assert str(state.text).startswith(parts(expected)[0])


def test_certificates_are_loaded_where_tls_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def verified(url: str) -> Any:
        return verification(Connection(url, None, None, Timeout()))

    bare = verified("http://127.0.0.1:1/v1")
    # With this context any TLS connection would fail.
    assert (bare.verify_mode, bare.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert bare.cert_store_stats()["x509_ca"] == 0
    assert verified("https://127.0.0.1:1/v1") is True
    monkeypatch.setenv("http_proxy", "https://proxy.example")
    assert verified("http://gateway.example/v1") is True
