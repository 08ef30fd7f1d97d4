"""The OpenAI SDK as we use it: one client a base URL and key, its errors made ours, a warm start.

Nothing here knows a shape of the API. The clients live on the event loop that first used them, which
is the package's background thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import openai

from .. import errors, trace
from .._loop import run
from .._version import __version__
from ..config import Connection
from ..runtime import runtime
from ._pool import Pool
from ._wire import failure


def _make(connection: Connection) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        # A server on this machine is asked without a key, which the SDK cannot imagine.
        api_key=connection.key.reveal() if connection.key else "none",
        base_url=connection.base_url,
        max_retries=0,  # see _retries.py
        default_headers={"X-Pplx-Integration": f"pplx_widget/{__version__}"},
    )


clients = Pool(_make, openai.AsyncOpenAI.close)


def timeout(connection: Connection) -> openai.Timeout:
    """Return a connection's limits as the SDK takes them."""
    limit = connection.timeout
    return openai.Timeout(limit.read, connect=limit.connect)


async def ask(
    connection: Connection,
    send: Callable[[openai.AsyncOpenAI], Awaitable[openai.AsyncStream[Any]]],
    payload: Callable[[Any], Any],
    types_ready: asyncio.Task[None] | None = None,
) -> AsyncGenerator[Any, None]:
    """Ask; return the events of the stream, each as the mapping that came over the wire."""
    traced = trace.current()
    try:
        stream = await send(clients.client(connection))
    except openai.APIStatusError as error:
        _note_head(traced, error.response)
        raise
    _note_head(traced, stream.response)
    return _payloads(stream, payload, types_ready, connection.host, traced)


def _note_head(traced: trace.Trace, response: Any) -> None:
    # Whichever HTTP library the SDK rides on.
    traced.head(response.status_code, response.request.headers, response.headers)


async def _payloads(
    stream: openai.AsyncStream[Any],
    payload: Callable[[Any], Any],
    types_ready: asyncio.Task[None] | None,
    host: str,
    traced: trace.Trace,
) -> AsyncGenerator[Any, None]:
    started = False
    try:
        if types_ready is not None:
            # Shielded: stopping this answer must not stop what the next one needs.
            await asyncio.shield(types_ready)
        async for event in stream:
            started = True
            data = payload(event)
            traced.frame(data, size=_SIZE_OF_DELTA if _is_small(data) else len(repr(data)))
            yield data
    finally:
        await stream.close()
    if not started:
        errors.check_stream(stream.response.headers.get("content-type", ""), host=host)


# In bytes, about: what a trace keeps of a piece of text.
_SIZE_OF_DELTA = 400


def _is_small(data: Any) -> bool:
    """Return whether a payload is one of the many, which are not worth being measured."""
    return isinstance(data, dict) and data.get("type") == "response.output_text.delta"


def dumped(event: Any) -> Any:
    """Return an object of the SDK as the JSON that it was made of."""
    dump = getattr(event, "model_dump", None)
    return dump(exclude_unset=True, warnings=False) if dump else event


def translator(host: str) -> Callable[[Exception, bool], errors.PplxError]:
    """Return what makes an error of ours of an error of the SDK, or of what it rides on."""

    def our_error(error: Exception, started: bool) -> errors.PplxError:  # noqa: FBT001
        match error:
            case errors.PplxError():
                return error
            case openai.APIStatusError(response=response):
                headers: Mapping[str, str] = response.headers
                return errors.from_response(error.status_code, headers, response.content, host=host)
            case openai.APIConnectionError():
                return errors.from_transport(error, host=host, started=started)
            # An error event in a stream that began well: the SDK raises it with its error object.
            case openai.APIError() if type(error) is openai.APIError:
                return failure(error.body, host)
            case json.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
                return errors.garbled()
        # In mid-stream the SDK before version 3 lets the errors of its HTTP library through.
        if type(error).__module__.startswith(("httpx", "httpcore")):
            return errors.from_transport(error, host=host, started=started)
        return errors.unforeseen(error)

    return our_error


# ---- the warm start ---------------------------------------------------------------------------------

_types_ready: asyncio.Task[None] | None = None


def prepare_types() -> asyncio.Task[None]:
    """Start building the SDK's response types, once; return the task.

    The first Responses event costs the SDK about half a second of building types, and the first
    request some imports. So that no token waits for them, a made-up stream is read through the SDK
    beforehand, in a thread of its own while the request is under way; no byte leaves the process.
    """
    global _types_ready  # noqa: PLW0603 (once a process)
    loop = asyncio.get_running_loop()
    # Another loop: after a fork, or in the place of one that failed.
    if _types_ready is None or _types_ready.get_loop() is not loop or _types_ready.cancelled():
        _types_ready = loop.create_task(_read_made_up_stream())
    return _types_ready


async def _read_made_up_stream() -> None:
    # Warming up is a favour: if a future SDK differs, the first answer is slower and that is all.
    with contextlib.suppress(Exception):
        await runtime().importing(lambda: run(_made_up_answer()))


async def _made_up_answer() -> None:
    # What httpx imports only when it first opens a connection.
    anyio = importlib.import_module("anyio")
    _ = anyio.connect_tcp
    await anyio.sleep(0)
    # Whichever httpx the installed SDK rides on: its own client class tells.
    client_class = openai.DefaultAsyncHttpxClient
    base = next(c for c in client_class.__mro__ if c.__module__.startswith("httpx"))
    httpx = importlib.import_module(base.__module__.partition(".")[0])
    body = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in _made_up_events())
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, headers={"content-type": "text/event-stream"}, text=body)
    )
    async with (
        client_class(transport=transport) as http,
        openai.AsyncOpenAI(
            api_key="none", base_url="http://warm.invalid/v1", http_client=http
        ) as warm,
        await warm.responses.create(input="", stream=True, extra_body={"preset": "fast"}) as stream,
    ):
        async for event in stream:
            event.model_dump(warnings=False)  # the first one builds as much as the first parse


def _made_up_events() -> list[dict[str, object]]:
    """Return events of the kinds that answers consist of, so that their types get built."""
    message = {
        "type": "message",
        "id": "m",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "", "annotations": []}],
    }
    search = {"type": "search_results", "queries": [], "results": []}
    response = {"id": "r", "object": "response", "created_at": 0, "model": "", "output": []}
    ended = {**response, "status": "completed", "output": [search, message]}
    delta = {"type": "response.output_text.delta", "delta": "", "item_id": "m"}
    return [
        {"type": "response.created", "response": response},
        {"type": "response.reasoning.search_queries", "queries": []},
        {"type": "response.reasoning.search_results", "results": []},
        {"type": "response.output_item.done", "output_index": 0, "item": search},
        {**delta, "output_index": 1, "content_index": 0},
        {"type": "response.output_item.done", "output_index": 1, "item": message},
        {"type": "response.completed", "response": ended},
    ]
