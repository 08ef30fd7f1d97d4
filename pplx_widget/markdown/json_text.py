"""JSON as code that can be read: one value a line, indented. The page does the same as it comes.

The counterpart of ``js/src/markdown/json.ts``. What is no JSON is changed in nothing but the spaces
around brackets, commas and colons.
"""

from __future__ import annotations

from ..core.tables import DEEPEST, JSON_FENCE
from ..core.text import looks_like_json

_SPACE = " \t\n\r"
# What deep nesting would make longer than so many times itself, and so many characters, is mostly
# spaces, and stays as it came.
_TIMES, _BESIDES = 3, 2_000


def as_code(text: str) -> str:
    """Return the Markdown that shows a text which was asked for as JSON; prose stays what it is."""
    if not looks_like_json(text):
        return text
    shown = indented(text)
    if len(shown) > _TIMES * len(text) + _BESIDES:
        shown = text
    return JSON_FENCE + shown


def indented(text: str) -> str:
    """Return JSON with a line for each value; what follows its end stays as it is."""
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
    """Return where a string ends that begins at a quote; the end of the text where it does not."""
    at += 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return min(at + 1, len(text))
