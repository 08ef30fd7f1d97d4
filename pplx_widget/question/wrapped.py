"""A schema that asks for the evidence of each value.

Each leaf of the schema is replaced by a *wrapper*: an object with the value, the ids of its sources,
and a quote. Objects, arrays and what combines them stay, so the answer keeps its form. The service and
its model see this schema only; the answer is unwrapped before it is checked against the user's schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import SchemaMismatch
from ..core.structured.evidence import QUOTE, SOURCES, VALUE, Leaf, unwrapped
from .schema import Schema

_IDS = {
    "type": "array",
    "items": {"type": "integer"},
    "description": (
        "The ids of the search results that state this value, as in their citation markers: 2 for [2] "
        "or [web:2]. Empty if no search result states it."
    ),
}
_PASSAGE = {
    "type": ["string", "null"],
    "description": (
        "A short passage of one of these search results that states this value, copied word for word; "
        "null if there is none."
    ),
}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The places of schemas inside a schema: one, a list, or a mapping by name.
_ONE = _names(
    "items additionalProperties contains if then else not unevaluatedItems unevaluatedProperties "
    "additionalItems"
)
_LISTS = _names("anyOf oneOf allOf prefixItems")
_MAPPINGS = _names("properties patternProperties dependentSchemas")
_DEFINITIONS = _names("$defs definitions")
_COMBINED = _names("anyOf oneOf allOf")
# Keywords of objects and arrays, by which a schema without a type is known.
_OF_CONTAINERS = frozenset(
    _names(
        "properties patternProperties additionalProperties required propertyNames dependentRequired "
        "dependentSchemas minProperties maxProperties unevaluatedProperties items prefixItems contains "
        "minItems maxItems uniqueItems unevaluatedItems additionalItems if then else not"
    )
)
_CONTAINERS = ("object", "array")
# The values in them have no wrappers, and keys need none.
_DROPPED = ("default", "examples", "example", "propertyNames")


def wrapped(plain: Schema) -> Schema:
    """Return the schema that asks for the evidence of each value of a schema."""
    return Schema(plain.name, _Wrapper(plain.definition).whole(), plain=plain)


def read(plain: Schema, text: str) -> tuple[Any, str | None, tuple[Leaf, ...]]:
    """Parse an answer's text that follows a wrapped schema.

    Parameters
    ----------
    plain : Schema
        The user's schema.
    text : str
        The text.

    Returns
    -------
    parsed, note
        As for `Schema.read`.
    leaves : tuple of Leaf
        The values with the ids of their sources.

    Raises
    ------
    SchemaMismatch
        The text is not valid JSON, or does not match the user's schema, with or without wrappers.
    """
    value = plain.parse(text)
    try:
        bare, leaves = unwrapped(value)
        parsed, note = plain.read(json.dumps(bare))
    except RecursionError:  # nested too deeply for wrappers
        return *plain.read(text), ()
    except SchemaMismatch as error:
        wrong = error
    else:
        return parsed, note, leaves
    try:  # a model that ignores the wrappers may use their keys for the user's own fields
        return *plain.read(text), ()
    except SchemaMismatch:
        raise wrong from None


class _Wrapper:
    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._root = definition
        self._names = [_free(name, definition.get("$defs", {})) for name in (SOURCES, QUOTE)]

    def whole(self) -> dict[str, Any]:
        """Return the whole schema, with the definitions that the wrappers share."""
        parts = {name: value for name, value in self._root.items() if name not in _DEFINITIONS}
        made: dict[str, Any] = dict(self._wrap(parts))
        for place in _DEFINITIONS:
            if isinstance(inner := self._root.get(place), Mapping):
                made[place] = {name: self._definition(each) for name, each in inner.items()}
        shared = dict(zip(self._names, (_IDS, _PASSAGE), strict=True))
        made["$defs"] = {**made.get("$defs", {}), **shared}
        return made

    def _definition(self, node: Any) -> Any:
        """Return a definition; a leaf stays as it is, since the places that name it are wrapped."""
        return node if self._is_leaf(node) else self._wrap(node)

    def _wrap(self, node: Any) -> Any:
        if node is False or node == {"not": {}}:
            return node
        if self._is_leaf(node):
            return self._leaf(node)
        made = {name: value for name, value in node.items() if name not in _DROPPED}
        for name in _ONE:
            if isinstance(made.get(name), Mapping) or (made.get(name) is True):
                made[name] = self._wrap(made[name])
        for name in _LISTS:
            if isinstance(made.get(name), list):
                made[name] = self._listed(made[name], alternatives=name != "prefixItems")
        if isinstance(made.get("items"), list):  # the tuples of older drafts
            made["items"] = [self._wrap(each) for each in made["items"]]
        for name in _MAPPINGS:
            if isinstance(made.get(name), Mapping):
                made[name] = {key: self._wrap(each) for key, each in made[name].items()}
        return self._with_free_places(made)

    def _listed(self, nodes: list[Any], *, alternatives: bool) -> list[Any]:
        # Nothing is left to prove of an object that is null.
        return [
            each if alternatives and each == {"type": "null"} else self._wrap(each)
            for each in nodes
        ]

    def _with_free_places(self, node: dict[str, Any]) -> dict[str, Any]:
        """Add the schema of the values of an object or array that names none."""
        if set(node) & {"$ref", *_COMBINED}:
            return node
        kinds = node.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if "object" in kinds and not set(node) & {*_MAPPINGS, "additionalProperties"}:
            node["additionalProperties"] = self._leaf({})
        if "array" in kinds and not set(node) & {"items", "prefixItems"}:
            node["items"] = self._leaf({})
        return node

    def _leaf(self, node: Any) -> dict[str, Any]:
        sources, quote = ({"$ref": f"#/$defs/{name}"} for name in self._names)
        return {
            "type": "object",
            "properties": {VALUE: {} if node is True else node, SOURCES: sources, QUOTE: quote},
            "required": [VALUE, SOURCES, QUOTE],
            "additionalProperties": False,
        }

    def _is_leaf(self, node: Any, seen: frozenset[str] = frozenset()) -> bool:
        """Return whether a schema allows a single value only, and no object or array."""
        if not isinstance(node, Mapping):
            return True
        if "enum" in node or "const" in node:
            return True
        if isinstance(ref := node.get("$ref"), str):
            return ref not in seen and self._is_leaf(self._found(ref), seen | {ref})
        kinds = node.get("type")
        if kinds in _CONTAINERS or (isinstance(kinds, list) and set(kinds) & set(_CONTAINERS)):
            return False
        if kinds is None and _OF_CONTAINERS & set(node):
            return False
        return all(
            self._is_leaf(each, seen)
            for name in _COMBINED
            if isinstance(node.get(name), list)
            for each in node[name]
        )

    def _found(self, ref: str) -> Any:
        """Return what a reference names; an empty object, a container, if it is not in the schema."""
        node: Any = self._root
        if not ref.startswith("#"):
            return {"type": "object"}
        for step in filter(None, ref.lstrip("#").split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, Mapping) and name in node:
                node = node[name]
            else:
                return {"type": "object"}
        return node


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """Return a name for a definition that the user's schema has not taken."""
    name = f"evidence_{name}"
    while name in taken:
        name += "_"
    return name
