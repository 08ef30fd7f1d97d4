"""Keys, held so that they cannot be written anywhere by accident.

A key travels through the package as a `Secret` and becomes a plain string only inside the call that
hands it to the HTTP client. Whatever is shown to a person or written down goes through `redact`.
"""

from __future__ import annotations

import base64
import difflib
import html
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn
from urllib.parse import quote

KEY_VARIABLES: Final = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")

_HIDDEN = "[key]"

# Shapes of keys that may turn up in text from elsewhere (an API echoing a header, a pasted command).
_KEY_SHAPES = re.compile(r"\b(?:pplx|sk)-[A-Za-z0-9_-]{16,}|(?<=Bearer )[^\s\"']+")

# From this length on a text that holds the key by chance is not to be expected, and a key is hidden
# wherever it stands. A shorter one, such as "none" or "k", is hidden where it stands as a word.
_LONG = 10

# Every key of this process, in the forms in which it may be written, so that one of an unknown shape is
# recognised too. Never forgotten: an error may repeat a key that has been replaced since.
_long: set[str] = set()
_short: dict[str, re.Pattern[str]] = {}

_MEANS = "api[_-]?key|key|token|secret|password|passwd|auth|authorization|bearer|credentials?"
# A keyword by which somebody may give a key; the same as typed in a command or a magic, `--api-key X`
# or `api_key=X`; and what comes before a short key in data, where a word alone may be any word. The
# last matches no number of JSON, which would not be JSON any more.
_NAME = re.compile(rf"(?:^|_)(?:{_MEANS})(?:$|_)", re.IGNORECASE)
_TYPED = re.compile(
    rf"(?:--[\w-]{{0,20}}(?:{_MEANS})[=\s]+|\b\w{{0,20}}(?:{_MEANS})\s*=\s*)[\"']?([^\s\"']+)",
    re.IGNORECASE,
)
_INTRODUCED = (
    r"(?i:key|token|bearer|password|authorization)(?:\W{0,8}[\"'`]|[^\"\\{}\[\]]{0,24}?[\s:=('`])"
)

# What may be a piece of a key, cut off or with a mask beside it.
_PIECE = re.compile(rf"[\w+/-]{{{_LONG},}}", re.ASCII)
_FEWEST_AT_THE_END = 6


class Secret:
    """A string that does not show itself in a repr, a format, a pickle or a copy of ``__dict__``.

    Parameters
    ----------
    value : str
        The key. Surrounding white space, which pasting brings along, is dropped.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()
        learn(self._value)

    def reveal(self) -> str:
        """Return the key itself: only for the line that gives it to a client."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is never pickled")


# ---- what is a key ----------------------------------------------------------------------------------


def learn(*values: object) -> None:
    """Hide values from now on: they are keys, or somebody took them for one."""
    for value in values:
        match value:
            case bool():
                continue
            case str() | int():
                key = str(value).strip().removeprefix("Bearer ")
            case bytes() | bytearray():
                key = value.decode("latin-1").strip()
            case list() | tuple() | set():
                learn(*value)
                continue
            case _:
                continue
        if key and key not in _long and key not in _short:
            for form in _forms(key):
                if len(form) >= _LONG:
                    _long.add(form)
                else:
                    _short[form] = _as_a_word(form)


def learn_tried(options: Mapping[str, object]) -> None:
    """Hide what was given by a keyword that there is not, if its name says that it is a key."""
    for name, value in options.items():
        if isinstance(value, Mapping):  # headers, say
            learn_tried({str(inner): one for inner, one in value.items()})
        elif _NAME.search(name) or difflib.get_close_matches(name.lower(), ["api_key"]):
            learn(*([value] if isinstance(value, str | bytes) else []))


def learn_typed(line: str) -> None:
    """Hide what was typed as a key where none belongs, in a command or a magic."""
    learn(*_TYPED.findall(line))


def _forms(key: str) -> Iterator[str]:
    """Yield a key as it may be written: as it is, escaped as in JSON, URLs or HTML, in base64."""
    yield key
    yield json.dumps(key)[1:-1]
    yield key.replace("/", r"\/")  # as some write JSON
    yield repr(key)[1:-1]
    yield quote(key, safe="")
    yield quote(key, safe="").lower()
    yield html.escape(key)
    for before in range(3):  # bytes before it in the same base64, such as a user's name
        raw = bytes(before) + key.encode(errors="replace")
        # The characters that it alone decides.
        coded = base64.b64encode(raw).decode()[-(-before * 8 // 6) : len(raw) * 8 // 6]
        if len(coded) >= _LONG:
            yield coded
            yield coded.translate(str.maketrans("+/", "-_"))


def _as_a_word(key: str) -> re.Pattern[str]:
    # Not the "t" of "don't".
    before = r"(?<!\w)(?<!\w['\u2019])" if key[0].isalnum() else ""
    after = r"(?!\w)" if key[-1].isalnum() else ""
    return re.compile(before + re.escape(key) + after)


# ---- what is shown ----------------------------------------------------------------------------------


def scrub(text: str) -> str:
    """Replace the keys of this process in data by ``[key]``, and leave what merely looks like one.

    A short key is replaced only where the text says that it is one: in an answer it is a word.
    """
    text = _without_long(text)
    for key in tuple(_short):
        if key in text:
            text = re.sub(rf"({_INTRODUCED}){re.escape(key)}(?!\w)", rf"\1{_HIDDEN}", text)
    return text


def redact(text: str) -> str:
    """Replace every key in a message by ``[key]``: those in use here, and whatever looks like one.

    So are pieces of a long key, as where a text was cut in the middle of it. A key that is a word hides
    that word.
    """
    learn(*(os.environ.get(name, "") for name in KEY_VARIABLES))
    text = _KEY_SHAPES.sub(_HIDDEN, _without_long(text))
    return _HIDDEN.join(map(_without_short_and_pieces, text.split(_HIDDEN)))


def _without_long(text: str) -> str:
    for key in sorted(_long, key=len, reverse=True):  # one may be the beginning of another
        text = text.replace(key, _HIDDEN)
    return text


def _without_short_and_pieces(text: str) -> str:
    for word in tuple(_short.values()):
        text = word.sub(_HIDDEN, text)
    text = _PIECE.sub(lambda found: _HIDDEN if _is_piece(found[0]) else found[0], text)
    # A text that was cut may end in the beginning of a key.
    whole = text.rstrip("….")
    for key in tuple(_long):
        for length in range(len(key) - 1, _FEWEST_AT_THE_END - 1, -1):
            if whole.endswith(key[:length]):
                return whole[:-length] + _HIDDEN + text[len(whole) :]
    return text


def _is_piece(run: str) -> bool:
    """Return whether a run of characters is of a key and, having a digit, no word."""
    return any(c.isdigit() for c in run) and any(run in key for key in tuple(_long))
