"""Addresses that readers follow though nothing marks them: GFM's autolinks, and linkify-it's.

What of them may be a link is one in the tree. The others are kept from it by a backslash. Such a reader
takes for the address all that follows without a space, be it an escape or the beginning of code; then
what comes after is read as what it is not.
"""

from __future__ import annotations

import re

from .pieces import DELIMITERS, Kind, Piece, is_space
from .urls import safe_url

# The sign that a backslash keeps from it.
_BARE = re.compile(
    r"""
      (?:(?<=http:)|(?<=https:)|(?<=ftp:)) / (?=/\S)       # https://…
    | (?<![:/]) / (?=/[^\s/.]+\.)                          # //host.…
    | (?<=\bwww) \. (?=\S)                                 # www.…
    | (?<=\bmailto) : (?=\S)
    | (?<=[A-Z0-9;:&=+$,._"-]) @ (?=[^\s@.]+\.[^\s.])      # me@host.…
    """,
    re.VERBOSE | re.IGNORECASE,
)
# An address without what is the sentence's.
_WEB = re.compile(
    "(?:https?|ftp)://[^\\s<>\"')\\]\u2018-\u201f\u3000-\u303f\uff01-\uff65]*", re.IGNORECASE
)
_SCHEMES = [len("https:"), len("http:"), len("ftp:")]
_LAST_WORD = re.compile(r"[^\s<]*\Z")
_SIGNS = ("//", "@", "www.", "mailto:")  # there is one of them in each


def escape_bare(pieces: list[Piece]) -> None:
    """Escape bare addresses in pieces that are escaped otherwise."""
    whole = "".join(piece.source for piece in pieces)
    if not any(sign in whole.lower() for sign in _SIGNS):
        return
    found = {match.start() for match in _BARE.finditer(whole)}
    if not found:
        return
    swallows = _swallows(pieces)
    at = 0
    for piece, swallowed in zip(pieces, swallows, strict=True):
        if piece.kind is Kind.FORMULA:
            piece.out = _disarmed(piece.out, swallowed=swallowed)
        elif piece.kind is Kind.TEXT and at in found:
            # In a link no reader links an address of mail, which may be the version of a package.
            said = piece.said and not (piece.linked and piece.source == "@")
            unsafe = not piece.linked and _leads_elsewhere(whole, at)
            if said or swallowed or unsafe:
                piece.out = "\\" + piece.source
        at += len(piece.source)


def _swallows(pieces: list[Piece]) -> list[bool]:
    """Tell of each piece whether an address that goes on behind it runs into syntax."""
    found = []
    syntax = False
    for piece in reversed(pieces):
        found.append(syntax)
        if piece.kind is Kind.LINK_CLOSE or is_space(piece.source) or piece.source == "<":
            syntax = False
        elif piece.kind not in DELIMITERS:
            # In a link other escapes do no harm.
            escaped = piece.out != piece.source and (piece.source in "[]" or not piece.linked)
            syntax |= escaped or piece.kind is not Kind.TEXT
    return found[::-1]


def _leads_elsewhere(text: str, at: int) -> bool:
    """Tell whether the address with this sign leads where no answer may lead."""
    if text[at] != "/":
        return False
    web = [_WEB.match(text, at - scheme) for scheme in _SCHEMES if scheme <= at]
    return not any(match and _is_safe(match[0]) for match in web)


def _is_safe(address: str) -> bool:
    return safe_url(address.rstrip("?!.,:;*_~")) is not None


def _disarmed(formula: str, *, swallowed: bool) -> str:
    """Return a formula without such addresses. To TeX a space in them means nothing."""

    def apart(address: re.Match[str]) -> str:
        return address[0].replace("//", "/ /").replace("www.", "www. ")

    formula = _WEB.sub(lambda web: web[0] if _is_safe(web[0]) else apart(web), formula)
    return _LAST_WORD.sub(apart, formula) if swallowed else formula
