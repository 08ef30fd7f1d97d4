"""The service's tools, beside the search: their names, and the options that each takes.

The fields are those of the official SDK and documentation of November 2026. Only `fetch_url` was ever
seen in a recording.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from ..core import checks as check
from ..core import errors
from ..core.secret import learn_tried

Tool: TypeAlias = dict[str, Any]

BARE_SITE: Final = re.compile(r"-?[^\s/:-][^\s/:]*")
"""A site as filters take it: a host without a scheme or a path; a leading ``-`` excludes it."""

_FETCHED_MAX = 10
_FORMATS = ("bmp", "gif", "jpeg", "png", "webp", "svg")
_EXAMPLE = 'a list of names or mappings, such as ["fetch_url", {"type": "image_search"}]'

# Tools of the service that need something done in return, or more than a name.
_OTHERS = ("function", "mcp", "sandbox")


def _urls(name: str, value: object) -> int:
    check.whole_number(name, value, 1, _FETCHED_MAX)
    return operator.index(value)  # type: ignore[arg-type] # numpy's integers become Python's


def _results(name: str, value: object) -> int:
    check.whole_number(name, value, 1)
    return operator.index(value)  # type: ignore[arg-type]


def _filters(name: str, value: object) -> Tool:
    return _options(name, value, _IMAGE_FILTERS)


def _sites(name: str, value: object) -> list[str]:
    sites = _list(name, value, 'a list of sites, such as ["nasa.gov"]')
    for site in sites:
        if not isinstance(site, str) or not BARE_SITE.fullmatch(site):
            raise check.invalid(f"a site of {name}", site, 'a bare site, such as "nasa.gov"')
    return sites


def _formats(name: str, value: object) -> list[str]:
    formats = _list(name, value, 'a list of formats, such as ["png"]')
    for each in formats:
        check.one_of(f"a format of {name}", "" if each is None else each, _FORMATS)
    return formats


def _flag(name: str, value: object) -> object:
    check.flag(name, value)
    return value


_Check = Callable[[str, Any], Any]
_IMAGE_FILTERS: dict[str, _Check] = {
    "domain_filter": _sites,
    "format_filter": _formats,
    "safe_search": _flag,
}
_TOOLS: dict[str, dict[str, _Check]] = {
    "fetch_url": {"max_urls": _urls},
    "finance_search": {},
    "image_search": {"max_results": _results, "filters": _filters},
    "people_search": {},
}


def tools(values: object) -> tuple[Tool, ...]:
    """Return the tools of a question as the Agent API takes them, checked.

    Parameters
    ----------
    values : iterable of str or mapping, or None
        Names of tools, or mappings with ``type`` and the tool's options.

    Raises
    ------
    InvalidRequest
        A tool, an option of one, or a value is unknown or invalid.
    """
    read = [_tool(value) for value in _list("tools", () if values is None else values, _EXAMPLE)]
    names = [tool["type"] for tool in read]
    for name in names:
        if names.count(name) > 1:
            raise errors.InvalidRequest(
                f"The tool {name} was given more than once.", "", "Give it once, with all options."
            )
    return tuple(read)


def _tool(value: object) -> Tool:
    if isinstance(value, str):
        value = {"type": value}
    if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
        learn_tried({"tool": value})
        raise check.invalid("a tool", value, 'a name or a mapping with "type", such as "fetch_url"')
    name = value["type"]
    if name not in _TOOLS:
        raise _unknown_tool(name)
    given = {option: each for option, each in value.items() if option != "type"}
    return {"type": name, **_options(name, given, _TOOLS[name])}


def _options(owner: str, given: object, known: dict[str, _Check]) -> Tool:
    """Return the options of a tool that have a value, checked."""
    if not isinstance(given, Mapping):
        raise check.invalid(owner, given, f"a mapping with {_all_of(known)}")
    for option in given:
        if option not in known:
            learn_tried({str(option): given[option]})
            raise errors.InvalidRequest(
                f"{owner} has no option {check.written(option)}.",
                errors.nearest(option, known) if isinstance(option, str) else "",
                f"It takes {_all_of(known)}." if known else "It takes no options.",
            )
    return {
        option: known[option](f"{owner} {option}", value)
        for option, value in given.items()
        if value is not None
    }


def _unknown_tool(name: str) -> errors.InvalidRequest:
    if name == "web_search":
        return errors.InvalidRequest(
            "tools cannot hold 'web_search'.",
            "The search has an option of its own.",
            "Say `search=True`, or give its options: `search=pplx.Search(…)`.",
        )
    if name in _OTHERS:
        return errors.InvalidRequest(
            f"tools cannot hold {name!r}.",
            "Such a tool needs more than this package does with an answer.",
            f'It takes {_all_of(_TOOLS)}; anything else goes in `extra_body={{"tools": […]}}`.',
        )
    hint = errors.nearest(name, (*_TOOLS, "web_search"))
    return errors.InvalidRequest(
        f"The service has no tool {check.written(name)}.", hint, f"It has {_all_of(_TOOLS)}."
    )


def _all_of(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _list(name: str, values: object, allowed: str) -> list[Any]:
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise check.invalid(name, values, allowed)
    return list(values)
