"""Short tracebacks, without keys, for this package's errors in IPython and saved notebooks."""

from __future__ import annotations

import re
import sys
import traceback
from types import TracebackType

from .secret import redact

# Terminal colours, which IPython inserts within a line.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def in_ipython(error: BaseException) -> list[str]:
    """Return IPython's traceback of an error, without keys and without frames of this package.

    The inner frames do not help the user, and the notebook would save the paths of our files. The
    traceback shows lines of the cell, which may contain a typed key.
    """
    outside = up_to_us(error.__traceback__)
    try:
        shell = sys.modules["IPython"].get_ipython()
        parts = shell.InteractiveTB.structured_traceback(type(error), error, outside)
    except Exception:  # noqa: BLE001 (otherwise IPython shows its own traceback, with the key)
        parts = "".join(traceback.format_exception(type(error), error, outside)).splitlines()
    return ["\n".join(map(_without_keys, part.split("\n"))) for part in parts]


def up_to_us(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback that ends before the first frame of this package."""
    if trace is None or _is_ours(trace.tb_frame.f_globals.get("__name__", "")):
        return None
    return TracebackType(up_to_us(trace.tb_next), trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _without_keys(line: str) -> str:
    """Return a line unchanged or, if it contains a key, without the key and without colours."""
    plain = _COLOURS.sub("", line)
    shown = redact(plain)
    return line if shown == plain else shown
