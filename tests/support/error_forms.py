"""The forms of an error within a response of HTTP 200, with the expected reading."""

from __future__ import annotations

import json
from typing import Any

from .agent_servers import said
from .servers import Json, Sent, chat, chunk, frames

LIST = {"detail": [{"loc": ["body", "messages", 0], "msg": "Field required", "type": "missing"}]}
RAW = {
    "message": "Provider returned error",
    "code": 502,
    "metadata": {"raw": '{"error": {"message": "Boom upstream"}}', "provider_name": "P"},
}
QUOTA = {"message": "You exceeded your quota", "code": "insufficient_quota"}

REPORTED: list[tuple[str, Any, str]] = [
    ("an object", {"error": {"message": "Boom", "type": "server_error"}}, "Boom"),
    ("a text", {"error": "Boom"}, "Boom"),
    ("a list", [{"error": {"code": 503, "message": "Boom", "status": "UNAVAILABLE"}}], "Boom"),
    ("a detail", {"detail": "Boom"}, "Boom"),
    ("a list of details", LIST, "messages.0: Field required"),
    ("an object of that name", {"object": "error", "message": "Boom", "code": 400}, "Boom"),
    ("a flat one", {"type": "error", "message": "Boom", "code": "x"}, "Boom"),
    ("a message alone", {"message": "Boom"}, "Boom"),
    (
        "a code and a message",
        {"code": "InvalidApiKey", "message": "Boom", "request_id": "r"},
        "Boom",
    ),
    ("an upstream's", {"error": RAW}, "Provider returned error: Boom upstream"),
    ("errors", {"success": False, "errors": [{"code": 7, "message": "Boom"}]}, "Boom"),
    ("a quota", {"error": QUOTA}, "quota.*used up.*You exceeded your quota.*[Aa]dd credits"),
    ("a status", {"error": {"message": "Boom", "code": "429"}}, "Too many requests.*Boom"),
    (
        "a model",
        {"error": {"message": "The model `x` does not exist.", "code": "model_not_found"}},
        "does not have this model.*`x` does not exist.*pplx.models",
    ),
    ("a code within", {"base_resp": {"status_code": 1004, "status_msg": "Boom"}}, "Boom"),
]


def errors_of(spoken: str, begun: bytes, text: str) -> list[Sent]:
    """Return each form of an error: in a stream, as a named event, alone, and as JSON."""
    sent = []
    for name, body, says in REPORTED:
        said = json.dumps(body).encode()
        expected: Json = {"text": text, "status": "failed", "says": says}
        sent += [
            Sent(f"an error in mid-stream: {name}", spoken, begun + frames(body), **expected),
            Sent(
                f"an error event: {name}",
                spoken,
                begun + b"event: error\ndata: %s\n\n" % said,
                **expected,
            ),
            Sent(f"an error field: {name}", spoken, begun + b"error: %s\n\n" % said, **expected),
            Sent(
                f"an error alone: {name}",
                spoken,
                frames(body, done=True),
                status="failed",
                says=says,
            ),
            Sent(
                f"an error as JSON: {name}",
                spoken,
                said,
                status="failed",
                says=says,
                kind="application/json",
            ),
        ]
    return sent


CHAT_ERRORS = [
    *errors_of("chat", frames(chunk("One")), "One"),
    chat(
        "an error beside a choice",
        chunk("One"),
        chunk(" more", "error") | {"error": {"code": 502, "message": "Boom"}},
        text="One more",
        status="failed",
        says="Boom",
    ),
    chat(
        "an error within a choice",
        chunk("One"),
        {"choices": [{"index": 0, "delta": {}, "error": {"code": 502, "message": "Boom"}}]},
        text="One",
        status="failed",
        says="Boom",
    ),
    chat(
        "Groq's error",
        chunk("One"),
        chunk({}, x_groq={"error": "Boom"}),
        text="One",
        status="failed",
        says="Boom",
    ),
    Sent(
        "words in an error event",
        "chat",
        frames(chunk("One")) + b"event: error\ndata: Boom it went\n\n",
        "One",
        "failed",
        "Boom it went",
    ),
    Sent(
        "words in place of JSON",
        "chat",
        frames(chunk("One"), "upstream went away"),
        "One",
        "failed",
        "upstream went away",
    ),
    Sent(
        "words in place of a stream",
        "chat",
        b"upstream connect error",
        "",
        "failed",
        "text/plain in place of events.*upstream connect error",
        kind="text/plain",
    ),
    Sent(
        "a page",
        "chat",
        b"<html><p>Log in</p></html>",
        "",
        "failed",
        "login page",
        kind="text/html",
    ),
]

AGENT_ERRORS = errors_of("agent", frames(said("One"), named=True), "One")
