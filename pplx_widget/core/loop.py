"""The event loop of the background thread: asyncio's own, but nobody waits for a name to be found."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from concurrent.futures import Future
from typing import Any

if sys.platform == "win32":
    _Usual = asyncio.ProactorEventLoop
else:
    _Usual = asyncio.SelectorEventLoop


class Loop(_Usual):
    """An event loop that looks names up in threads of their own."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Return what `socket.getaddrinfo` does.

        In asyncio's worker threads, the end of the interpreter would wait as long as a resolver tries:
        half a minute where there is no network. A few stuck ones would also hold up everything else
        that is done there.
        """
        found: Future[Any] = Future()
        found.set_running_or_notify_cancel()  # who gives up waiting must not break the thread

        def look_up() -> None:
            try:
                found.set_result(socket.getaddrinfo(host, port, **options))
            except Exception as error:  # noqa: BLE001 (raised where it is awaited)
                found.set_exception(error)

        threading.Thread(target=look_up, name="pplx_widget lookup", daemon=True).start()
        return await asyncio.wrap_future(found, loop=self)
