"""Streams that real servers have sent, through each provider that can meet them, and how they end."""

from __future__ import annotations

import itertools
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.providers import Raw, _follow

from ..support.byte_server import chunk
from ..support.paths import CORPORA
from ..support.wire_server import CREATED, WireServer, completed, delta

CASES = CORPORA / "cases" / "wire"
CHATS: list[Any] = ["chat", Raw("chat")]
AGENTS: list[Any] = ["agent", "raw"]
DONE = b"data: [DONE]\n\n"

# A tenth of what users have: the servers here pause for as much less.
USAGE_SECONDS = 0.3
PAUSE = re.compile(rb": pause ([\d.]+) s\n\n")


@pytest.fixture(autouse=True)
def asks(server: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_follow, "_USAGE_SECONDS", USAGE_SECONDS)
    pplx.configure(base_url=server.base_url, max_retries=0)


def pieces(stream: bytes) -> Iterator[bytes | float]:
    for sent, seconds in itertools.zip_longest(*[iter(PAUSE.split(stream))] * 2):
        yield sent
        if seconds:
            yield float(seconds) / 10


def played(server: WireServer, name: str, provider: Any) -> pplx.Answer:
    server.respond(list(pieces((CASES / f"{name}.sse").read_bytes())))
    return pplx.ask("q", provider=provider, model="m").wait(30)


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("01-finish-reason-in-every-chunk", "One two three four."),
        ("01-reasoning-chunk-stop", "The answer"),
        ("01-stop-first", "Hello world. Late."),
    ],
)
def test_what_follows_a_finish_reason_takes_it_back(
    server: WireServer, provider: Any, name: str, text: str
) -> None:
    answer = played(server, name, provider)
    assert (answer.text, answer.status, answer.reason) == (text, "complete", None)


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("08-finish-MAX_TOKENS", "output limit"),
        ("08-finish-SAFETY", "content filter"),
        ("08-finish-insufficient_system_resource", "service failed"),
    ],
)
def test_an_answer_that_was_cut_off_says_why(
    server: WireServer, provider: Any, name: str, reason: str
) -> None:
    answer = played(server, name, provider)
    assert (answer.text, answer.status) == ("Half an ans", "incomplete")
    assert reason in (answer.reason or "")


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize("name", ["19-empty-data", "19-keepalive-cidping", "19-keepalive-cretry"])
def test_a_keepalive_is_nothing(server: WireServer, provider: Any, name: str) -> None:
    answer = played(server, name, provider)
    assert (answer.text, answer.status, answer.unknown) == ("Hello world.", "complete", ())


@pytest.mark.parametrize("provider", AGENTS)
def test_a_keepalive_of_the_agent_api_is_nothing(server: WireServer, provider: Any) -> None:
    answer = played(server, "19-keepalive-aidping", provider)
    assert (answer.text, answer.status, answer.unknown) == ("Hello world.", "complete", ())


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize(
    ("name", "text", "sources"),
    [
        ("02-annotations-url-citation", "Paris is the capital.[1] It is old.[2]", "AB"),
        ("02-annotations-in-message", "Paris.[1]", "A"),
        ("02-citations-in-delta", "A[1]", ["a.org"]),
        ("02-provider-specific-fields", "A[1]", ["TA"]),
    ],
)
def test_sources_are_found_wherever_they_are_named(
    server: WireServer, provider: Any, name: str, text: str, sources: Any
) -> None:
    answer = played(server, name, provider)
    assert (answer.text, answer.status) == (text, "complete")
    assert [source.title for source in answer.sources] == [*sources]
    assert [citation.id for citation in answer.citations] == [*range(1, len(sources) + 1)]


@pytest.mark.parametrize("provider", CHATS)
def test_done_without_a_finish_reason_is_complete_with_a_notice(
    server: WireServer, provider: Any
) -> None:
    answer = played(server, "09-done-without-finish", provider)
    assert (answer.text, answer.status) == ("Hello world.", "complete")
    [note] = answer.notes
    assert "without a finish reason" in note
    assert note in answer.to_html()


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize(
    ("name", "text", "error", "says"),
    [
        ("10-detail-in-stream", "", errors.ServiceFailed, "Model is overloaded, try later"),
        ("10-json-error-200", "", errors.RequestRejected, "You exceeded your quota"),
        ("10-object-error-in-stream", "Part", errors.RequestRejected, "ran out of context"),
    ],
)
def test_an_error_has_the_words_of_the_server(
    server: WireServer, provider: Any, name: str, text: str, error: type[Exception], says: str
) -> None:
    answer = played(server, name, provider)
    assert (answer.text, answer.status) == (text, "failed")
    assert type(answer.error) is error
    assert says in str(answer.error)


@pytest.mark.parametrize("provider", CHATS)
def test_what_stands_before_a_closing_tag_is_a_thought(server: WireServer, provider: Any) -> None:
    answer = played(server, "11-think-close-only", provider)
    assert (answer.text, answer.status) == ("The answer.", "complete")
    assert [step.items for step in answer.session.state.steps] == [
        ("Okay, the user asks for X. Let me see.",)
    ]


@pytest.mark.parametrize("provider", CHATS)
def test_model_and_id_may_come_with_the_second_chunk(server: WireServer, provider: Any) -> None:
    answer = played(server, "12-azure-first-chunk", provider)
    assert (answer.text, answer.model, answer.response_id) == ("Hello you", "m-real", "c1")


def test_no_case_is_left_out() -> None:
    here = pathlib.Path(__file__).read_text()
    assert [case.stem for case in CASES.glob("*.sse") if f'"{case.stem}"' not in here] == []


# ---- the kinds that these stand for -----------------------------------------------------------------


def ended(server: WireServer, provider: Any, *sent: bytes | float, whole: bool = True) -> Any:
    server.respond(sent, whole=whole)
    silence = 1.0 if 30.0 in sent else 30.0
    answer = pplx.ask("q", provider=provider, model="m", timeout=(5, silence)).wait(60)
    return answer.text, str(answer.status), type(answer.error)


@pytest.mark.parametrize("provider", CHATS)
def test_a_finish_reason_that_was_taken_back_is_no_end_of_a_cut_stream(
    server: WireServer, provider: Any
) -> None:
    told = [chunk("a ", "stop"), chunk("b ", "stop"), chunk("c ", "stop")]
    cut = ("a b c ", "failed", errors.ConnectionCut)
    assert ended(server, provider, *told, whole=False) == cut
    assert ended(server, provider, *told, 30.0)[1:] == ("failed", errors.TimedOut)
    good = ("a b c ", "complete", type(None))
    assert ended(server, provider, *told) == good
    assert ended(server, provider, *told, DONE, 30.0) == good
    # Taken back and never given again.
    assert ended(server, provider, chunk("a ", "stop"), chunk("b c ")) == (
        "a b c ",
        "failed",
        errors.ConnectionCut,
    )


@pytest.mark.parametrize("provider", CHATS)
def test_a_finish_reason_with_the_last_words_waits_for_the_end(
    server: WireServer, provider: Any
) -> None:
    """Nothing but the end tells it from one that comes with every chunk."""
    pause = USAGE_SECONDS * 2
    told = ended(
        server, provider, chunk("a "), chunk("b ", "stop"), pause, chunk("c", "stop"), DONE
    )
    assert told == ("a b c", "complete", type(None))
    # A cut, or a silence, after one that nothing contradicts loses nothing.
    for whole, more in ((False, []), (True, [30.0])):
        told = ended(server, provider, chunk("a "), chunk("b", "stop"), *more, whole=whole)
        assert told == ("a b", "complete", type(None))


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize("absent", ["null", "NULL", "None", " ", ""])
def test_a_finish_reason_that_is_none(server: WireServer, provider: Any, absent: str) -> None:
    sent = chunk("a", absent), USAGE_SECONDS * 2, chunk("b", absent), chunk("", "stop"), DONE
    assert ended(server, provider, *sent) == ("ab", "complete", type(None))
    assert ended(server, provider, chunk("a", absent)) == ("a", "failed", errors.ConnectionCut)


@pytest.mark.parametrize("provider", CHATS)
@pytest.mark.parametrize("usage_comes", [True, False])
def test_usage_is_waited_for_and_not_for_long(
    server: WireServer, provider: Any, *, usage_comes: bool
) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    late = [chunk("", None, usage=usage)] if usage_comes else []
    server.respond([chunk("a"), chunk("", "stop"), *late, 30.0])
    answer = pplx.ask("q", provider=provider, model="m").wait(15)
    assert (answer.text, answer.status) == ("a", "complete")
    assert (answer.usage is not None) is usage_comes


COMPLETE = ["stop", "STOP", "Stop", "end_turn", "stop_sequence", "eos", "FINISH_REASON_STOP"]
KNOWN = [
    ("max_output_tokens", "output limit"),
    ("model_length", "output limit"),
    ("FinishReason.MAX_TOKENS", "output limit"),
    ("RECITATION", "content filter"),
    ("content-filter", "content filter"),
    ("sensitive", "content filter"),
    ("refusal", "refused"),
    ("TOOL_CALLS", "call a tool"),
    ("network_error", "service failed"),
    ("timeout", "service failed"),
    ("abort", "aborted"),
]


@pytest.mark.parametrize("finish", COMPLETE)
def test_other_words_for_complete(server: WireServer, finish: str) -> None:
    assert ended(server, "chat", chunk("a"), chunk("", finish), DONE)[1] == "complete"


@pytest.mark.parametrize(("finish", "reason"), KNOWN)
def test_other_words_for_incomplete(server: WireServer, finish: str, reason: str) -> None:
    server.respond([chunk("a"), chunk("", finish), DONE])
    answer = pplx.ask("q", provider="chat", model="m").wait(30)
    assert answer.status == "incomplete"
    assert reason in (answer.reason or "")


@pytest.mark.parametrize("finish", ["brand_new", "<b>bold</b>", "x" * 9999, "\u202eevil"])
def test_a_finish_reason_that_is_not_known_is_shown(server: WireServer, finish: str) -> None:
    server.respond([chunk("a"), chunk("", finish), DONE])
    answer = pplx.ask("q", provider="chat", model="m").wait(30)
    assert answer.status == "incomplete"
    assert answer.reason is not None
    assert answer.reason.startswith("the service ended it as")
    assert finish.strip("\u202e")[:3] in answer.reason
    assert len(answer.reason) < 200
    assert "Incomplete" in answer.to_markdown()


@pytest.mark.parametrize("provider", AGENTS)
@pytest.mark.parametrize("status", ["requires_action", "in_progress", "queued", "brand_new"])
def test_a_response_in_another_status_is_not_complete(
    server: WireServer, provider: Any, status: str
) -> None:
    server.respond([CREATED, delta("a"), completed("a", status=status)])
    answer = pplx.ask("q", provider=provider).wait(30)
    assert (answer.text, answer.status) == ("a", "incomplete")
    assert status in (answer.reason or "")


KEEPALIVES = [
    b": c\n\n",
    b":\n\n",
    b"id: 7\n\n",
    b"id: 7\n: c\n\n",
    b"retry: 3000\n\n",
    b"event: ping\n\n",
    b"event: ping\ndata: {}\n\n",
    b'event: ping\ndata: {"type": "ping"}\n\n',
    b"event: keepalive\ndata: alive\n\n",
    b'data: {"type": "ping"}\n\n',
    b'data: {"type": "keepalive"}\n\n',
    b"data:\n\n",
    b"data: \n\n",
    b"data\n\n",
    b"data: null\n\n",
    b"data: {}\n\n",
    b"event: heartbeat\ndata:\n\n",
    b"\n\n\n",
]


@pytest.mark.parametrize("alive", KEEPALIVES)
def test_every_keepalive_is_nothing(server: WireServer, alive: bytes) -> None:
    streams = {
        "agent": [b"id: 1\n" + CREATED, delta("a"), b"id: 2\n" + delta("b"), completed("ab")],
        "chat": [b"id: 1\n" + chunk("a"), chunk("b"), chunk("", "stop"), DONE],
    }
    for provider, shape in zip([*AGENTS, *CHATS], ["agent"] * 2 + ["chat"] * 2, strict=True):
        server.respond([alive, *(both for sent in streams[shape] for both in (sent, alive))])
        answer = pplx.ask("q", provider=provider, model="m").wait(30)
        assert (answer.text, answer.status, answer.unknown) == ("ab", "complete", ())
