"""The schema that asks for evidence: what it allows, and how the answer is unwrapped."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import json
from typing import Annotated, Any, Literal

import jsonschema
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core.structured.evidence import ids_named, unwrapped
from pplx_widget.question.schema import Schema, schema
from pplx_widget.question.wrapped import read, wrapped


class Kind(enum.Enum):
    A = "a"
    B = "b"


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]
    name: str | None


class Node(pydantic.BaseModel):
    label: str
    children: list[Node] = []


class Own(pydantic.BaseModel):
    """A user's own fields with the names of a wrapper."""

    value: float
    sources: list[str]
    quote: str


class Everything(pydantic.BaseModel):
    text: str = pydantic.Field(alias="theText", description="Any text.")
    whole: int = 3
    real: float | None
    flag: bool
    none: None
    kind: Kind
    maybe: Kind | None
    one: Literal[1, "a"]
    either: int | str | list[int]
    day: dt.date
    url: pydantic.HttpUrl
    names: list[str]
    kinds: set[Kind]
    pair: tuple[int, str]
    counts: dict[str, int]
    by_kind: dict[Kind, list[int]]
    free: dict[str, Any]
    anything: Any
    node: Node
    pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]
    pets: list[Cat | Dog | None]
    boss: Dog | None
    own: Own


VALUE: dict[str, Any] = {
    "theText": "x",
    "whole": 1,
    "real": None,
    "flag": True,
    "none": None,
    "kind": "a",
    "maybe": "b",
    "one": "a",
    "either": [1],
    "day": "2026-11-30",
    "url": "https://example.org/",
    "names": ["a", "b"],
    "kinds": ["a"],
    "pair": [1, "x"],
    "counts": {"k": 1},
    "by_kind": {"a": [1, 2]},
    "free": {"a": 1},
    "anything": "z",
    "node": {"label": "r", "children": [{"label": "c", "children": []}]},
    "pet": {"kind": "dog", "name": None},
    "pets": [{"kind": "cat", "lives": 9}, None],
    "boss": None,
    "own": {"value": 1.5, "sources": ["s"], "quote": "q"},
}


def wrap(value: Any, **others: Any) -> Any:
    """Return a value with a wrapper around each leaf, as a service in strict mode answers."""
    if isinstance(value, dict):
        return {key: wrap(each, **others) for key, each in value.items()}
    if isinstance(value, list):
        return [wrap(each, **others) for each in value]
    return {"value": value, "sources": [1], "quote": None, **others}


def plain(of: Any) -> Schema:
    found = schema(of)
    assert found is not None
    return found


def test_each_kind_of_leaf_has_a_wrapper() -> None:
    asked = plain(Everything)
    definition = wrapped(asked).definition
    jsonschema.Draft202012Validator.check_schema(definition)
    answer = wrap(VALUE)
    answer["boss"] = answer["pets"][1] = None  # an object that is null has no evidence
    jsonschema.validate(answer, definition)
    parsed, note, leaves = read(asked, json.dumps(answer))
    assert note is None
    assert parsed == Everything.model_validate(VALUE)
    assert {leaf.ids for leaf in leaves if leaf.value is not None} == {(1,)}
    # Nothing but wrappers is allowed where a value is.
    for name in (
        "theText",
        "real",
        "kind",
        "maybe",
        "day",
        "names",
        "counts",
        "pair",
        "own",
        "node",
    ):
        bare = {**copy.deepcopy(answer), name: VALUE[name]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bare, definition)


def test_a_wrapper_is_strict_and_the_users_schema_stays() -> None:
    given_ = {
        "type": "object",
        "properties": {"a": {"type": "integer", "default": 1}, "b": {"$ref": "#/$defs/Leaf"}},
        "required": ["a", "b"],
        "additionalProperties": False,
        "$defs": {"Leaf": {"enum": ["x"]}, "evidence_quote": {"type": "string"}},
    }
    before = copy.deepcopy(given_)
    made = wrapped(plain(given_)).definition
    assert given_ == before
    assert (made["required"], made["additionalProperties"]) == (["a", "b"], False)
    for name in "ab":
        wrapper = made["properties"][name]
        assert wrapper["additionalProperties"] is False
        assert wrapper["required"] == [*wrapper["properties"]] == ["value", "sources", "quote"]
    assert made["$defs"]["Leaf"] == {"enum": ["x"]}
    assert made["$defs"]["evidence_quote"] == {"type": "string"}  # the user's own
    jsonschema.validate(wrap({"a": 1, "b": "x"}), made)


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (pydantic.RootModel[int], 3),
        (pydantic.RootModel[list[int]], [1, 2]),
        (pydantic.RootModel[dict[str, Node]], {"a": {"label": "x", "children": []}}),
        (Node, {"label": "x", "children": [{"label": "y", "children": []}]}),
        ({"type": "object"}, {"a": 1}),
        ({"type": "array"}, [1]),
        ({"type": ["object", "null"], "properties": {"a": {"type": "string"}}}, {"a": "b"}),
        ({"properties": {"a": True}, "required": ["a"]}, {"a": 1}),
        ({"allOf": [{"$ref": "#/definitions/x"}], "definitions": {"x": {"type": "integer"}}}, 1),
        ({"$ref": "#/definitions/x", "definitions": {"x": {"items": {"const": 1}}}}, [1, 1]),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, [1]),
        ({"type": "object", "patternProperties": {"^a": {"type": "integer"}}}, {"ab": 1}),
        (
            {
                "type": "object",
                "properties": {"k": {"enum": [1, 2]}},
                "if": {"properties": {"k": {"const": 1}}},
                "then": {"required": ["k"]},
                "dependentSchemas": {"k": {"properties": {"m": {"type": "string"}}}},
            },
            {"k": 1, "m": "x"},
        ),
    ],
)
def test_schemas_of_all_forms(of: Any, value: Any) -> None:
    asked = plain(of)
    definition = wrapped(asked).definition
    jsonschema.validators.validator_for(definition).check_schema(definition)
    answer = wrap(value)
    jsonschema.validate(answer, definition)
    parsed, _, leaves = read(asked, json.dumps(answer))
    assert (parsed.model_dump(mode="json") if isinstance(of, type) else parsed) == value
    assert all(leaf.ids == (1,) for leaf in leaves)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, definition)


def test_the_users_own_fields_may_have_these_names() -> None:
    asked = plain(Own)
    value = {"value": 1.5, "sources": ["s", "t"], "quote": "q"}
    assert read(asked, json.dumps(wrap(value)))[0] == Own(**value)
    # And without wrappers.
    assert read(asked, json.dumps(value))[0] == Own(**value)


@pytest.mark.parametrize(
    ("answer", "value", "ids", "quote"),
    [
        ({"value": 1, "sources": [2], "quote": "q"}, 1, (2,), "q"),
        (1, 1, (), ""),
        ("x [web:4]", "x [web:4]", (4,), ""),
        ({"value": 1}, 1, (), ""),
        ({"value": 1, "sources": 2}, 1, (2,), ""),
        ({"value": 1, "sources": "web:2"}, 1, (2,), ""),
        ({"value": 1, "sources": "[1][web:2]", "quote": ["a ", "b"]}, 1, (1, 2), "a … b"),
        ({"quote": "q", "sources": None, "value": None, "sure": 0.9}, None, (), "q"),
        ({"value": [1, 2], "sources": ["1, 2", 2.0, "x", True, -1, [3]]}, [1, 2], (1, 2, 3), ""),
        ({"value": "a [1]", "sources": [2, 1]}, "a [1]", (2, 1), ""),
    ],
)
def test_deviations_of_a_model_are_understood(
    answer: Any, value: Any, ids: tuple[int, ...], quote: str
) -> None:
    bare, leaves = unwrapped({"a": [answer]})
    assert bare == {"a": [value]}
    (leaf,) = leaves
    assert (leaf.path, leaf.value, leaf.ids, leaf.quote) == (("a", 0), value, ids, quote)


@pytest.mark.parametrize(
    ("named", "ids"),
    [
        ("[web:1, web:3]", (1, 3)),
        ("1-3", (1, 2, 3)),
        ("#4", (4,)),
        ("Source 5", (5,)),
        ("【6†L1】", (6,)),
        ("https://e.org/2024/11", ()),
        ("2024-11-30", ()),
        ("", ()),
        (False, ()),
        (1.5, ()),
        ({"id": 1}, ()),
    ],
)
def test_ids_are_read_in_many_forms(named: Any, ids: tuple[int, ...]) -> None:
    assert ids_named(named) == ids


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@given(values)
def test_any_value_comes_back_from_its_wrappers(value: Any) -> None:
    bare, leaves = unwrapped(wrap(value, quote="q"))
    assert bare == value
    assert all(leaf.quote == "q" for leaf in leaves)
