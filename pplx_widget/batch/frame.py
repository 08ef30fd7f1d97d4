"""The data frame of a batch: the columns of the input, and those of the answers."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..core import frames
from ..core.state import Status
from ..document.record import addresses_of
from ..question.schema import Schema
from ..runs.parsed import value_of
from .engine import Engine
from .rows import TEXT, Rows

_SUFFIX = "_answer"
_VALUE = "value"  # the column of a schema without fields, or of a series without a name
_LARGEST_INT = 2**63


class Column(NamedTuple):
    """A column of the answers; ``kind`` as for `frames.frame`, ``list`` for lists of texts."""

    name: str
    kind: Any
    values: list[Any]


def joined(rows: Rows, engine: Engine) -> Any:
    """Return the input with the columns of the answers beside it, in the input's library.

    Raises
    ------
    PplxError
        The input is a list, and neither pandas nor polars is installed.
    """
    columns = _answers(engine)
    data = rows.data
    if isinstance(data, list):
        listed = {TEXT: data} if all(isinstance(each, str) for each in data) else data
        if find_spec("pandas") is None and find_spec("polars") is not None:
            data = importlib.import_module("polars").DataFrame(listed)
        else:
            data = frames.pandas().DataFrame(listed)
    nw = importlib.import_module("narwhals.stable.v2") if find_spec("narwhals") else None
    if nw is None or nw.dependencies.is_pandas_dataframe(data):
        return _beside_pandas(data, columns)
    known = importlib.import_module("narwhals.dependencies")
    if known.is_pandas_index(data):
        return _beside_pandas(data.to_frame(index=False), columns)
    if known.is_pandas_series(data):
        name = rows.single if data.name is None else data.name
        return _beside_pandas(data.to_frame(name), columns)
    native = nw.from_native(data, allow_series=True, pass_through=True)
    if native is data and hasattr(data, "to_pandas"):
        return _beside_pandas(data.to_pandas(), columns)
    return _beside(native, columns)


# ---- the columns of the answers ------------------------------------------------------------------


def _answers(engine: Engine) -> list[Column]:
    schema = engine.begin.request.schema
    texts: list[str | None] = []
    said_: list[Any] = []  # the values of the schema
    kept: dict[str, list[Any]] = {name: [] for name in _KINDS}
    for row, record in enumerate(engine.records()):
        found = engine.result(row)
        sources, citations = addresses_of(record, found.cited) if record and found else (None, None)
        if schema is None:
            texts.append(record.get("text", "") if record else None)
        else:
            whole = record is not None and record["status"] == Status.COMPLETE
            said_.append(_value(schema, record) if record and whole else None)
        values = {
            "status": engine.state(row),
            "error": str(found.error) if found and found.error else None,
            "sources": sources,
            "citations": citations,
            "cost": (0.0 if engine.repeats(row) else found.cost) if found else None,
            "tokens": found.tokens if found else None,
            "seconds": found.seconds if found else None,
        }
        for name, value in values.items():
            kept[name].append(value)
    said = _fields(schema.plain or schema, said_) if schema else [Column(TEXT, str, texts)]
    return [*said, *(Column(name, kind, kept[name]) for name, kind in _KINDS.items())]


_KINDS = {
    "status": str,
    "error": str,
    "sources": list,
    "citations": list,
    "cost": float,
    "tokens": "Int64",
    "seconds": float,
}


# ---- the fields of a schema ----------------------------------------------------------------------


def _value(schema: Schema, record: dict[str, Any]) -> Any:
    """Return the JSON value of an answer that fits the schema, with the defaults of a model."""
    value = value_of(schema, record.get("text", ""), evidence="evidence" in record)
    if (schema.plain or schema).model is None or not hasattr(value, "model_dump"):
        return value
    return value.model_dump(mode="json", by_alias=True)


def _fields(schema: Schema, values: list[Any]) -> list[Column]:
    known = dict(_properties(schema.definition))
    if not known:
        return [_typed(_VALUE, schema.definition, schema.definition, values)]
    rows = [value if isinstance(value, Mapping) else {} for value in values]
    return [
        _typed(name, one, schema.definition, [row.get(name) for row in rows])
        for name, one in known.items()
    ]


def _properties(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    found = _resolved(definition, definition).get("properties")
    if isinstance(found, Mapping):
        yield from found.items()


def _typed(name: str, one: Any, whole: Mapping[str, Any], values: list[Any]) -> Column:
    """Return a column with the type that the schema names, if all values have it."""
    plain = _resolved(one, whole)
    kind = plain.get("type")
    present = [value for value in values if value is not None]
    if kind == "integer" and all(_is_whole(value) for value in present):
        return Column(name, "Int64", [None if v is None else int(v) for v in values])
    if kind == "number" and all(type(value) in (int, float) for value in present):
        return Column(name, float, values)
    if kind == "boolean" and all(isinstance(value, bool) for value in present):
        return Column(name, "boolean", values)
    if all(isinstance(value, str) for value in present) and (kind == "string" or present):
        if plain.get("format") == "date" and (days := _days(values)) is not None:
            return Column(name, date, days)
        return Column(name, str, values)
    if present and all(isinstance(v, list) and all(isinstance(i, str) for i in v) for v in present):
        return Column(name, list, values)
    return Column(name, object, values)


def _is_whole(value: Any) -> bool:
    whole = type(value) is int or (type(value) is float and value.is_integer())
    return whole and -_LARGEST_INT <= value < _LARGEST_INT


def _days(values: list[Any]) -> list[date | None] | None:
    try:
        return [None if value is None else date.fromisoformat(value) for value in values]
    except ValueError:
        return None


def _resolved(one: Any, whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema without references and without the choice of null."""
    for _ in range(20):  # references can go round in circles
        if not isinstance(one, Mapping):
            return {}
        choices = [
            each
            for name in ("anyOf", "oneOf", "allOf")
            for each in one.get(name, ())
            if isinstance(each, Mapping) and each.get("type") != "null"
        ]
        if isinstance(target := one.get("$ref"), str):
            one = whole
            for step in target.removeprefix("#").strip("/").split("/"):
                one = one.get(step, {}) if step and isinstance(one, Mapping) else one
        elif isinstance(kind := one.get("type"), list):
            kinds = [each for each in kind if each != "null"]
            return {**one, "type": kinds[0] if len(kinds) == 1 else None}
        elif len(choices) == 1:
            one = choices[0]
        else:
            return one
    return {}


# ---- the input's library -------------------------------------------------------------------------


def _named(columns: list[Column], taken: list[Any]) -> list[Column]:
    """Return the columns with names that the input does not have."""
    names = {str(name) for name in taken}
    found = []
    for column in columns:
        name = column.name
        while name in names:
            name += _SUFFIX
        names.add(name)
        found.append(column._replace(name=name))
    return found


def _beside_pandas(data: Any, columns: list[Column]) -> Any:
    pandas = frames.pandas()
    levels = data.columns.nlevels
    taken = [name[0] for name in data.columns] if levels > 1 else [*data.columns]
    columns = _named(columns, taken)
    kinds = {c.name: object if c.kind is list else c.kind for c in columns}
    rows = (
        {c.name: value for c, value in zip(columns, values, strict=True)}
        for values in zip(*(c.values for c in columns), strict=True)
    )
    made = frames.frame(rows, kinds)
    made.index = data.index
    if levels > 1:
        made.columns = pandas.MultiIndex.from_tuples(
            [(name, *[""] * (levels - 1)) for name in made.columns], names=data.columns.names
        )
    return pandas.concat([data, made], axis=1)


def _beside(native: Any, columns: list[Column]) -> Any:
    """Return a frame of narwhals with further columns, as its own library's."""
    nw: Any = importlib.import_module("narwhals.stable.v2")
    whole = native
    if isinstance(native, nw.Series):
        whole = native.alias(native.name or _VALUE).to_frame()
    kinds = {
        str: nw.String,
        float: nw.Float64,
        "Int64": nw.Int64,
        "boolean": nw.Boolean,
        date: nw.Date,
        list: nw.List(nw.String),
    }

    def series(column: Column) -> Any:
        make = whole.implementation
        if column.kind is object:  # nested values of any kind: the library decides, else as JSON
            try:
                return nw.new_series(column.name, column.values, backend=make)
            except Exception:  # noqa: BLE001 (each library has errors of its own)
                said = [None if v is None else json.dumps(v) for v in column.values]
                return nw.new_series(column.name, said, nw.String, backend=make)
        return nw.new_series(column.name, column.values, kinds[column.kind], backend=make)

    return whole.with_columns(*map(series, _named(columns, whole.columns))).to_native()
