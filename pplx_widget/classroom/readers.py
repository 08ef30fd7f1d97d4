"""Stream readers with common mistakes, one each, for students to read, run and break.

Each takes a base URL and a question, asks it, and returns the text of the answer. On one machine and
without faults, nearly all of them work.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

import httpx2

Reader: TypeAlias = Callable[[str, str], str]


def wait_for_whole(base_url: str, question: str) -> str:
    """Wait for the complete answer, as ``requests.post`` does: no output until the end, no timeout."""
    body = json.dumps({"input": question, "effort": "fast"}).encode()
    request = urllib.request.Request(f"{base_url}/responses", body)  # noqa: S310 (loopback)
    with urllib.request.urlopen(request) as response:  # noqa: S310
        answer = json.loads(response.read())
    return str(answer["output"][-1]["content"][0]["text"])


def short_timeout(base_url: str, question: str) -> str:
    """Wait half a second at most: longer than any pause in a stream, but shorter than the answer."""
    body = {"input": question, "effort": "fast"}
    response = httpx2.post(f"{base_url}/responses", json=body, timeout=0.5)
    return str(response.json()["output"][-1]["content"][0]["text"])


def json_each_read(base_url: str, question: str) -> str:
    """Treat each read as one event, although TCP keeps the order of bytes and not their grouping."""
    text = ""
    with _asked(base_url, question) as response:
        for data in response.iter_raw():
            event = json.loads(data.split(b"data: ")[1])
            text += event.get("delta", "")
    return text


def decode_each_read(base_url: str, question: str) -> str:
    """Decode each read separately, although a read can end inside a character."""
    text = rest = ""
    with _asked(base_url, question) as response:
        for data in response.iter_raw():
            *lines, rest = (rest + data.decode()).split("\n")
            text += "".join(_deltas(lines))
    return text


def ignore_bad_bytes(base_url: str, question: str) -> str:
    """Decode each read separately and ignore errors: split characters are lost without notice."""
    text = rest = ""
    with _asked(base_url, question) as response:
        for data in response.iter_raw():
            *lines, rest = (rest + data.decode(errors="ignore")).split("\n")
            text += "".join(_deltas(lines))
    return text


def trust_the_end(base_url: str, question: str) -> str:
    """Read lines correctly, but take the stream's end for the answer's end; fail at ``[DONE]``."""
    with _asked(base_url, question) as response:
        return "".join(_deltas(response.iter_lines()))


READERS: dict[str, Reader] = {
    reader.__name__: reader
    for reader in (
        wait_for_whole,
        short_timeout,
        json_each_read,
        decode_each_read,
        ignore_bad_bytes,
        trust_the_end,
    )
}
"""The readers by name."""


def _asked(base_url: str, question: str) -> AbstractContextManager[httpx2.Response]:
    body = {"input": question, "effort": "fast", "stream": True}
    return httpx2.stream("POST", f"{base_url}/responses", json=body, timeout=None)


def _deltas(lines: Any) -> Iterator[str]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: ")).get("delta", "")
