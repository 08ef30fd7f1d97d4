"""The evidence in a structured answer: for each value, the sources and the quote that support it.

With ``evidence=True``, each leaf value arrives in a *wrapper*: an object with the keys ``value``,
``sources`` and ``quote`` (`question.wrapped` asks for it). A model may deviate, so every form that can
be understood is accepted: a value without a wrapper, an id as a text, no quote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..markers import MARKER, ids_of

VALUE: Final = "value"
SOURCES: Final = "sources"
QUOTE: Final = "quote"
KEYS: Final = (VALUE, SOURCES, QUOTE)

_MARKER = re.compile(MARKER)
# An id as a text of its own: "1", "#1", "Source 1"; `web:1` and lists are markers without brackets.
_ID = re.compile(r"[^\W\d_]{0,12}[ #:]{0,2}([0-9]{1,6})")
_BETWEEN = " … "


@dataclass(frozen=True, slots=True)
class Field:
    """A leaf value of a structured answer, with one of its sources.

    Attributes
    ----------
    path : str
        The place of the value: the keys and the positions from 0, joined by dots
        (``companies.0.name``); ``""`` for an answer that is a single value.
    value : object
        The value, as JSON has it.
    id : int or None
        The id of the source; None if the answer names none.
    quote : str
        The passage of the source that the answer quotes; ``""`` if there is none.
    quoted : bool or None
        Whether the quote is in the snippet of the source. None if there is no quote, no such
        source, or no snippet to compare with.
    """

    path: str
    value: Any
    id: int | None
    quote: str
    quoted: bool | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf value as it arrived, with the ids of all its sources."""

    path: tuple[str | int, ...]
    value: Any
    ids: tuple[int, ...]
    quote: str


def unwrapped(value: Any) -> tuple[Any, tuple[Leaf, ...]]:
    """Return a parsed answer without its wrappers, and its leaf values in order."""
    leaves: list[Leaf] = []
    return _unwrapped(value, (), leaves), tuple(leaves)


def _unwrapped(value: Any, path: tuple[str | int, ...], leaves: list[Leaf]) -> Any:
    if is_wrapper(value):
        inner = value[VALUE]
        ids = [*ids_named(value.get(SOURCES)), *_marked(inner)]
        leaves.append(Leaf(path, inner, tuple(dict.fromkeys(ids)), _quote(value.get(QUOTE))))
        return inner
    if isinstance(value, dict):
        return {key: _unwrapped(each, (*path, key), leaves) for key, each in value.items()}
    if isinstance(value, list):
        return [_unwrapped(each, (*path, n), leaves) for n, each in enumerate(value)]
    leaves.append(Leaf(path, value, tuple(dict.fromkeys(_marked(value))), ""))
    return value


def is_wrapper(value: Any) -> bool:
    """Return whether a JSON value is a wrapper.

    A user's own object with the same keys is none: each of its values is in a wrapper of its own.
    """
    if not isinstance(value, dict) or VALUE not in value:
        return False
    named = SOURCES in value or QUOTE in value
    alone = len(value) == 1 and not isinstance(value[VALUE], dict | list)
    return (
        (named or alone) and _may_name_ids(value.get(SOURCES)) and _may_be_quote(value.get(QUOTE))
    )


def _may_name_ids(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_may_name_ids, value))
    return not isinstance(value, dict)


def _may_be_quote(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return value is None or isinstance(value, str)


def ids_named(value: Any) -> tuple[int, ...]:
    """Return the ids of sources that a value names: ``1``, ``"web:1"``, ``"[1, 2]"``, or a list.

    Examples
    --------
    >>> ids_named([3, "web:1", "[4][5]", None])
    (3, 1, 4, 5)
    """
    return tuple(dict.fromkeys(_ids(value)))


def _ids(value: Any) -> Iterator[int]:
    match value:
        case bool():
            pass
        case int() if value >= 0:
            yield value
        case float() if value.is_integer() and value >= 0:
            yield int(value)
        case str():
            text = value.strip()
            if marked := _marked(text) or ids_of(whole[0] if (whole := _whole(text)) else ""):
                yield from marked
            elif alone := _ID.fullmatch(text):
                yield int(alone[1])
        case list():
            for each in value:
                yield from _ids(each)
        case _:
            pass


def _whole(text: str) -> re.Match[str] | None:
    return _MARKER.fullmatch(f"[{text}]")


def _marked(value: Any) -> tuple[int, ...]:
    """Return the ids of the markers in a text."""
    if not isinstance(value, str):
        return ()
    return tuple(id_ for marker in _MARKER.finditer(value) for id_ in ids_of(marker[0]))


def _quote(value: Any) -> str:
    quotes = value if isinstance(value, list) else [value or ""]
    return _BETWEEN.join(filter(None, (each.strip() for each in quotes)))


def fields(
    leaves: tuple[Leaf, ...], verdict: Callable[[int, str], bool | None]
) -> tuple[Field, ...]:
    """Return the fields of leaf values: one for each source of a value, or one without a source.

    A quote belongs to those sources of the value that have it, or to all of them if none has.

    Parameters
    ----------
    leaves : tuple of Leaf
        The leaf values.
    verdict : callable
        Takes the id of a source and a quote, and returns whether the source has the quote; None if
        that is not known.
    """
    found: list[Field] = []
    for leaf in leaves:
        path = ".".join(map(str, leaf.path))
        if not leaf.ids:
            found.append(Field(path, leaf.value, None, leaf.quote, None))
            continue
        verdicts = {id_: verdict(id_, leaf.quote) for id_ in leaf.ids}
        quoted = any(verdicts.values())
        for id_, there in verdicts.items():
            if quoted and not there:
                found.append(Field(path, leaf.value, id_, "", None))
            else:
                found.append(Field(path, leaf.value, id_, leaf.quote, there))
    return tuple(found)
