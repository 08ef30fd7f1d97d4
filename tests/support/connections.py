"""The connections of a page to its kernels, which a test can cut."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute


class Connections:
    """All WebSockets that the page opens from now on."""

    def __init__(self, page: Page) -> None:
        self._open: list[WebSocketRoute] = []
        self._cut = False
        page.route_web_socket("**/channels**", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self._cut:
            socket.close()
            return
        socket.connect_to_server()
        self._open.append(socket)

    def cut(self) -> None:
        """Close them, and refuse new ones."""
        self._cut = True
        for socket in self._open:
            socket.close()
        self._open.clear()

    def mend(self) -> None:
        """Let the page connect again."""
        self._cut = False
