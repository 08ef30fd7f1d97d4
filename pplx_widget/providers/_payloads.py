"""From the response to a question to the payloads of its stream, the same for both transports."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Final

from ..core import errors
from ..core.options import FormatName
from . import _body
from ._follow import read_out
from ._wire import DONE, error_in, mappings
from .sse import Frame, FrameReader
from .trace import Trace

_BOM: Final = b"\xef\xbb\xbf"
# A line of an event stream, in the first bytes of a response.
_FIELD = re.compile(rb"^(?:data|event|id|retry|error)?:", re.MULTILINE)
# Of a response that is neither a stream nor JSON, the bytes whose words are shown.
_WORDS: Final = 2000


async def payloads(
    response: _body.Response, traced: Trace, host: str, spoken: FormatName
) -> AsyncGenerator[Any, None]:
    """Yield the payloads of a stream as parsed JSON, and note each frame as it was received.

    A response that is JSON in place of a stream is read whole. The frame ``[DONE]`` is the payload
    `DONE`. Closing the generator closes the response.

    Raises
    ------
    PplxError
        A frame is not JSON, or no stream came at all.
    """
    incoming = _Incoming(traced, spoken)
    chunks = _body.pieces(response)
    try:
        async for data in chunks:
            traced.read(len(data))
            for payload in incoming.feed(data):
                yield payload
                if payload == DONE:
                    await read_out(chunks)
                    return
        for payload in incoming.end():
            yield payload
    finally:
        incoming.note_rest()
        await chunks.aclose()
        await response.aclose()
    if not incoming.started:
        _check_stream(response.headers.get("content-type", ""), incoming.head, host)


class _Incoming:
    """Reads the bytes of a response, which are frames of a stream or JSON in place of one."""

    def __init__(self, traced: Trace, spoken: FormatName) -> None:
        self._traced = traced
        self._spoken: FormatName = spoken
        self._reader = FrameReader()
        self._body = bytearray()
        self._is_json: bool | None = None  # None until the first bytes tell
        self.head = b""
        """The first bytes."""
        self.started = False
        """Whether there was a payload."""

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield the payloads that the next bytes complete."""
        if self._is_json is None:
            self.head = data = self.head + data
            if _is_blank(data):
                return
            self._is_json = begins_json(data)
        elif not self.started and len(self.head) < _WORDS:
            self.head += data
        if self._is_json:
            self._body += data
            if len(self._body) > _body.MOST_OF_A_BODY:
                raise errors.oversized("error.oversized.response", _body.MOST_OF_A_BODY // 2**20)
            return
        for raw, frame in self._reader.parts(data):
            if frame is None or frame.says_nothing:
                self._traced.frame(None, raw)
                continue
            try:
                payload = payload_of(frame)
            except errors.PplxError:
                self._traced.frame(None, raw)
                raise
            self._traced.frame(None if payload == DONE else payload, raw)
            self.started = True
            yield payload

    def end(self) -> Iterator[Any]:
        """Yield the payloads of a response that is JSON; it is whole."""
        for raw, document in documents(bytes(self._body)) if self._is_json else ():
            self._traced.frame(document, raw)
            if is_known(document):
                self.started = True
                yield from whole(document, self._spoken)

    def note_rest(self) -> None:
        """Record bytes that do not complete a frame."""
        rest = self._reader.rest or (self.head if self._is_json is None else b"")
        if rest:
            self._traced.frame(None, rest)


def payload_of(frame: Frame) -> Any:
    """Return what a frame says: its JSON, `DONE`, or an object with ``error``.

    Raises
    ------
    ProviderFailed
        It is not JSON.
    """
    if frame.data.startswith(DONE):
        return DONE
    try:
        found = json.loads(frame.data)
    except (ValueError, RecursionError):
        # The error would keep the text that it is about.
        found = None
        if frame.event != "error":
            message = errors.their_words(frame.data) if frame.data.lstrip()[:1] not in "{[" else ""
    else:
        if isinstance(found, list):  # Google's errors come in one
            found = next((each for each in found if isinstance(each, dict)), found)
        if frame.event != "error" or (isinstance(found, dict) and found.get("error")):
            return found
        return {"error": found}
    if frame.event == "error":
        return {"error": frame.data}
    if message:
        raise errors.garbled("error.garbled.said", message=message)
    raise errors.garbled()


def _is_blank(head: bytes) -> bool:
    """Return whether it cannot be known yet what a response is."""
    return len(head) < _WORDS and (_BOM.startswith(head) or not head.removeprefix(_BOM).strip())


def begins_json(head: bytes) -> bool:
    """Return whether a response that begins so is JSON: no line of an event stream does."""
    return head.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[") if head else False


def documents(body: bytes) -> Iterator[tuple[bytes, Any]]:
    """Yield the JSON of a body, one document or one a line, each with its bytes.

    Raises
    ------
    ProviderFailed
        It is not JSON.
    """
    try:
        found = [(body, json.loads(body))]
    except (ValueError, RecursionError):
        lines = body.removeprefix(_BOM).splitlines(keepends=True)
        found = [(line, parsed(line)) for line in lines if line.strip()]
    yield from found


def is_known(document: Any) -> bool:
    """Return whether a JSON document is of an API: an answer, a piece of one, or an error."""
    known = {"choices", "output", "type"}
    each = document if isinstance(document, list) else [document]
    return any(one.keys() & known or error_in(one) is not None for one in mappings(each))


def whole(answer: Any, spoken: FormatName) -> Iterator[Any]:
    """Yield the payloads that a JSON document in place of a stream stands for."""
    for each in answer if isinstance(answer, list) else [answer]:
        if spoken == "agent" and isinstance(each, dict) and "output" in each and "type" not in each:
            yield {"type": "response.done", "response": each}
        else:
            yield each
    yield DONE


def recorded(raw: str | None, data: Any, spoken: FormatName) -> Iterator[Any]:
    """Yield the payloads of a recorded frame, as they were read when it came."""
    if raw is None:
        yield data
        return
    received = raw.encode("utf-8", "surrogateescape")
    if begins_json(received):
        for _, each in documents(received):
            yield from whole(each, spoken)
        return
    for frame in FrameReader().feed(received):
        if not frame.says_nothing:
            yield payload_of(frame)


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


def _check_stream(content_type: str, head: bytes, host: str) -> None:
    """Raise if a response without any event is not an event stream."""
    head = head[:_WORDS]
    is_json = begins_json(head)
    words = "" if is_json or _FIELD.search(head) else head.decode("utf-8", "replace")
    said = errors.their_words(words)
    if said or is_json or not content_type.startswith("text/event-stream"):
        raise errors.no_stream(content_type, host=host, message=said)
