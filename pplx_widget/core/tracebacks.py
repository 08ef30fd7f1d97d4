"""Tracebacks of this package's errors, as IPython shows them and a notebook saves them."""

from __future__ import annotations

import re
import sys
import traceback
from types import TracebackType

from .secret import redact

# The colours of a terminal, which IPython puts between the signs of a line.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def in_ipython(error: BaseException) -> list[str]:
    """Return IPython's traceback of an error up to the call of this package, without keys.

    What happens inside says nothing to a reader, and the places of our files would be saved into the
    notebook. The lines of the cell are shown, which may hold a key as it was typed.
    """
    outside = up_to_us(error.__traceback__)
    try:
        shell = sys.modules["IPython"].get_ipython()
        parts = shell.InteractiveTB.structured_traceback(type(error), error, outside)
    except Exception:  # noqa: BLE001 (IPython would then show a traceback of its own, with the key)
        parts = "".join(traceback.format_exception(type(error), error, outside)).splitlines()
    return ["\n".join(map(_without_keys, part.split("\n"))) for part in parts]


def up_to_us(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without what follows on the first frame of this package."""
    if trace is None or _is_ours(trace.tb_frame.f_globals.get("__name__", "")):
        return None
    return TracebackType(up_to_us(trace.tb_next), trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == __name__.partition(".")[0]


def _without_keys(line: str) -> str:
    """Return a line as it is; one with a key without it, and without colours."""
    plain = _COLOURS.sub("", line)
    shown = redact(plain)
    return line if shown == plain else shown
