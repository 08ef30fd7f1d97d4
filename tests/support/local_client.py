"""A plain HTTP client for the local server, and a question."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

from pplx_widget.server.server import LocalServer

ASK = {"input": "Explain the CAP theorem with an example", "preset": "fast"}


class Answered:
    """An HTTP response, read to its end."""

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
    """Ask, and return the connection as soon as the first byte of the answer has arrived."""
    parts = urlsplit(local.base_url)
    content = json.dumps(body).encode()
    client = socket.create_connection((parts.hostname, parts.port), timeout=30)
    head = (
        f"POST /v1/agent HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    client.sendall(head.encode() + content)
    assert client.recv(1) == b"H"
    return client
