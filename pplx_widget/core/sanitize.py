"""Make events safe to send and save: valid Unicode, and numbers that JavaScript can represent."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from .amounts import LARGEST
from .events import Text
from .text import clean

E = TypeVar("E")


def sanitized(event: E) -> E:
    """Return an event whose values can all be sent and saved; the same object if they already can.

    Events of the package's own providers are safe; those of a user's provider may not be. A lone
    surrogate or a NaN would end the answer's updates in the browser.
    """
    if isinstance(event, Text):  # by far the most common; `GrowingText` joins split surrogate pairs
        return event
    same: E = _value(event)
    return same


def _value(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case bool():
            return value
        case int():
            return max(-LARGEST, min(value, LARGEST))
        case float():
            return value if abs(value) <= LARGEST else None  # None for NaN, too
        case tuple() | list():
            return tuple(map(_value, value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            old = {field.name: getattr(value, field.name) for field in fields(value)}
            new = {name: _value(one) for name, one in old.items()}
            return value if new == old else replace(value, **new)
        case _:
            return value
