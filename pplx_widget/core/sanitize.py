"""Events made fit to leave the process, whoever made them: valid Unicode, and numbers that all have."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from .amounts import LARGEST
from .events import Text
from .text import clean

E = TypeVar("E")


def sanitized(event: E) -> E:
    """Return an event of which every value can be sent and saved; the same one where it is so already.

    The readers of this package make no other; a provider of one's own may. Half of a surrogate pair, or
    a NaN, would end what the page hears of the answer.
    """
    if isinstance(event, Text):  # by far the most; the text joins halves that come apart
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
            return value if abs(value) <= LARGEST else None  # nor is NaN
        case tuple() | list():
            return tuple(map(_value, value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            old = {field.name: getattr(value, field.name) for field in fields(value)}
            new = {name: _value(one) for name, one in old.items()}
            return value if new == old else replace(value, **new)
        case _:
            return value
