"""The forms of requests that the local server reads: paths, HEAD, chunked bodies, rate limits."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from pplx_widget.providers import _limits
from pplx_widget.server.server import LocalServer
from pplx_widget.server.strict import MAX_BODY

from ..support.local_client import ASK, ask


def chunked(*pieces: bytes, trailer: bytes = b"") -> bytes:
    head = (
        b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n"
    )
    return head + b"".join(b"%x;x=y\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n" + trailer


def sent(local: LocalServer, request: bytes) -> bytes:
    parts = urlsplit(local.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return client.makefile("rb").read()


def test_a_body_in_chunks(local: LocalServer) -> None:
    content = json.dumps(ASK).encode()
    request = chunked(content[:3], content[3:], trailer=b"X-Sum: 1\r\n\r\n")
    # As soon as a client closes its side, its answer is given up: read with the side open.
    parts = urlsplit(local.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        client.sendall(request)
        assert client.makefile("rb").read().startswith(b"HTTP/1.1 200 OK")
    assert local.exchanges[0].body == ASK


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (chunked(b"x").replace(b"1;x=y", b"-1"), b"400"),
        (chunked(b"x").replace(b"1;x=y", b"zz"), b"400"),
        (chunked(b"x").replace(b"x\r\n0\r\n", b"xy\r\n0\r\n"), b"400"),
        (chunked(b"x"), b"400"),  # cut off
        (chunked(b"x").replace(b"1;x=y", b"%x" % (MAX_BODY + 1)), b"413"),
        (chunked(b"{").replace(b"chunked", b"gzip"), b"411"),
    ],
    ids=["negative", "no number", "longer", "cut", "too large", "coding"],
)
def test_a_malformed_body_is_refused(local: LocalServer, request_: bytes, status: bytes) -> None:
    assert sent(local, request_).startswith(b"HTTP/1.1 " + status)
    assert local.exchanges == ()


def test_a_question_without_a_body_is_refused(local: LocalServer) -> None:
    answer = sent(local, b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", ["/v1/models", "/v2/nothing", "/v1/responses/resp_unknown"])
def test_head_is_get_without_a_body(local: LocalServer, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(local.base_url).netloc, timeout=30)
    statuses, lengths = [], []
    for method in ("HEAD", "GET", "HEAD"):  # on one connection
        connection.request(method, path)
        with connection.getresponse() as answer:
            body = answer.read()
            statuses.append(answer.status)
            lengths.append(answer.getheader("Content-Length"))
            assert (method == "HEAD") == (body == b"")
    connection.close()
    assert len(set(statuses)) == len(set(lengths)) == 1


@pytest.mark.parametrize("path", ["/v1/v1/responses", "/v1/v1/v1/agent", "/v1/v1/models"])
def test_a_doubled_version_is_understood(local: LocalServer, path: str) -> None:
    method = "GET" if "models" in path else "POST"
    assert ask(local, ASK if method == "POST" else None, path, method).status == 200


@pytest.mark.parametrize("path", ["/responses", "/agent", "/models", "/v1", "/v1/v1", "/v1x/agent"])
def test_other_paths_are_not(local: LocalServer, path: str) -> None:
    assert ask(local, ASK, path).status == 404


def limits(answer: Any) -> tuple[int, int, int, int]:
    names = ("limit", "remaining", "reset", "used")
    limit, remaining, reset, used = (int(answer.headers[f"x-ratelimit-{n}"]) for n in names)
    return limit, remaining, reset, used


def test_the_headers_of_a_rate_limit_are_those_of_the_service(local: LocalServer) -> None:
    before = time.time()
    limit, remaining, reset, used = limits(ask(local, ASK))
    assert limit == remaining + used
    assert used == 1
    assert before < reset <= time.time() + 1  # Unix time


def test_a_limited_server_refuses_more_questions_than_its_rate() -> None:
    with LocalServer(speed=0, rate=2) as local:
        answers = [ask(local, ASK) for _ in range(40)]
        refused = [a for a in answers if a.status == 429]
        assert refused
        for answer in refused:
            assert answer.headers["retry-after"] == "1"
            assert answer.json["error"]["type"] == "request_rate_limit_exceeded"
            limit, remaining, reset, used = limits(answer)
            assert (limit, remaining, used) == (2, 0, 2)
            assert reset <= time.time() + 2
        # In each second of the clock, two.
        seconds = [limits(a)[2] for a in answers if a.status == 200]
        assert max(seconds.count(second) for second in seconds) == 2
        # A connection that was refused once does not stay refused, and searches count too.
        while ask(local, {"query": "CAP"}, "/search").status == 429:
            pass


@pytest.mark.parametrize(("rate", "most"), [(None, None), (5, 5)])
def test_our_client_obeys_only_a_real_limit(rate: int | None, most: int | None) -> None:
    with LocalServer(speed=0, rate=rate) as local:
        found = _limits.read({n.lower(): v for n, v in ask(local, ASK).headers.items()})
    assert (found and found.most) == most


def test_an_impossible_rate() -> None:
    with pytest.raises(ValueError, match="rate must be 1 or more"):
        LocalServer(rate=0)
