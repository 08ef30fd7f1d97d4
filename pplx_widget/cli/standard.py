"""The standard streams of the command line: UTF-8 in pipes, and failures of the output."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

from ..core.errors import InvalidRequest, PplxError

FAILED, NO_READER = 1, 141
"""Exit codes: the output cannot be written; the reader of a pipe, such as ``head``, has closed it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Errors that only writing has.
_OF_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

_closed = False


def prepare() -> None:
    """Write UTF-8 to files and pipes, whatever the locale; a console gets what it can show."""
    global _closed  # noqa: PLW0603 (the process has one standard output)
    _closed = sys.stdout is None
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            # A console that cannot show a character prints "?" instead of a traceback.
            stream.reconfigure(encoding=encoding, errors="replace")


def require_output() -> None:
    """Raise an error if standard output was closed when the process started.

    Raises
    ------
    PplxError
        It was closed.
    """
    if _closed:
        raise PplxError(
            "The output cannot be written.",
            "Standard output is closed.",
            "Redirect it to a file, or to /dev/null.",
        )


def read_text() -> str:
    """Return the text on standard input.

    Raises
    ------
    InvalidRequest
        It is not text in UTF-8, UTF-16 or UTF-32.
    """
    if sys.stdin is None:
        return ""
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None or sys.stdin.isatty():
        return sys.stdin.read()
    return decoded(buffer.read())


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8, or the encoding that a byte order mark or zero bytes show.

    Raises
    ------
    InvalidRequest
        They are not text in UTF-8, UTF-16 or UTF-32.
    """
    found = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), None)
    mark, encoding = found or (b"", _guessed(data))
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidRequest(
            f"The question on standard input is not {encoding.upper()}.",
            f"Byte {error.start + 1:,} of {len(data):,} does not fit.",
            "Convert it first, for example with `iconv -f latin1 -t utf-8`.",
        ) from None


def _guessed(data: bytes) -> str:
    """Return the encoding of bytes without a mark: every second byte of UTF-16 is mostly zero."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if len(data) % 2 or max(even, odd) * 4 < len(data):
        return "utf-8"
    return "utf-16-le" if odd > even else "utf-16-be"


def failed(error: OSError) -> bool:
    """Return whether an error is a failure of standard output."""
    if error.errno in _OF_OUTPUT:
        return True
    try:  # its buffer cannot be written then
        sys.stdout.flush()
    except OSError as again:
        return again.errno == error.errno
    return False


def discard() -> None:
    """Discard buffered output, because writing it at the exit of the process would fail again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # such as a stream in memory
        sys.stdout = _nowhere()


def _nowhere() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 (a name)
