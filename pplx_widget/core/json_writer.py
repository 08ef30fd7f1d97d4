"""JSON that is safe to print: invisible and control characters are escaped."""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters and line separators above U+001F, which `json` does not escape; bidirectional
# controls; invisible characters, with which a text says something else to a machine than to a person
# (zero width, fillers, tags, supplementary variation selectors); lone surrogates. Letters, symbols and
# emoji stay, with the selectors that turn a symbol into an emoji and the joiners between two emoji.
_EMOJI = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
    f"|(?<!{_EMOJI})\u200d|\u200d(?!{_EMOJI})"
)


def to_json(value: Any) -> str:
    """Return a value as indented JSON with a final newline.

    It parses to the same value. Invisible and control characters are escaped; everything else is UTF-8.
    """
    return _HIDDEN.sub(_escaped, json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
