"""Structured answers: the schema to send, and the parser for the answer's text."""

from __future__ import annotations

import contextlib
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
# Some models put JSON into a code block, even with a schema.
_FENCED = re.compile(r"\s*```[\w-]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a structured answer.

    Attributes
    ----------
    name : str
        The name of the schema, as sent to the service.
    definition : dict
        The JSON schema.
    model : type or None
        The pydantic model that the schema was made from, if any.
    """

    name: str
    definition: Mapping[str, Any] = field(repr=False)
    model: Any = None

    def read(self, text: str) -> tuple[Any, str | None]:
        """Parse the answer's text, to an instance of the model or to a JSON value.

        Returns
        -------
        parsed : object
            The instance or value.
        note : str or None
            A notice, if the value could not be checked against the schema.

        Raises
        ------
        SchemaMismatch
            The text is not valid JSON, or does not match the schema.
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
        # pydantic's ValidationError, without importing pydantic, or any error of a model's validator.
        except Exception as error:  # noqa: BLE001
            found = error.errors() if hasattr(error, "errors") else []
            wrong = [(list(one["loc"]), str(one["msg"])) for one in found] or [([], str(error))]
        raise _mismatch(self.name, iter(wrong), len(wrong))


def schema(value: Any) -> Schema | None:
    """Return the schema for a pydantic model or a JSON schema; None for None.

    Raises
    ------
    InvalidRequest
        The value is neither, or cannot be turned into a schema.
    """
    if value is None or isinstance(value, Schema):
        return value
    if isinstance(value, type) and hasattr(value, "model_json_schema"):
        try:
            return Schema(_named(value.__name__), value.model_json_schema(), value)
        except Exception as error:  # noqa: BLE001 (such as a field of a type that JSON cannot represent)
            said = str(error).splitlines()[0]
        raise InvalidRequest(
            f"The model {value.__name__} has no JSON schema.", said, "Use types that JSON supports."
        )
    if not isinstance(value, Mapping) or not value:
        raise check.invalid("schema", value, _ALLOWED)
    try:
        definition = json.loads(json.dumps(copy.deepcopy(dict(value))))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(
            "The schema cannot be written as JSON.", f"{error}.", f"Pass {_ALLOWED}."
        ) from None
    try:
        _validator(definition)
    except ValueError as error:
        raise InvalidRequest(
            "The schema is not a valid JSON schema.",
            str(error),
            "See https://json-schema.org/learn.",
        ) from None
    return Schema(_named(str(value.get("title") or "answer")), definition)


def bare(text: str) -> str:
    """Return JSON without a code block around it."""
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced else text.lstrip("\ufeff")


def loosely(text: str) -> Any:
    """Parse a text as JSON without its schema, which is no longer known; None if it is not JSON."""
    try:
        return json.loads(bare(text))
    except (ValueError, RecursionError):
        return None


def reread(schema: Schema | None, text: str) -> Any:
    """Return the parsed value of a finished answer."""
    if schema is not None:
        with contextlib.suppress(SchemaMismatch):  # a validator of the user has changed
            return schema.read(text)[0]
    return loosely(text)


def _validator(definition: Mapping[str, Any]) -> Any:
    """Return a validator for a JSON schema; None if the package jsonschema is missing.

    Raises
    ------
    ValueError
        The schema is invalid.
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
