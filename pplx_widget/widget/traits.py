"""Traits that are derived from a state, and the handlers that observe them."""

from __future__ import annotations

import functools
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


class Observed(traitlets.HasTraits):
    """A model whose derived traits are told to observers after they changed."""

    # On the class, since traitlets calls `observe` before `__init__`.
    _watches_text = False

    # What observers know; set before anything changes.
    _told: dict[str, Any]

    def observe(  # type: ignore[override] # as traitlets documents it
        self,
        handler: Callable[..., Any],
        names: Any = traitlets.All,
        type: str = "change",  # noqa: A002
    ) -> None:
        """Call back on changes; see `traitlets.HasTraits.observe`.

        Handlers run on the background thread, and what one raises is logged and keeps no other from
        being called. Changes of ``text`` are told once a flush.
        """
        # The whole text is put together for observers only where there are any.
        self._watches_text |= names is traitlets.All or "text" in names
        super().observe(alone(handler), names, type)

    def unobserve(  # type: ignore[override]
        self,
        handler: Callable[..., Any] | None,
        names: Any = traitlets.All,
        type: str = "change",  # noqa: A002
    ) -> None:
        """Stop calling a handler back; see `traitlets.HasTraits.unobserve`."""
        super().unobserve(alone(handler), names, type)

    def _on_sent(self, names: set[str]) -> None:
        # Always on the background thread and never under the lock, which a handler may be waiting for.
        if runtime().here():
            self._tell(names)
        else:
            runtime().call(functools.partial(self._tell, names))

    def _tell(self, names: set[str]) -> None:
        for name in sorted(names):
            if name == "text" and not self._watches_text:
                continue
            new = getattr(self, name)
            old = self._told.get(name, traitlets.Undefined)
            self._told[name] = new
            change = traitlets.Bunch(name=name, old=old, new=new, owner=self, type="change")
            try:
                self.notify_change(change)
            # A subclass's own, by decorator. Also an exit: it would end the thread of all answers, and
            # not the process.
            except (Exception, SystemExit, KeyboardInterrupt):
                log.exception("an observer of %r failed", name)
