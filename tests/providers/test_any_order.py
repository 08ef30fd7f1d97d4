"""All that servers send, in any order and cut anywhere, through both transports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pplx_widget.core.events import Event, Finished
from pplx_widget.core.state import AnswerState
from pplx_widget.document.forms import mime_bundle
from pplx_widget.document.record import from_record, to_record

from ..support.agent_servers import AGENT
from ..support.asker import PAIRS, Asker
from ..support.chat_forms import CHAT_FORMS, CHAT_USAGE
from ..support.chat_servers import CHAT_REASONING, CHAT_SOURCES
from ..support.error_forms import AGENT_ERRORS, CHAT_ERRORS
from ..support.streams import FUZZ, agent_streams, chat_streams, cut_up

pytestmark = pytest.mark.slow

Json = dict[str, Any]

FORMS = {
    "chat": [*CHAT_SOURCES, *CHAT_REASONING, *CHAT_USAGE, *CHAT_FORMS],
    "agent": AGENT,
}
ERRORS = {"chat": CHAT_ERRORS, "agent": AGENT_ERRORS}
RANDOM = {"chat": chat_streams, "agent": agent_streams}
ALIVE = [b": ping\n\n", b"\n\n", b"event: ping\ndata: {}\n\n", b"id: 7\n\n", b"data:\n\n"]
DONE = b"data: [DONE]\n\n"


def parts(spoken: str, forms: dict[str, Any]) -> list[bytes]:
    """Return the frames of all streams of a format, each once."""
    found = [
        part + b"\n\n"
        for sent in forms[spoken]
        if not sent.body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))
        for part in sent.body.removeprefix(b"\xef\xbb\xbf").split(b"\n\n")
        if part.strip() and b":" in part
    ]
    return list(dict.fromkeys(found))


PARTS = {spoken: parts(spoken, FORMS) for spoken in FORMS}
WRONG = {spoken: parts(spoken, ERRORS) for spoken in ERRORS}


@st.composite
def streams(draw: Callable[..., Any], spoken: str) -> bytes:
    """Return frames of all servers in any order, among random ones, and written in any way."""
    frames = draw(st.lists(st.sampled_from(PARTS[spoken]), max_size=12))
    frames += [b"data: %s\n\n" % json.dumps(payload).encode() for payload in draw(RANDOM[spoken])]
    frames += draw(st.lists(st.sampled_from([*ALIVE, DONE]), max_size=3))
    frames += draw(st.lists(st.sampled_from(WRONG[spoken]), max_size=1))
    body = b"".join(draw(st.permutations(frames)))
    body += draw(st.sampled_from([b"", b"", b"data: {", DONE]))
    body = body.replace(b"\n", draw(st.sampled_from([b"\n", b"\r\n", b"\r"])))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + body


def payloads_of(body: bytes) -> list[Any]:
    """Return the JSON of each frame that has some."""
    text = body.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    found = []
    for data in re.findall(r"^data: ?(.*)$", text, re.MULTILINE):
        try:
            found.append(json.loads(data))
        except ValueError:
            found.append(data)
    return found


def may_be_complete(spoken: str, body: bytes) -> bool:
    """Return whether a stream says anywhere that an answer is complete."""
    for payload in payloads_of(body):
        if isinstance(payload, str) and payload.startswith("[DONE]"):
            if spoken == "chat":
                return True
        elif isinstance(payload, dict) and spoken == "agent":
            if str(payload.get("type")) in ("response.completed", "response.incomplete"):
                return True
        elif isinstance(payload, dict):
            choices = [c for c in payload.get("choices") or [] if isinstance(c, dict)]
            if any(choice.get("finish_reason") for choice in choices):
                return True
            if payload.get("object") == "chat.completion.done":
                return True
    return False


@pytest.mark.parametrize("spoken", FORMS)
@settings(
    max_examples=60 * FUZZ,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_order_at_any_chunking(asker: Asker, spoken: str, more: st.DataObject) -> None:
    body = more.draw(streams(spoken))
    told = []
    for provider in [*PAIRS[spoken], PAIRS[spoken][1]]:
        asker.server.respond(more.draw(cut_up(body)))
        told.append(asker.ask(provider, model="m"))
    assert told[0] == told[1] == told[2]
    state = AnswerState()
    for at, event in enumerate(told[0]):
        if isinstance(event, tuple):
            # An exception of the package's own would be named in the error.
            assert not re.match(r"\w*(?:Error|Exception|Group): ", event[3]), event
        else:
            assert isinstance(event, get_args(Event))
            state.apply(event, at)
    if isinstance(told[0][-1:], list) and told[0] and isinstance(told[0][-1], Finished):
        if state.status == "complete":
            assert may_be_complete(spoken, body)
            assert str(state.text).strip()
        else:
            assert state.reason or spoken == "agent"
        record = json.loads(json.dumps(to_record("q", state)))
        assert str(from_record(record)[1].text) == str(state.text)
        for document in mime_bundle("q", state).values():
            document.encode()
