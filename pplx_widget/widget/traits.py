"""The traits of an answer, which are derived from its state, and the handlers that observe them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import traitlets

from ..core.runtime import runtime

log = logging.getLogger("pplx_widget")

T = TypeVar("T")


class Derived(traitlets.TraitType[T, T], Generic[T]):
    """A synced trait that is read from an answer's state; nothing writes it.

    Reading it costs what reading the state costs. The page learns of changes by the channel's
    patches, so that a change never sends the whole.

    Parameters
    ----------
    read : callable
        Takes the widget and returns the value.
    to_json : callable
        Takes the value and returns what the page gets.
    """

    def __init__(self, read: Callable[[Any], T], to_json: Callable[[T], Any]) -> None:
        super().__init__(read_only=True)
        self._read = read
        self.tag(sync=True, to_json=lambda value, _widget: to_json(value))

    def get(self, obj: Any, cls: Any = None) -> T | None:  # noqa: ARG002
        """Return the current value."""
        return self._read(obj)

    def set(self, obj: Any, value: Any) -> None:  # noqa: ARG002
        """Refuse: an answer is written by its stream alone."""
        raise traitlets.TraitError(f"{self.name!r} of an answer is read-only.")


@dataclass(frozen=True, slots=True)
class Observer:
    """A handler whose failure is logged; equal to any other of the same handler.

    traitlets would skip the handlers that come after one that fails.
    """

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
