"""Reads the body of a request: of a known length, or in chunks."""

from __future__ import annotations

import re
from email.message import Message
from io import BufferedIOBase

from .strict import MAX_BODY, TOO_LARGE, Refusal

_NO_LENGTH = Refusal(411, "invalid_request", "Length Required")
_BAD_CHUNK = Refusal(400, "invalid_request", "the chunked body is malformed")

_PIECE = 64 * 1024
_LONGEST_LINE = 4096
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
# Closing a connection with unread data resets it, and the client could lose the refusal: so much of a
# body that is too large is read and discarded.
_DISCARDED = 4 * MAX_BODY


class BodyRefused(Exception):
    """A body that cannot be read, so the connection has to be closed.

    Parameters
    ----------
    refusal : Refusal
        The answer to the request.
    unread : int, optional
        How many bytes the client is still about to send.
    """

    def __init__(self, refusal: Refusal, unread: int = 0) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.unread = min(unread, _DISCARDED)


def read_body(headers: Message, source: BufferedIOBase) -> bytes:
    """Return the body of a request; empty if the request has none.

    Raises
    ------
    BodyRefused
        If it is too large, or its end is not known.
    """
    coding = headers.get("Transfer-Encoding")
    if coding is not None:
        if coding.strip().lower() != "chunked":
            raise BodyRefused(_NO_LENGTH)
        return _chunked(source)
    length = headers.get("Content-Length")
    if length is None:
        return b""
    if not (length.isascii() and length.isdigit()):
        raise BodyRefused(_NO_LENGTH)
    if int(length) > MAX_BODY:
        raise BodyRefused(TOO_LARGE, int(length))
    return source.read(int(length))


def discard(source: BufferedIOBase, unread: int) -> None:
    """Read the rest of a refused body."""
    while unread > 0 and (piece := source.read(min(unread, _PIECE))):
        unread -= len(piece)


def _chunked(source: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _size(source):
        if len(body) + size > MAX_BODY:
            raise BodyRefused(TOO_LARGE, size)
        piece = source.read(size)
        if len(piece) < size or source.readline(3) not in (b"\r\n", b"\n"):
            raise BodyRefused(_BAD_CHUNK)
        body += piece
    # The headers that may follow the last chunk are ignored.
    while (line := source.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n"):
        if not line.endswith(b"\n"):
            raise BodyRefused(_BAD_CHUNK)
    return bytes(body)


def _size(source: BufferedIOBase) -> int:
    line = _SIZE.fullmatch(source.readline(_LONGEST_LINE))
    if line is None:
        raise BodyRefused(_BAD_CHUNK)
    return int(line[1], 16)
