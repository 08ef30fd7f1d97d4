"""What servers send, through both transports, whole and cut up: text, sources, thoughts, errors, ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.core.events import Finished
from pplx_widget.core.state import AnswerState

from ..support.agent_servers import AGENT
from ..support.asker import PAIRS, Asker
from ..support.chat_forms import CHAT_FORMS, CHAT_USAGE
from ..support.chat_servers import CHAT_REASONING, CHAT_SOURCES
from ..support.error_forms import AGENT_ERRORS, CHAT_ERRORS
from ..support.servers import Sent
from ..support.tool_forms import TOOL_FORMS
from ..support.wire_server import WireServer

EVERY = [
    *CHAT_SOURCES,
    *CHAT_REASONING,
    *CHAT_USAGE,
    *CHAT_FORMS,
    *CHAT_ERRORS,
    *AGENT,
    *AGENT_ERRORS,
    *TOOL_FORMS,
]


def come_to(events: list[Any]) -> AnswerState:
    """Return what the events amount to."""
    state = AnswerState()
    for event in events:
        if not isinstance(event, tuple):  # an error, in a form that can be compared
            state.apply(event, 0)
    return state


def named(sent: Sent) -> Any:
    return pytest.param(sent, id=f"{sent.spoken}: {sent.name}")


@pytest.mark.parametrize("sent", [named(sent) for sent in EVERY])
def test_it_is_read_as_it_is_meant(asker: Asker, sent: Sent) -> None:
    told = []
    for provider in PAIRS[sent.spoken]:
        for size in (len(sent.body), 7):
            pieces = [sent.body[at : at + size] for at in range(0, len(sent.body), size)]
            asker.server.respond(pieces, headers={"Content-Type": sent.kind})
            told.append(asker.ask(provider, model="m"))
    assert all(events == told[0] for events in told)
    last, state = told[0][-1], come_to(told[0])
    assert str(state.text) == sent.text
    ended = last.status if isinstance(last, Finished) else "failed"
    assert ended == sent.status
    why = state.reason or "" if isinstance(last, Finished) else "was cut"
    if isinstance(last, tuple):
        why = " ".join(map(str, last))
    assert re.search(sent.says, why, re.DOTALL), why
    assert bool(sent.says) is (sent.status != "complete")
    assert len(state.notes) == sent.notes
    sources = tuple((s.id, s.url, s.title) for s in sorted(state.sources, key=lambda s: s.id))
    assert sent.sources in (None, sources), sources
    assert sent.cited in (None, tuple(c.id for c in state.citations))
    steps = tuple((step.kind, step.items) for step in state.steps)
    assert sent.steps in (None, steps), steps
    images = tuple((i.url, i.origin, i.title, i.width, i.height) for i in state.images)
    assert sent.images in (None, images), images
    for name, value in sent.usage.items():
        assert getattr(state.usage, name) == value
    assert sent.model in (None, state.model)
    assert sent.response_id in (None, state.response_id)
    assert state.unknown == ()


def test_no_two_have_one_name() -> None:
    names = [(sent.spoken, sent.name) for sent in EVERY]
    assert len({*names}) >= len(names) - 6  # reasoning in one field, by several forms


@pytest.mark.parametrize(
    "sent", [named(sent) for sent in EVERY if "error" not in sent.name or "a quota" in sent.name]
)
def test_a_recording_says_the_same(server: WireServer, tmp_path: Path, sent: Sent) -> None:
    talk = tmp_path / "talk.jsonl"
    server.respond(sent.body, headers={"Content-Type": sent.kind})
    pplx.configure(base_url=server.base_url, max_retries=0)
    with pplx.record(talk):
        answer = pplx.ask("q", provider=PAIRS[sent.spoken][0], model="m").wait(30)
    again = pplx.ask("q", model="m", provider=pplx.Replay(talk, None)).wait(30)
    first, second = answer._session.state, again._session.state
    assert (str(first.text), first.status) == (str(second.text), second.status)
    assert (first.sources, first.citations) == (second.sources, second.citations)
    assert [s.items for s in first.steps] == [s.items for s in second.steps]
    assert (first.reason, first.notes, first.usage) == (second.reason, second.notes, second.usage)
    assert str(first.error).replace("127.0.0.1", "") == str(first.error).replace("127.0.0.1", "")


HTTP: list[tuple[int, bytes, str, type[errors.PplxError], str]] = [
    (404, b'{"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}',
     "application/json", errors.NotFound, r"does not have this model.*`x`.*pplx\.models"),
    (404, b'{"error": "model \'x\' not found, try pulling it first"}',
     "application/json", errors.NotFound, r"does not have this model.*pulling.*pplx\.models"),
    (404, b'{"error": {"code": "DeploymentNotFound", "message": "No such thing"}}',
     "application/json", errors.NotFound, r"does not have this model.*No such thing"),
    (404, b'{"detail": "Not Found"}', "application/json", errors.NotFound, r"at this address.*/v1"),
    (404, b"404 page not found", "text/plain", errors.NotFound, "404 page not found.*/v1"),
    (402, b'{"error": {"message": "Insufficient credits", "code": 402}}',
     "application/json", errors.RequestRejected, "quota.*used up.*Insufficient credits.*Add credits"),
    (402, b"", "text/plain", errors.RequestRejected, "used up.*payment.*Add credits"),
    (429, b'{"error": {"message": "You exceeded it", "type": "insufficient_quota"}}',
     "application/json", errors.RateLimited, "used up.*You exceeded it.*Add credits"),
    (429, b'{"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}',
     "application/json", errors.RateLimited, "Too many requests.*Slow down.*Wait"),
    (413, b"", "text/html", errors.RequestRejected, "too large.*larger than 127.0.0.1"),
    (422, b'{"detail": [{"loc": ["body", "top_k"], "msg": "Not a number", "type": "t"}]}',
     "application/json", errors.RequestRejected, "rejected.*top_k: Not a number"),
    (400, b'{"object": "error", "message": "Too long", "type": "BadRequestError", "code": 400}',
     "application/json", errors.RequestRejected, "rejected.*Too long"),
    (400, b"We do not know that model.", "text/plain", errors.RequestRejected, "do not know that model"),
    (400, b'[{"error": {"code": 400, "message": "Key not valid", "status": "INVALID"}}]',
     "application/json", errors.RequestRejected, "Key not valid"),
    (500, b'event: error\ndata: {"error": {"message": "Boom"}}\n\n',
     "text/event-stream", errors.ServiceFailed, "failing.*Boom"),
    (502, b"<html><h1>Bad gateway</h1></html>", "text/html", errors.ServiceFailed, "error page"),
    (503, b'{"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}',
     "application/json", errors.ServiceFailed, "failing.*Loading model"),
    (400, b'{"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": '
     b'"{\\"error\\":{\\"message\\":\\"Only one image\\"}}", "provider_name": "P"}}}',
     "application/json", errors.RequestRejected, "Provider returned error: Only one image"),
    (401, b'{"message": "Unauthorized", "request_id": "r"}',
     "application/json", errors.KeyRejected, "did not accept.*Unauthorized"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "error", "says"), HTTP)
@pytest.mark.parametrize("spoken", ["agent", "chat"])
def test_a_refusal_says_what_to_do(
    asker: Asker,
    spoken: str,
    status: int,
    body: bytes,
    kind: str,
    error: type[errors.PplxError],
    says: str,
) -> None:
    asker.server.respond(body, status=status, headers={"Content-Type": kind})
    ours, theirs = (asker.ask(provider, model="m") for provider in PAIRS[spoken])
    assert ours == theirs
    [(raised, name, *said)] = ours
    assert (raised, name) == ("raised", error.__name__)
    assert re.search(says, " ".join(filter(None, said)), re.DOTALL), said
    assert "<" not in " ".join(filter(None, said))
    assert "32 MiB" not in " ".join(filter(None, said))


def test_a_quota_that_is_used_up_is_not_asked_for_again(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, max_retries=2)
    body = b'{"error": {"message": "You exceeded it", "code": "insufficient_quota"}}'
    server.respond(body, status=429, headers={"Content-Type": "application/json"})
    assert isinstance(pplx.ask("q", model="m").wait(30).error, errors.RateLimited)
    assert len(server.requests) == 1
