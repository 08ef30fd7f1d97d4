"""The request handler of the local server: it reads requests and chooses the answer."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from ..recordings.format import question_in
from . import origins
from .bodies import BodyRefused, discard, read_body
from .chat import as_chat
from .faults import PAGE
from .pace import Pace
from .replies import Replies
from .routes import Route, route_of
from .search import refused_search, search
from .stored import Run
from .strict import (
    NOT_A_PLACE,
    NOT_CANCELLABLE,
    NOT_JSON,
    RATE_LIMITED,
    RETIRED,
    UNKNOWN_PREVIOUS,
    UNKNOWN_RESPONSE,
    Refusal,
    chooses_search,
    refusal,
)
from .unknown import answer_to

# Values of the Host header. Full names only: anyone can own a domain like "127.example.com".
_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)

_NOT_ASKED = Refusal(400, "invalid_request", "a browser sends its origin with OPTIONS")


class Handler(Replies):
    """The handler of the requests of one connection."""

    def do_GET(self) -> None:  # noqa: N802 (http.server names it)
        """Answer with the models, or with a stored response."""
        self._line.begin(self.server.network)
        route = route_of(self.path)
        if unwelcome := self._unwelcome():
            self._refuse(unwelcome)
        elif route.kind == "models":
            models = [{"id": "local/scripted-sample", "object": "model", "owned_by": "local"}]
            self._send_json({"object": "list", "data": models})
        elif route.kind == "stored":
            self._fetch(route)
        else:
            self._refuse(_not_found(route.path))

    def do_HEAD(self) -> None:  # noqa: N802 (http.server names it)
        """Answer as to GET, without a body."""
        self.do_GET()

    def do_OPTIONS(self) -> None:  # noqa: N802 (http.server names it)
        """Answer a browser's question whether a page may send a request."""
        self._line.begin(self.server.network)
        if (unwelcome := self._unwelcome()) or not self.headers.get("Origin"):
            self._refuse(unwelcome or _NOT_ASKED)
            return
        self.send_response(HTTPStatus.NO_CONTENT)
        for name, value in origins.preflight(dict(self.headers)):
            self.send_header(name, value)
        self._send_permission()
        self.end_headers()

    def do_POST(self) -> None:  # noqa: N802 (http.server names it)
        """Answer a question with a sample, or refuse it as the service would."""
        try:
            content = read_body(self.headers, self.rfile)
        except BodyRefused as body:
            self.close_connection = True
            self._refuse(body.refusal)
            discard(self.rfile, body.unread)
            return
        self._line.begin(self.server.network)
        route, parsed = route_of(self.path), _json_object(content)
        if refused := self._unwelcome():
            self._refuse(refused)
        elif route.kind == "cancel":
            self._cancel(route)
        elif seconds := self.server.limit.take():
            self._refuse(RATE_LIMITED, wait=seconds)
        elif refused := self._refusal(route, parsed):
            self._refuse(refused)
        elif self.server.fault == "429" and (seconds := self.server.rate_limit.wait()):
            self._refuse(RATE_LIMITED, wait=seconds)
        elif self.server.fault == "html":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", PAGE)
        elif route.kind == "search":
            found = search(parsed or {}, self.server.library, str(uuid.uuid4()))
            self._send_json(found)
        elif route.kind == "chat":
            self._chat(parsed or {})
        else:
            self._ask(parsed or {})

    def _refusal(self, route: Route, body: dict[str, Any] | None) -> Refusal | None:
        """Return the reason to refuse a question or a search, or None."""
        library = self.server.library
        # The service retired chat completions; a recording is served in both API formats.
        if route.kind == "chat" and not library.strict:
            return RETIRED
        if route.kind not in ("ask", "chat", "search"):
            return _not_found(route.path)
        if body is None:
            return NOT_JSON
        if route.kind == "search":
            return refused_search(body)
        if route.kind == "chat":
            if not question_in(body.get("messages")):
                return Refusal(400, "invalid_request", "messages is required", "messages")
            return library.refusal(_question(body))
        refused = refusal(body) or library.refusal(_question(body))
        if not refused and not self.server.knows(body.get("previous_response_id")):
            return UNKNOWN_PREVIOUS
        return refused

    def _chat(self, body: dict[str, Any]) -> None:
        exchange, _ = answer_to(_question(body), self.server.library)
        with self.server.serving(body) as served:
            pace = Pace(self._line, self.server.speed)
            frames, whole = as_chat(self.server.library.as_recorded(exchange), served.response_id)
            if body.get("stream"):
                self._stream(self._due(frames, pace.until), scripted=exchange.scripted)
            else:
                pace.until(exchange.duration)
                self._whole(whole, scripted=exchange.scripted)

    def _ask(self, body: dict[str, Any]) -> None:
        exchange, preface = answer_to(
            _question(body), self.server.library, filtered=chooses_search(body)
        )
        with self.server.serving(body) as served:
            name, speed = served.response_id, self.server.speed
            run = served.run = Run(exchange, preface, body, response_id=name, speed=speed)
            if body.get("stream"):
                self._stream_run(run)
            else:
                if not run.background:
                    self._pace(run).until(run.duration, run.cancelled)
                self._whole(run.response(), scripted=run.scripted)

    def _fetch(self, route: Route) -> None:
        """Answer with a stored response, or take its stream up again."""
        run = self.server.stored(route.response_id)
        after = route.query.get("starting_after", "-1")
        if run is None:
            self._refuse(UNKNOWN_RESPONSE)
        elif (
            not re.fullmatch(r"-1|[0-9]{1,18}", after) or route.query.get("starting_after") == "-1"
        ):
            self._refuse(NOT_A_PLACE)
        elif route.query.get("stream") == "true" and self.command != "HEAD":
            # The faults are those of the question: the rest of its answer arrives.
            self._stream_run(run, int(after), faulty=False)
        else:
            self._send_json(run.response())

    def _cancel(self, route: Route) -> None:
        run = self.server.stored(route.response_id)
        if run is None:
            self._refuse(UNKNOWN_RESPONSE)
        elif not run.cancel():
            self._refuse(NOT_CANCELLABLE)
        else:
            said = {"response_id": route.response_id, "status": "cancelling"}
            self._send_json(said)

    def _pace(self, run: Run) -> Pace:
        return Pace(self._line, self.server.speed, run.started)

    def _stream_run(self, run: Run, after: int = -1, *, faulty: bool = True) -> None:
        pace = self._pace(run)
        pieces = [(moment.t, moment.data) for moment in run.moments(after)]

        def until(t: float) -> bool:
            return pace.until(t, run.cancelled)

        def frames() -> Iterator[bytes]:
            yield from self._due(pieces, until, faulty=faulty)
            if run.cancelled():
                yield run.last(after)

        self._stream(frames(), scripted=run.scripted)

    def _unwelcome(self) -> Refusal | None:
        """Return the reason to refuse a request that may come from a web page, or None.

        A web page can make the browser send requests to this machine: through a host name that
        resolves to 127.0.0.1 (DNS rebinding), or across origins. Other programs do neither. One origin
        can be allowed.
        """
        if not _LOOPBACK.fullmatch(self.headers.get("Host", "")):
            return Refusal(403, "forbidden_host", "this server answers to loopback addresses only")
        if not origins.welcome(self.headers.get_all("Origin", []), self.server.origin):
            allowed = self.server.origin
            but = (
                f"answers to pages of {allowed} only" if allowed else "does not answer to web pages"
            )
            return Refusal(403, "forbidden_origin", f"this server {but}")
        return None


def _question(body: dict[str, Any]) -> str:
    return question_in(body.get("input", body.get("messages")))


def _not_found(path: str) -> Refusal:
    return Refusal(404, "not_found", f"there is nothing at {path[:200] or '/'}")


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
