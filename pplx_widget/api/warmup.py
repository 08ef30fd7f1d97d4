"""The warm start: what the first answer would wait for is done before it is asked.

Importing the SDK takes 0.3 to 0.5 s, and making a client (certificates) 0.05 s. In an interactive
kernel both happen on the background thread, at import or `configure`; a script starts them with its
first question.
"""

from __future__ import annotations

import contextlib
import logging

from .. import providers
from ..config import connection, on_configure, settings
from ..core.errors import PplxError
from ..core.runtime import runtime
from ..widget import bundle, host

log = logging.getLogger("pplx_widget")


def start() -> None:
    """Begin warming up if this is an interactive kernel; again after each `configure`."""
    if host.in_kernel():
        on_configure(_warm)
        _warm()
        # The page's code is on its way before the first answer needs it, if there is a page.
        if not host.non_interactive():
            with contextlib.suppress(PplxError):
                bundle.model_id()


def _warm() -> None:
    with contextlib.suppress(PplxError):  # no thread can be had: the first question will say so
        runtime().begin(_prepare)


async def _prepare() -> None:
    # Warming up is a favour: whatever is wrong will be said by the first answer.
    try:
        await providers.prepare(settings().provider, connection(open_stores=False))
    except Exception:
        log.debug("the warm start failed", exc_info=True)
