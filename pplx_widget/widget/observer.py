"""What users hand to `observe`, made to fail alone: traitlets would skip those that come after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import traitlets

from ..core.runtime import runtime

log = logging.getLogger("pplx_widget")


@dataclass(frozen=True, slots=True)
class Observer:
    """A handler whose failure is logged; equal to any other of the same handler."""

    handler: Callable[..., Any]

    def __call__(self, change: Any) -> None:
        """Pass a change on."""
        try:
            self.handler(change)
        except Exception:
            log.exception("an observer of %r failed", change["name"])
        except (SystemExit, KeyboardInterrupt):
            # There it would end the thread of all answers, and not the process.
            if not runtime().here():
                raise
            log.exception("an observer of %r failed", change["name"])


def alone(handler: Any) -> Any:
    """Return a handler that fails alone. None and traitlets' own kind stay what they are."""
    if handler is None or isinstance(handler, traitlets.EventHandler | Observer):
        return handler
    return Observer(handler)
