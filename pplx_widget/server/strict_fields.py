"""The fields that a request body may contain, and the values of those with a closed list or a range.

Collected in November 2026 from recordings, the documentation and the types of the official SDK.
Values that the service passes to the model unchecked (texts, schemas) are not checked here either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from ..core.options import ContextSize, Effort, ReasoningEffort, Recency, SearchType

_FILTERS = {
    "search_domain_filter": None,
    "search_recency_filter": None,
    "search_after_date_filter": None,
    "search_before_date_filter": None,
    "last_updated_after_filter": None,
    "last_updated_before_filter": None,
}
_PLACE = dict.fromkeys(("city", "country", "latitude", "longitude", "region"))
_WEB_SEARCH = {
    "type": None,
    "filters": _FILTERS,
    "max_results": None,
    "max_tokens": None,
    "max_tokens_per_page": None,
    "search_context_size": None,
    "search_type": None,
    "user_location": _PLACE,
}
_TOOLS: dict[str, dict[str, Any]] = {
    "web_search": _WEB_SEARCH,
    "fetch_url": {"type": None, "max_urls": None},
    "finance_search": {"type": None},
    "image_search": {
        "type": None,
        "max_results": None,
        "filters": dict.fromkeys(("domain_filter", "format_filter", "safe_search")),
    },
    "people_search": {"type": None},
}
_IMAGE_FORMATS = ("bmp", "gif", "jpeg", "png", "webp", "svg")
_FORMAT = {"type": None, "json_schema": dict.fromkeys(("description", "name", "schema", "strict"))}

# Name → the fields of that object, or None if any value is accepted. Tools are checked separately.
_BODY: dict[str, Any] = {
    "background": None,
    "effort": None,
    "input": None,
    "instructions": None,
    "language_preference": None,
    "max_output_tokens": None,
    "max_steps": None,
    "metadata": None,
    "model": None,
    "models": None,
    "preset": None,
    "previous_response_id": None,
    "reasoning": {"effort": None},
    "response_format": _FORMAT,
    "store": None,
    "stream": None,
    "temperature": None,
    "tool_choice": None,
    "tools": None,
    "top_p": None,
}
_PARTS = {
    "input_text": {"type", "text"},
    "input_image": {"type", "image_url"},
    "input_file": {"type", "file_data", "file_url", "filename"},
    # An assistant's turn that is sent again.
    "output_text": {"type", "text", "annotations", "logprobs"},
}
_DATES = _FILTERS.keys() - {"search_domain_filter", "search_recency_filter"}
_SPANS = {"max_output_tokens": (16, None), "max_steps": (1, 100)}
_DOMAINS_MOST = 20
_RESULTS_MOST = 50
_URLS_MOST = 10
_MODELS_MOST = 5


def unknown_field(body: dict[str, Any]) -> str | None:
    """Return the first unknown field at any level of the body, or None."""
    return next(_unknown(body), None)


def _unknown(body: dict[str, Any]) -> Iterator[str]:
    yield from _beyond(body, _BODY)
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict) and (options := _TOOLS.get(str(tool.get("type")))):
            yield from _beyond(tool, options)
    items = body.get("input")
    for item in items if isinstance(items, list) else []:
        content = item.get("content") if isinstance(item, dict) else None
        for part in content if isinstance(content, list) else []:
            known = _PARTS.get(str(part.get("type"))) if isinstance(part, dict) else None
            yield from (name for name in part if known is not None and name not in known)


def _beyond(value: Any, known: dict[str, Any]) -> Iterator[str]:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name not in known:
            yield name
        elif known[name]:
            yield from _beyond(inner, known[name])


def wrong_value(body: dict[str, Any]) -> str | None:
    """Return the error message about the first invalid value, or None."""
    return next(_wrong(body), None)


def _wrong(body: dict[str, Any]) -> Iterator[str]:
    for field in ("preset", "effort"):
        yield from _not_one_of(field, body.get(field), get_args(Effort))
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict):
        yield from _not_one_of(
            "reasoning.effort", reasoning.get("effort"), get_args(ReasoningEffort)
        )
    for field, (low, high) in _SPANS.items():
        yield from _out_of_range(field, body.get(field), low, high)
    if isinstance(models := body.get("models"), list) and len(models) > _MODELS_MOST:
        yield f"at most {_MODELS_MOST} models are allowed"
    form = body.get("response_format")
    if isinstance(form, dict):
        schema = form.get("json_schema")
        if form.get("type") != "json_schema" or not isinstance(schema, dict):
            yield "response_format must be of type json_schema"
        elif not (re.fullmatch(r"[\w-]{1,64}", str(schema.get("name"))) and "schema" in schema):
            yield "json_schema needs a name of 1 to 64 letters, digits, _ or - and a schema"
    tools = body.get("tools")
    for place, tool in enumerate(tools if isinstance(tools, list) else []):
        if isinstance(tool, dict):
            wrong = _wrong_images if tool.get("type") == "image_search" else _wrong_search
            yield from (f"tools[{place}]: {said}" for said in wrong(tool))
    yield from _wrong_input(body.get("input"))


def _wrong_search(tool: dict[str, Any]) -> Iterator[str]:
    size, kind = tool.get("search_context_size"), tool.get("search_type")
    yield from _not_one_of("search context size", size, get_args(ContextSize))
    yield from _not_one_of("search type", kind, get_args(SearchType))
    yield from _out_of_range("max_results", tool.get("max_results"), 1, _RESULTS_MOST)
    yield from _out_of_range("max_urls", tool.get("max_urls"), 1, _URLS_MOST)
    where = tool.get("user_location")
    if isinstance(where, dict) and ("latitude" in where) != ("longitude" in where):
        yield "latitude and longitude must be given together"
    filters = tool.get("filters")
    if not isinstance(filters, dict):
        return
    # Recorded.
    recency = filters.get("search_recency_filter")
    yield from _not_one_of("search recency filter", recency, get_args(Recency))
    if len(filters.get("search_domain_filter") or []) > _DOMAINS_MOST:
        yield f"at most {_DOMAINS_MOST} domains are allowed"
    for name in sorted(_DATES):
        if not re.fullmatch(r"\d\d/\d\d/\d{4}", str(filters.get(name, "01/01/2000"))):
            yield f"{name} must be MM/DD/YYYY"


def _wrong_images(tool: dict[str, Any]) -> Iterator[str]:
    yield from _out_of_range("max_results", tool.get("max_results"), 1, None)
    filters = tool.get("filters")
    formats = filters.get("format_filter") if isinstance(filters, dict) else None
    for each in formats if isinstance(formats, list) else []:
        yield from _not_one_of("format filter", each, _IMAGE_FORMATS)


def _wrong_input(items: Any) -> Iterator[str]:
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict) or item.get("type", "message") != "message":
            continue  # function calls, which this package does not send
        if item.get("role") not in ("user", "assistant", "system", "developer"):
            yield "input: role must be one of: user assistant system developer"
        content = item.get("content")
        for part in content if isinstance(content, list) else []:
            if not isinstance(part, dict) or part.get("type") not in _PARTS:
                yield f"input: content parts must be of type {' '.join(_PARTS)}"
            elif part["type"] == "input_image" and not re.match(
                r"https://|data:image/(png|jpeg|webp|gif);base64,", str(part.get("image_url"))
            ):
                yield "input: image_url must be an https address or a data URI of an image"


def _not_one_of(field: str, value: Any, allowed: tuple[str, ...]) -> Iterator[str]:
    if value is not None and value not in allowed:
        yield f"{field} must be one of: {' '.join(allowed)}"


def _out_of_range(field: str, value: Any, low: int, high: int | None) -> Iterator[str]:
    if value is None:
        return
    if type(value) is not int or value < low or (high is not None and value > high):
        yield f"{field} must be at least {low}" + (f" and at most {high}" if high else "")
