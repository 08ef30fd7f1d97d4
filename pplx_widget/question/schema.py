"""Answers in a form: the schema that is sent, and the text read by it."""

from __future__ import annotations

import copy
import importlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core import checks as check
from ..core.errors import InvalidRequest, SchemaMismatch, told
from ..core.words import say

_NAME = 64
_SHOWN = 3
_ALLOWED = "a pydantic model (the class), or a JSON schema as a dict"
# Some models put JSON into a code block, whatever they were asked for.
_FENCED = re.compile(r"\s*```[\w-]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Schema:
    """What form an answer is to have.

    Attributes
    ----------
    name : str
        What the service is told that it is called.
    definition : dict
        The JSON schema.
    model : type or None
        The pydantic model that it is of.
    """

    name: str
    definition: Mapping[str, Any] = field(repr=False)
    model: Any = None

    def read(self, text: str) -> tuple[Any, str | None]:
        """Return what a text says: an instance of the model, or what JSON makes of it.

        Returns
        -------
        parsed : object
        note : str or None
            Where it could not be held against the schema.

        Raises
        ------
        SchemaMismatch
            It is no JSON, or does not fit.
        """
        value = self._json(text)
        if self.model is not None:
            return self._instance(text), None
        validator = _validator(self.definition)
        if validator is None:
            return value, say("notice.unchecked")
        wrong = sorted(validator.iter_errors(value), key=lambda e: list(map(str, e.path)))
        if wrong:
            raise _mismatch(self.name, ((list(e.path), e.message) for e in wrong), len(wrong))
        return value, None

    def _json(self, text: str) -> Any:
        try:
            return json.loads(bare(text))
        except (ValueError, RecursionError) as error:
            where = getattr(error, "msg", "it is nested too deeply")
            at = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        lines = "error.schema.no_json.what", "error.schema.no_json.why", "error.schema.no_json.try"
        raise told(SchemaMismatch, *lines, schema=self.name, where=where + at)

    def _instance(self, text: str) -> Any:
        wrong: list[tuple[list[Any], str]]
        try:
            return self.model.model_validate_json(bare(text))
        # pydantic's own, without importing it; or whatever a validator of the model's raises.
        except Exception as error:  # noqa: BLE001
            found = error.errors() if hasattr(error, "errors") else []
            wrong = [(list(one["loc"]), str(one["msg"])) for one in found] or [([], str(error))]
        raise _mismatch(self.name, iter(wrong), len(wrong))


def schema(value: Any) -> Schema | None:
    """Return the schema that a value stands for: a pydantic model, a JSON schema, or None.

    Raises
    ------
    InvalidRequest
        It is neither, or no schema can be made of it.
    """
    if value is None or isinstance(value, Schema):
        return value
    if isinstance(value, type) and hasattr(value, "model_json_schema"):
        try:
            return Schema(_named(value.__name__), value.model_json_schema(), value)
        except Exception as error:  # noqa: BLE001 (a field of a type that JSON has nothing for)
            said = str(error).splitlines()[0]
        raise InvalidRequest(
            f"The model {value.__name__} has no JSON schema.", said, "Use types that JSON has."
        )
    if not isinstance(value, Mapping) or not value:
        raise check.invalid("schema", value, _ALLOWED)
    try:
        definition = json.loads(json.dumps(copy.deepcopy(dict(value))))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(
            "The schema cannot be written as JSON.", f"{error}.", f"It is {_ALLOWED}."
        ) from None
    try:
        _validator(definition)
    except ValueError as error:
        raise InvalidRequest(
            "The schema is no JSON schema.", str(error), "See https://json-schema.org/learn."
        ) from None
    return Schema(_named(str(value.get("title") or "answer")), definition)


def bare(text: str) -> str:
    """Return JSON without the code block that it may stand in."""
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced else text.lstrip("\ufeff")


def loosely(text: str) -> Any:
    """Return what JSON makes of a text, of which the schema is no longer known; None if nothing."""
    try:
        return json.loads(bare(text))
    except (ValueError, RecursionError):
        return None


def _validator(definition: Mapping[str, Any]) -> Any:
    """Return what holds values against a JSON schema; None where the package for it is missing.

    Raises
    ------
    ValueError
        The schema is none.
    """
    try:
        jsonschema = importlib.import_module("jsonschema")
    except ImportError:
        return None
    kind = jsonschema.validators.validator_for(definition)
    try:
        kind.check_schema(definition)
    except jsonschema.SchemaError as error:
        raise ValueError(f"{_place(list(error.path))}{error.message}.") from None
    return kind(definition)


def _mismatch(name: str, wrong: Iterator[tuple[list[Any], str]], count: int) -> SchemaMismatch:
    shown = itertools.islice(wrong, _SHOWN)
    said = [f"{_place(path)}{message.rstrip('.')}" for path, message in shown]
    why = "; ".join(said)
    if count > _SHOWN:
        why = say("error.schema.more", wrong=why, n=count - _SHOWN)
    else:
        why += "."
    lines = "error.schema.what", "", "error.schema.try"
    return told(SchemaMismatch, *lines, said=why, schema=name)


def _place(path: list[Any]) -> str:
    return ".".join(map(str, path)) + ": " if path else ""


def _named(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII)[:_NAME].strip("_") or "answer"
