"""Addresses that readers follow though nothing marks them: GFM's autolinks, and linkify-it's.

What of them may be a link is one in the tree. The others are kept from it by a backslash. Such a reader
takes for the address all that follows without a space, be it an escape or the beginning of code; then
what comes after is read as what it is not.
"""

from __future__ import annotations

import re

from .pieces import DELIMITERS, Kind, Piece, is_space
from .urls import safe_url

# All that repeats in these patterns has a bound, or ends where the next match can begin: a long text
# would cost its square otherwise. No name of a host is longer, so that what an address leads to is
# known by then.
_LONGEST = 300

_BEFORE = r"(?<![A-Z0-9])"  # no letter; an underscore may stand before an address
_SLASHES = r"(?:(?<=http:)|(?<=https:)|(?<=ftp:)) / (?=/\S)"
# The sign that a backslash keeps from it.
_BARE = re.compile(
    rf"""
      {_SLASHES}                                          # https://…
    | (?<![:/]) / (?=/[^\s/.]{{1,{_LONGEST}}}\.)           # //host.…
    | (?<={_BEFORE}www) \. (?=\S)                         # www.…
    | (?<={_BEFORE}mailto) : (?=\S)
    | (?<=[A-Z0-9;:&=+$,._"-]) @ (?=[^\s@.])              # me@host.…
    """,
    re.VERBOSE | re.IGNORECASE,
)
# An address without what is the sentence's.
_WEB = re.compile(
    rf"(?:(?:https?|ftp)://|{_BEFORE}www\.)"
    f"[^\\s<>\"')\\]\u2018-\u201f\u3000-\u303f\uff01-\uff65]{{0,{_LONGEST}}}",
    re.IGNORECASE,
)
# How far before its sign an address begins.
_BEGINS = {"/": (len("https:"), len("http:"), len("ftp:")), ".": (len("www"),)}
_WORD_END = re.compile(r"[\s<]")
_TEX = re.compile(r"/(?=/)|(?<=www)\.", re.IGNORECASE)  # after these TeX may have a space
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
    if text[at] not in _BEGINS:
        return False
    web = [_WEB.match(text, at - begins) for begins in _BEGINS[text[at]] if begins <= at]
    return not any(match and _is_safe(match[0]) for match in web)


def _is_safe(address: str) -> bool:
    address = address.rstrip("?!.,:;*_~")
    return (
        safe_url(address if "://" in address[: len("https://")] else f"http://{address}")
        is not None
    )


def _disarmed(formula: str, *, swallowed: bool) -> str:
    """Return a formula without such addresses."""
    formula = _WEB.sub(lambda web: web[0] if _is_safe(web[0]) else _apart(web[0]), formula)
    if not swallowed:
        return formula
    last = max((end.end() for end in _WORD_END.finditer(formula)), default=0)
    return formula[:last] + _apart(formula[last:])


def _apart(formula: str) -> str:
    """Return a formula without an address in it. To TeX a space there means nothing."""
    return _TEX.sub(r"\g<0> ", formula)
