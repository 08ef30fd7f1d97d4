"""A trait that shows a value which lives elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import traitlets

T = TypeVar("T")


class Folded(traitlets.TraitType[T, T], Generic[T]):
    """A synced trait that shows a part of an answer's state and is written by nobody.

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
