"""The warm start: slow preparations are done before the first question.

To import what an answer needs takes 0.1 s, to import the SDK 0.3 to 0.5 s, to create a client
(certificates) 0.05 s. In an interactive kernel all of this happens on the background thread, at import
or `configure`; in a script, with the first question.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from ..core.errors import PplxError
from ..core.runtime import runtime
from ..widget import host

log = logging.getLogger("pplx_widget")


def start() -> None:
    """Warm up a kernel, now and after each `configure`."""
    _imported("..widget.batch.lists").show_lists()
    _begin(_first)
    # If there is a page, send it its code before the first answer needs it.
    if not host.non_interactive():
        with contextlib.suppress(PplxError):
            _imported("..widget.bundle").model_id()


def _begin(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with contextlib.suppress(PplxError):  # no thread can start: the first question will report it
        runtime().begin(work)


async def _first() -> None:
    with _optional():
        await runtime().importing(lambda: _imported(".ask"))
        _imported("..config").on_configure(lambda: _begin(_prepare))
    await _prepare()


async def _prepare() -> None:
    with _optional():
        config = _imported("..config")
        server = config.connection(open_stores=False)
        await _imported("..providers").prepare(config.settings().provider, server)


@contextlib.contextmanager
def _optional() -> Iterator[None]:
    """Ignore an error: the first answer will report it."""
    try:
        yield
    except Exception:
        log.debug("the warm start failed", exc_info=True)


def _imported(name: str) -> Any:
    return importlib.import_module(name, __package__)
