"""Keys, held so that they cannot be written anywhere by accident.

A key travels through the package as a `Secret` and becomes a plain string only inside the call that
hands it to the HTTP client. Whatever is shown to a person or written down goes through `redact`.
"""

from __future__ import annotations

import re
from typing import NoReturn

KEY_VARIABLES = ("PERPLEXITY_API_KEY", "PPLX_API_KEY")

_HIDDEN = "[key]"

# Shapes of keys that may turn up in text from elsewhere (an API echoing a header, a pasted command).
_KEY_SHAPES = re.compile(r"\b(?:pplx|sk)-[A-Za-z0-9_-]{16,}|(?<=Bearer )[^\s\"']+")

# Every key of this process, so that one of an unknown shape is recognised too. Never forgotten: an
# error may repeat a key that has been replaced since.
_known: set[str] = set()


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
        # A very short value would also hit ordinary words; nothing that short is a real key.
        if len(self._value) >= 10:  # noqa: PLR2004
            _known.add(self._value)

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


def scrub(text: str) -> str:
    """Replace the keys of this process by ``[key]``, and leave what merely looks like one."""
    for value in tuple(_known):
        text = text.replace(value, _HIDDEN)
    return text


def redact(text: str) -> str:
    """Replace every key in a text by ``[key]``: those in use here, and whatever looks like one."""
    return _KEY_SHAPES.sub(_HIDDEN, scrub(text))
