"""The warm start: slow preparations are done before the first question.

To import the SDK takes 0.3 to 0.5 s, to create a client (certificates) 0.05 s. In an interactive kernel
both happen on the background thread, at import or `configure`; in a script, with the first question.
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
    """Warm up, now and after each `configure`, if this process is a kernel."""
    if host.in_kernel():
        on_configure(_warm)
        _warm()
        # If there is a page, send it its code before the first answer needs it.
        if not host.non_interactive():
            with contextlib.suppress(PplxError):
                bundle.model_id()


def _warm() -> None:
    with contextlib.suppress(PplxError):  # no thread can start: the first question will report it
        runtime().begin(_prepare)


async def _prepare() -> None:
    # The warm start is optional: the first answer will report any error.
    try:
        await providers.prepare(settings().provider, connection(open_stores=False))
    except Exception:
        log.debug("the warm start failed", exc_info=True)
