"""API keys, held so that no code prints or saves them by accident.

The package passes a key around as a `Secret` and reveals the plain string only in the call that gives
it to the HTTP client. Every text that is shown or saved goes through `redact` or `scrub`.
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

# Common formats of keys, which may appear in text from elsewhere (an echoed header, a pasted command).
_KEY_SHAPES = re.compile(r"\b(?:pplx|sk)-[A-Za-z0-9_-]{16,}|(?<=Bearer )[^\s\"']+")

# A key of at least this length is unlikely to occur by chance, so it is hidden everywhere. A shorter
# key, such as "none" or "k", is hidden only as a whole word.
_LONG = 10

# Every key of this process, in all encodings that may be printed, so that keys of an unknown format are
# recognised too. No key is ever removed: an error may repeat a key that has since been replaced.
_long: set[str] = set()
_short: dict[str, re.Pattern[str]] = {}

_MEANS = "api[_-]?key|key|token|secret|password|passwd|auth|authorization|bearer|credentials?"
# A keyword that may hold a key; a key as typed in a command or a magic, `--api-key X` or `api_key=X`;
# and the text before a short key in data, where the word alone may be an ordinary word. The last one
# does not match before a number in JSON, since `[key]` in its place would make the JSON invalid.
_NAME = re.compile(rf"(?:^|_)(?:{_MEANS})(?:$|_)", re.IGNORECASE)
_TYPED = re.compile(
    rf"(?:--[\w-]{{0,20}}(?:{_MEANS})[=\s]+|\b\w{{0,20}}(?:{_MEANS})\s*=\s*)[\"']?([^\s\"']+)",
    re.IGNORECASE,
)
_INTRODUCED = (
    r"(?i:key|token|bearer|password|authorization)(?:\W{0,8}[\"'`]|[^\"\\{}\[\]]{0,24}?[\s:=('`])"
)

# A string that may be a piece of a key, because the text was cut or the rest of the key is masked.
_PIECE = re.compile(rf"[\w+/-]{{{_LONG},}}", re.ASCII)
_FEWEST_AT_THE_END = 6


class Secret:
    """A string that never appears in a repr, a format, a pickle or a copy of ``__dict__``.

    Parameters
    ----------
    value : str
        The key. White space around it, which often comes from pasting, is removed.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()
        learn(self._value)

    def reveal(self) -> str:
        """Return the plain key; call this only to give the key to an HTTP client."""
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
        raise TypeError("A Secret cannot be pickled, because the pickle would contain the key.")


# ---- known keys -------------------------------------------------------------------------------------


def learn(*values: object) -> None:
    """Hide these values from now on: they are keys, or the user passed them as keys."""
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
    """Hide the values of unknown keywords whose names suggest a key."""
    for name, value in options.items():
        if isinstance(value, Mapping):  # such as headers
            learn_tried({str(inner): one for inner, one in value.items()})
        elif _NAME.search(name) or difflib.get_close_matches(name.lower(), ["api_key"]):
            learn(*([value] if isinstance(value, str | bytes) else []))


def learn_typed(line: str) -> None:
    """Hide keys that the user typed into a command or a magic, which take no keys."""
    learn(*_TYPED.findall(line))


def _forms(key: str) -> Iterator[str]:
    """Yield the forms in which a key may be written: plain, escaped (JSON, URL, HTML) and base64."""
    yield key
    yield json.dumps(key)[1:-1]
    yield key.replace("/", r"\/")  # some JSON writers escape slashes
    yield repr(key)[1:-1]
    yield quote(key, safe="", errors="replace")
    yield quote(key, safe="", errors="replace").lower()
    yield html.escape(key)
    # Other bytes may come before the key in the same base64, such as a user name.
    for before in range(3):
        raw = bytes(before) + key.encode(errors="replace")
        # Only the characters that depend on the key alone.
        coded = base64.b64encode(raw).decode()[-(-before * 8 // 6) : len(raw) * 8 // 6]
        if len(coded) >= _LONG:
            yield coded
            yield coded.translate(str.maketrans("+/", "-_"))


def _as_a_word(key: str) -> re.Pattern[str]:
    # Not the "t" of "don't".
    before = r"(?<!\w)(?<!\w['\u2019])" if key[0].isalnum() else ""
    after = r"(?!\w)" if key[-1].isalnum() else ""
    return re.compile(before + re.escape(key) + after)


# ---- hiding keys ------------------------------------------------------------------------------------


def scrub(text: str) -> str:
    """Replace the known keys in data by ``[key]``, but leave text that merely looks like a key.

    A short key is replaced only if the text before it calls it a key: in an answer it may be a word.
    """
    text = _without_long(text)
    for key in tuple(_short):
        if key in text:
            text = re.sub(rf"({_INTRODUCED}){re.escape(key)}(?!\w)", rf"\1{_HIDDEN}", text)
    return text


def redact(text: str) -> str:
    """Replace every key in a message by ``[key]``: the known keys and all text that looks like a key.

    Pieces of a long key are replaced too, since a message may have been cut within the key. If a key is
    an ordinary word, that word is replaced as well.
    """
    learn(*(os.environ.get(name, "") for name in KEY_VARIABLES))
    text = _KEY_SHAPES.sub(_HIDDEN, _without_long(text))
    return _HIDDEN.join(map(_without_short_and_pieces, text.split(_HIDDEN)))


def _without_long(text: str) -> str:
    for key in sorted(_long, key=len, reverse=True):  # a key may be the beginning of a longer one
        text = text.replace(key, _HIDDEN)
    return text


def _without_short_and_pieces(text: str) -> str:
    for word in tuple(_short.values()):
        text = word.sub(_HIDDEN, text)
    text = _PIECE.sub(lambda found: _HIDDEN if _is_piece(found[0]) else found[0], text)
    # A text that was cut may end with the beginning of a key.
    whole = text.rstrip("….")
    for key in tuple(_long):
        for length in range(len(key) - 1, _FEWEST_AT_THE_END - 1, -1):
            if whole.endswith(key[:length]):
                return whole[:-length] + _HIDDEN + text[len(whole) :]
    return text


def _is_piece(run: str) -> bool:
    """Return whether a run of characters is part of a key and contains a digit, so is not a word."""
    return any(c.isdigit() for c in run) and any(run in key for key in tuple(_long))
