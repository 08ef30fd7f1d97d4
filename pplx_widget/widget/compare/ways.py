"""The ways to ask one question, each as options with a name."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ...core import checks, efforts, errors
from ...core.secret import redact
from ...core.text import clean, shortened
from ...question.extras import seal
from ...question.request import Search
from ...runs.prepare import OPTIONS, refuse_unknown

_FEWEST: Final = 2
_LONGEST: Final = 60  # characters of a value in a name

# Their values are named without the option.
_PLAIN: Final = ("effort", "preset", "model", "provider")
# A value may hold a key, or is long.
_HIDDEN: Final = frozenset(
    {"context", "extra_body", "extra_headers", "files", "images", "messages", "schema"}
)


def read(ways: Any) -> list[dict[str, Any]]:
    """Return the options of each way.

    Raises
    ------
    InvalidRequest
        There are fewer than two ways, or one is neither a name nor a mapping.
    UnknownOption
        A mapping has an unknown option.
    """
    listed = [] if isinstance(ways, str | Mapping) or not isinstance(ways, Iterable) else [*ways]
    if len(listed) < _FEWEST:
        raise errors.InvalidRequest(
            "A comparison needs at least two ways to ask.",
            "",
            'Pass a list, such as `["fast", "low"]`, or mappings of options: '
            '`[{"effort": "low"}, {"model": "perplexity/sonar"}]`.',
        )
    return [_options(way) for way in listed]


def _options(way: Any) -> dict[str, Any]:
    if isinstance(way, str) and way.strip():
        return {"model" if efforts.meant(way) is None else "effort": way}
    if isinstance(way, Mapping) and all(isinstance(name, str) for name in way):
        options = dict(way)
        seal(options)
        refuse_unknown("compare", options, OPTIONS)
        return options
    raise errors.InvalidRequest(
        f"A way to ask cannot be {checks.written(way)}.",
        "It is an effort, a model, or a mapping of options.",
        'For a search, pass `{"search": pplx.Search(…)}`.',
    )


def names(ways: list[dict[str, Any]]) -> list[str]:
    """Return the name of each way: its effort or model, and the options that differ."""
    common = {
        name: value
        for name, value in ways[0].items()
        if all(name in way and _same(way[name], value) for way in ways)
    }
    return numbered([_name({k: v for k, v in w.items() if k not in common} or w) for w in ways])


def numbered(names: list[str]) -> list[str]:
    """Return names that differ: equal ones get numbers."""
    made = [*names]
    total, seen = Counter(made), Counter[str]()
    for at, name in enumerate(made):
        seen[name] += 1
        if total[name] > 1:
            made[at] = f"{name} ({seen[name]})"
    return made


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(one == other)
    except Exception:  # noqa: BLE001 (a data frame compares its cells)
        return False


def _name(options: dict[str, Any]) -> str:
    plain = [_value(options[name]) for name in _PLAIN if options.get(name) is not None]
    others = [_named(name, value) for name, value in options.items() if name not in _PLAIN]
    return ", ".join(filter(None, [*plain, *others])) or "default"


def _named(name: str, value: Any) -> str:
    if isinstance(value, Search):
        set_ = [f for f in dataclasses.fields(value) if getattr(value, f.name) != f.default]
        return ", ".join(f"{f.name}={_value(getattr(value, f.name))}" for f in set_) or name
    return name if name in _HIDDEN else f"{name}={_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        text = " ".join(map(_value, value))
    elif isinstance(value, str | int | float):
        text = str(value)
    elif isinstance(value, Mapping) and "type" in value:  # a tool
        text = str(value["type"])
    elif hasattr(value, "isoformat"):
        text = value.isoformat()
    else:
        text = type(value).__name__
    return shortened(redact(" ".join(clean(text).split())), _LONGEST)
