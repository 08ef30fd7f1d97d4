"""Where servers of the chat-completions format put a model's reasoning, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._wire import mapping, mappings

# One of them has it; several have the same.
_FIELDS: Final = ("reasoning_content", "reasoning", "thinking", "reasoning_text", "thought")
_LISTS: Final = ("reasoning_details", "thinking_blocks")
_PARTS: Final = frozenset({"thinking", "reasoning", "reasoning_text", "summary_text", "thought"})
_INSIDE: Final = ("text", "thinking", "reasoning", "content", "summary", "reasoning_text")
_DEEPEST: Final = 4


def reasoning_in(delta: Mapping[str, Any]) -> str:
    """Return the reasoning of a delta or a message, from the first field that has any."""
    for name in _FIELDS:
        if (value := delta.get(name)) and (said := _text(value, 0)):
            return said
    for name in _LISTS:
        if said := "".join(_text(part, 0) for part in mappings(delta.get(name))):
            return said
    content = delta.get("content")
    if not isinstance(content, list):
        return ""
    return "".join(_text(part, 0) for part in mappings(content) if part.get("type") in _PARTS)


def content_of(content: Any) -> str:
    """Return a text, also if it comes in parts; the parts that hold reasoning are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        content = [content]
    said = []
    for part in content if isinstance(content, list) else []:
        if isinstance(part, str):
            said.append(part)
        elif mapping(part).get("type") not in _PARTS and isinstance(
            text := mapping(part).get("text"), str
        ):
            said.append(text)
    return "".join(said)


def _text(value: Any, depth: int) -> str:
    match value:
        case str():
            return value
        case list() if depth < _DEEPEST:
            return "".join(_text(each, depth + 1) for each in value)
        case Mapping() if depth < _DEEPEST:
            return next((s for n in _INSIDE if (s := _text(value.get(n), depth + 1))), "")
        case _:
            return ""
