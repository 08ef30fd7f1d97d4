"""Traits derived from a state, and the handlers that observe them."""

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
    """A synced, read-only trait that is read from an answer's state.

    Reading it costs as much as reading the state. The page receives changes through the channel's
    patches, so that a change never sends the whole value.

    Parameters
    ----------
    read : callable
        Takes the widget and returns the value.
    to_json : callable
        Takes the value and returns its JSON form for the page.
    sent : callable, optional
        Takes the widget and returns what ``to_json`` takes in place of the value.
    """

    def __init__(
        self,
        read: Callable[[Any], T],
        to_json: Callable[[Any], Any],
        sent: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(read_only=True)
        self._read = read
        self.tag(
            sync=True,
            to_json=lambda value, widget: to_json(value if sent is None else sent(widget)),
        )

    def get(self, obj: Any, cls: Any = None) -> T | None:  # noqa: ARG002
        """Return the current value."""
        return self._read(obj)

    def set(self, obj: Any, value: Any) -> None:  # noqa: ARG002
        """Raise an error, since only the stream changes an answer."""
        raise traitlets.TraitError(f"{self.name!r} of an answer is read-only.")


@dataclass(frozen=True, slots=True)
class Observer:
    """A handler whose exceptions are logged; equal to every other observer with the same handler.

    Without it, traitlets would skip the handlers after one that fails.
    """

    handler: Callable[..., Any]

    def __call__(self, change: Any) -> None:
        """Call the handler with a change."""
        try:
            self.handler(change)
        except Exception:
            log.exception("an observer of %r failed", change["name"])
        except (SystemExit, KeyboardInterrupt):
            # On the background thread it would end that thread, not the process.
            if not runtime().here():
                raise
            log.exception("an observer of %r failed", change["name"])


def alone(handler: Any) -> Any:
    """Return a handler whose failure affects no other; None and traitlets' handlers stay unchanged."""
    if handler is None or isinstance(handler, traitlets.EventHandler | Observer):
        return handler
    return Observer(handler)


class Observed(traitlets.HasTraits):
    """A model that notifies observers after its derived traits have changed."""

    # On the class, since traitlets calls `observe` before `__init__`.
    _watches_text = False

    # The last values reported to observers; set before any change.
    _told: dict[str, Any]

    def observe(  # type: ignore[override] # as traitlets documents it
        self,
        handler: Callable[..., Any],
        names: Any = traitlets.All,
        type: str = "change",  # noqa: A002
    ) -> None:
        """Call back on changes; see `traitlets.HasTraits.observe`.

        Handlers run on the background thread. An exception in a handler is logged; the other handlers
        are still called. Changes of ``text`` are reported once per flush.
        """
        # The whole text is joined for observers only if there are any.
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
        # On the background thread and never with the lock held, since a handler may need the lock.
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
            # Handlers that a subclass registers by decorator are not wrapped. An exit in one would end
            # the background thread, not the process.
            except (Exception, SystemExit, KeyboardInterrupt):
                log.exception("an observer of %r failed", name)
