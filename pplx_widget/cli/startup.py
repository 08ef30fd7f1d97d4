"""Ctrl-C before and after the command line handles it: the process ends without a traceback.

The import of this module takes care of that.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path


def is_command() -> bool:
    """Return whether this process is the command ``pplx-widget`` or runs one of its modules."""
    program = sys.argv[0] if sys.argv else ""
    if program == "-m":  # set while Python imports the package to run a module of it
        return any(word.partition(".")[0] == "pplx_widget" for word in sys.orig_argv)
    return Path(program).stem == "pplx-widget"


def end_quietly() -> None:
    """Let Ctrl-C end the process by its signal, as a shell expects, unless it is ignored."""
    if is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at Ctrl-C inside, for commands that have to clean up."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


end_quietly()
