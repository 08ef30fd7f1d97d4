"""From the response to a question to the payloads of its stream, the same for both transports."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from ..core import errors
from . import _body
from ._follow import read_out
from ._wire import failure
from .sse import FrameReader
from .trace import Trace


async def payloads(response: _body.Response, traced: Trace, host: str) -> AsyncGenerator[Any, None]:
    """Yield the payloads of a stream as parsed JSON, and note each frame as it was received.

    Closing the generator closes the response.

    Raises
    ------
    PplxError
        A frame reports an error or is not JSON, or no stream came at all.
    """
    reader, started = FrameReader(), False
    chunks = _body.pieces(response)
    try:
        async for chunk in chunks:
            traced.read(len(chunk))
            for raw, frame in reader.parts(chunk):
                if frame is None or frame.says_nothing:
                    traced.frame(None, raw)
                    continue
                if frame.data.startswith("[DONE]"):
                    traced.frame(None, raw)
                    await read_out(chunks)
                    return
                try:
                    payload = parsed(frame.data)
                except errors.PplxError:
                    traced.frame(None, raw)
                    raise
                traced.frame(payload, raw)
                if isinstance(payload, dict) and payload.get("error"):
                    raise failure(payload["error"], host)
                started = True
                yield payload
    finally:
        if rest := reader.rest:
            traced.frame(None, rest)
        await chunks.aclose()
        await response.aclose()
    if not started:
        errors.check_stream(response.headers.get("content-type", ""), host=host)


def parsed(data: str | bytes) -> Any:
    """Return what JSON says.

    Raises
    ------
    ProviderFailed
        It is not JSON.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        # The error would keep the text that it is about.
        pass
    raise errors.garbled()
