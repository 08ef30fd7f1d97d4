"""A fake of a kernel's shell."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"


class Shell:
    """The part of a kernel's shell that a display needs; it keeps the published outputs."""

    def __init__(self) -> None:
        self.kernel = SimpleNamespace(_allow_stdin=True)
        self.display_pub = self
        self.run_cell = None
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
