"""A stand-in for the shell of a kernel."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"


class Shell:
    """A kernel's shell, as far as a display needs one: it keeps what is published."""

    def __init__(self) -> None:
        self.kernel = SimpleNamespace(_allow_stdin=True)
        self.display_pub = self
        self.published: list[tuple[str, bool, dict[str, Any]]] = []
        self.changed = threading.Condition()

    def publish(
        self, data: dict[str, Any], metadata: Any, *, transient: dict[str, str], update: bool
    ) -> None:
        with self.changed:
            self.published.append((transient["display_id"], update, data))
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.published) >= count, 20), self.published
