"""The tools that a request body may contain: their fields, and values with a closed list or a range.

From the types of the official SDK 0.46. The options of `sandbox`, `mcp`, `connector` and `namespace`
are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from ..core.options import ContextSize, Recency, SearchType

FILTERS = (
    "search_domain_filter",
    "search_recency_filter",
    "search_after_date_filter",
    "search_before_date_filter",
    "last_updated_after_filter",
    "last_updated_before_filter",
)
"""The filters of a web search, which the Search API has too."""

_PLACE = dict.fromkeys(("city", "country", "latitude", "longitude", "region"))
_WEB_SEARCH = {
    "type": None,
    "filters": dict.fromkeys(FILTERS),
    "max_results": None,
    "max_tokens": None,
    "max_tokens_per_page": None,
    "search_context_size": None,
    "search_type": None,
    "user_location": _PLACE,
}
_IMAGE_FILTERS = dict.fromkeys(("domain_filter", "format_filter", "safe_search"))
# Type → the fields of the tool, or None if its fields are not checked.
_TOOLS: dict[str, dict[str, Any] | None] = {
    "web_search": _WEB_SEARCH,
    "fetch_url": dict.fromkeys(("type", "max_urls")),
    "image_search": {"type": None, "max_results": None, "filters": _IMAGE_FILTERS},
    "people_search": {"type": None},
    "finance_search": {"type": None},
    "function": dict.fromkeys(("type", "name", "description", "parameters", "strict")),
    "sandbox": None,
    "mcp": None,
    "connector": None,
    "namespace": None,
}
_IMAGES = ("bmp", "gif", "jpeg", "png", "webp", "svg")
_CHOICES = ("none", "auto", "required")
_DATES = FILTERS[2:]
_DOMAINS_MOST = 20
_DOMAIN_LONGEST = 253
_RESULTS_MOST = 50
_PAGES_MOST = 10


def unknown_tool_field(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the unknown fields of a tool."""
    if known := _TOOLS.get(str(tool.get("type"))):
        yield from beyond(tool, known)


def beyond(value: Any, known: dict[str, Any]) -> Iterator[str]:
    """Yield the fields of an object, and of objects in it, that are not among the known ones."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name not in known:
            yield name
        elif known[name]:
            yield from beyond(inner, known[name])


def wrong_tool(tool: dict[str, Any]) -> Iterator[str]:
    """Yield the error messages about the values of a tool."""
    match tool.get("type"):
        case "web_search":
            yield from _wrong_search(tool)
        case "fetch_url":
            yield from out_of_range("max_urls", tool.get("max_urls"), 1, _PAGES_MOST)
        case "image_search":
            yield from out_of_range("max_results", tool.get("max_results"), 1, None)
            filters = tool.get("filters")
            formats = filters.get("format_filter") if isinstance(filters, dict) else None
            for form in formats if isinstance(formats, list) else []:
                yield from not_one_of("format_filter", form, _IMAGES)
        case "function":
            if not isinstance(tool.get("name"), str) or not tool["name"]:
                yield "name is required"
        case kind:
            yield from not_one_of("type", kind or "", tuple(_TOOLS))


def wrong_choice(choice: Any) -> Iterator[str]:
    """Yield the error message about a value of ``tool_choice``."""
    if isinstance(choice, dict):
        if not isinstance(choice.get("type"), str):
            yield "tool_choice: type is required"
    else:
        yield from not_one_of("tool_choice", choice, _CHOICES)


def wrong_filters(filters: dict[str, Any]) -> Iterator[str]:
    """Yield the error messages about the filters of a search."""
    recency = filters.get("search_recency_filter")
    yield from not_one_of("search recency filter", recency, get_args(Recency))  # recorded
    published = [name for name in _DATES[:2] if filters.get(name)]
    if recency and published:
        yield f"search_recency_filter cannot be combined with {' or '.join(published)}"
    domains = filters.get("search_domain_filter") or []
    if not isinstance(domains, list):
        yield "search_domain_filter must be an array"
    elif len(domains) > _DOMAINS_MOST:
        yield f"at most {_DOMAINS_MOST} domains are allowed"
    elif any(not isinstance(d, str) or len(d) > _DOMAIN_LONGEST for d in domains):
        yield f"a domain must have at most {_DOMAIN_LONGEST} characters"
    for name in _DATES:
        given = filters.get(name)
        if given is not None and not re.fullmatch(r"\d\d/\d\d/\d{4}", str(given)):
            yield f"{name} must be MM/DD/YYYY"


def _wrong_search(tool: dict[str, Any]) -> Iterator[str]:
    size, kind = tool.get("search_context_size"), tool.get("search_type")
    yield from not_one_of("search context size", size, get_args(ContextSize))
    yield from not_one_of("search type", kind, get_args(SearchType))
    yield from out_of_range("max_results", tool.get("max_results"), 1, _RESULTS_MOST)
    where = tool.get("user_location")
    if isinstance(where, dict) and ("latitude" in where) != ("longitude" in where):
        yield "latitude and longitude must be given together"
    if isinstance(filters := tool.get("filters"), dict):
        yield from wrong_filters(filters)


def not_one_of(field: str, value: Any, allowed: tuple[str, ...]) -> Iterator[str]:
    """Yield an error message if a value is given and is not among the allowed ones."""
    if value is not None and value not in allowed:
        yield f"{field} must be one of: {' '.join(allowed)}"


def out_of_range(field: str, value: Any, low: int, high: int | None) -> Iterator[str]:
    """Yield an error message if a value is given and is not a whole number in a range."""
    if value is None:
        return
    if type(value) is not int or value < low or (high is not None and value > high):
        yield f"{field} must be at least {low}" + (f" and at most {high}" if high else "")
