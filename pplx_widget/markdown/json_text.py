"""JSON as readable code: indented, with one value per line.

The counterpart of ``js/src/markdown/json.ts``, which does the same while the text arrives. In invalid
JSON, only the white space around brackets, commas and colons changes.
"""

from __future__ import annotations

from ..core.tables import DEEPEST, JSON_FENCE
from ..core.text import looks_like_json

_SPACE = " \t\n\r"
# If indentation would make a deeply nested text longer than this factor and this many characters, the
# result would be mostly spaces, so the text stays unchanged.
_TIMES, _BESIDES = 3, 2_000


def as_code(text: str) -> str:
    """Return the Markdown for a text that was requested as JSON; prose stays unchanged."""
    if not looks_like_json(text):
        return text
    shown = indented(text)
    if len(shown) > _TIMES * len(text) + _BESIDES:
        shown = text
    return JSON_FENCE + shown


def indented(text: str) -> str:
    """Return JSON with one value per line; text after its end stays unchanged."""
    out: list[str] = []
    depth, after, gap, at = 0, "", "", 0
    while at < len(text):
        sign = text[at]
        if sign in _SPACE:
            gap += sign
            at += 1
            continue
        if sign in "}]":
            depth = max(depth - 1, 0)
            out.append(sign if after == "open" else _line(depth) + sign)
            after = "value"
        elif sign in ",:":
            out.append(sign)
            after = sign
        else:
            out.append(_before(after, depth, gap))
            if sign in "{[":
                out.append(sign)
                depth, after = depth + 1, "open"
            else:
                end = _string_end(text, at) if sign == '"' else at + 1
                out.append(text[at:end])
                at, after = end - 1, "value"
        gap = ""
        at += 1
        if depth == 0 and sign in "}]":
            break
    return "".join(out) + gap + text[at:]


def _before(after: str, depth: int, gap: str) -> str:
    match after:
        case "open" | ",":
            return _line(depth)
        case ":":
            return " "
        case "value":
            return gap
        case _:
            return ""


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, DEEPEST)


def _string_end(text: str, at: int) -> int:
    """Return the end of the string that starts at ``at``, or the end of the text if it is unclosed."""
    at += 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))
