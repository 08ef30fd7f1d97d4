"""The fields that a request body may contain, and the values of those with a closed list or a range.

Collected in November 2026 from recordings, the documentation and the types of the official SDK.
Values that the service passes to the model unchecked (texts, schemas) are not checked here either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from ..core import efforts
from ..core.options import ReasoningEffort
from .strict_tools import (
    beyond,
    not_one_of,
    out_of_range,
    unknown_tool_field,
    wrong_choice,
    wrong_tool,
)

_FORMAT = {"type": None, "json_schema": dict.fromkeys(("description", "name", "schema", "strict"))}

# Name → the fields of that object, or None if any value is accepted. Tools are checked separately.
_BODY: dict[str, Any] = {
    "background": None,
    "effort": None,
    "include": None,
    "input": None,
    "instructions": None,
    "language_preference": None,
    "max_output_tokens": None,
    "max_steps": None,
    "max_tool_calls": None,
    "metadata": None,
    "model": None,
    "models": None,
    "parallel_tool_calls": None,
    "preset": None,
    "previous_response_id": None,
    "profile": None,
    "prompt_cache_key": None,
    # The service takes no notice of the last two, which clients of OpenAI's API send.
    "reasoning": {"effort": None, "summary": None, "context": None},
    "response_format": _FORMAT,
    "service_tier": None,
    "skills": None,
    "step_budget_reminder": None,
    "store": None,
    "stream": None,
    "stream_options": None,
    "temperature": None,
    "tool_choice": None,
    "tools": None,
    "top_p": None,
    "truncation": None,
}
_PARTS = {
    "input_text": {"type", "text"},
    "input_image": {"type", "image_url"},
    "input_file": {"type", "file_data", "file_url", "filename"},
    # An assistant's turn that is sent again.
    "output_text": {"type", "text", "annotations", "logprobs"},
}
_SPANS: dict[str, tuple[int, int | None]] = {
    "max_output_tokens": (16, None),
    "max_steps": (1, 100),
    "max_tool_calls": (0, None),
}
_SERVICE_TIERS = ("auto", "default", "flex", "priority", "fast")
_MODELS_MOST = 5


def unknown_field(body: dict[str, Any]) -> str | None:
    """Return the first unknown field at any level of the body, or None."""
    return next(_unknown(body), None)


def _unknown(body: dict[str, Any]) -> Iterator[str]:
    yield from beyond(body, _BODY)
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict):
            yield from unknown_tool_field(tool)
    items = body.get("input")
    for item in items if isinstance(items, list) else []:
        content = item.get("content") if isinstance(item, dict) else None
        for part in content if isinstance(content, list) else []:
            known = _PARTS.get(str(part.get("type"))) if isinstance(part, dict) else None
            yield from (name for name in part if known is not None and name not in known)


def wrong_value(body: dict[str, Any]) -> str | None:
    """Return the error message about the first invalid value, or None."""
    return next(_wrong(body), None)


def _wrong(body: dict[str, Any]) -> Iterator[str]:
    # An effort takes precedence over a preset.
    field = "effort" if body.get("effort") is not None else "preset"
    if body.get(field) is not None and efforts.meant(body[field]) is None:
        yield f"{field} must be one of: {' '.join(efforts.EFFORTS)}"
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict):
        yield from not_one_of(
            "reasoning.effort", reasoning.get("effort"), get_args(ReasoningEffort)
        )
    yield from not_one_of("service_tier", body.get("service_tier"), _SERVICE_TIERS)
    for name, (low, high) in _SPANS.items():
        yield from out_of_range(name, body.get(name), low, high)
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
            yield from (f"tools[{place}]: {said}" for said in wrong_tool(tool))
    yield from wrong_choice(body.get("tool_choice"))
    yield from _wrong_input(body.get("input"))


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
