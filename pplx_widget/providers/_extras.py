"""The further headers and fields of the request that a task is sending.

Clients are shared by all answers, so their hooks learn from a context variable what belongs to the
request at hand. The OpenAI SDK never has the headers: its log would show them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from ..question.request import Request

_sending: ContextVar[Request | None] = ContextVar("pplx_sending", default=None)


@contextlib.contextmanager
def sending(request: Request) -> Iterator[None]:
    """Send what this request has beyond its options, as long as the block lasts."""
    token = _sending.set(request)
    try:
        yield
    finally:
        _sending.reset(token)


def add_headers(outgoing: Any) -> None:
    """Put the further headers into a request of the HTTP client, in the place of others."""
    if (request := _sending.get()) is not None:
        outgoing.headers.update(dict(request.extra_headers or {}))


def fields() -> tuple[str, ...]:
    """Return the names of the further fields."""
    request = _sending.get()
    return tuple((request and request.extra_body) or ())
