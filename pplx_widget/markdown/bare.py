"""Escaping of bare addresses, which other readers turn into links (GFM's autolinks, linkify-it).

Addresses that may be links already are links in the tree; a backslash keeps readers from linking the
others. A reader takes everything up to the next space as part of the address, even an escape or the
start of code, and then misreads the text after it.
"""

from __future__ import annotations

import re

from .pieces import DELIMITERS, Kind, Piece, is_space
from .urls import safe_url

# Every repetition in these patterns is bounded, or ends where the next match can begin; otherwise the
# work would grow with the square of the text. No host name is longer than this limit, so the match
# always contains the whole host.
_LONGEST = 300

_BEFORE = r"(?<![A-Z0-9])"  # no letter or digit; an underscore may precede an address
_SLASHES = r"(?:(?<=http:)|(?<=https:)|(?<=ftp:)) / (?=/\S)"
# The character of an address that gets the backslash.
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
# An address without the punctuation of the sentence around it.
_WEB = re.compile(
    rf"(?:(?:https?|ftp)://|{_BEFORE}www\.)"
    f"[^\\s<>\"')\\]\u2018-\u201f\u3000-\u303f\uff01-\uff65]{{0,{_LONGEST}}}",
    re.IGNORECASE,
)
# The distances from the start of an address to that character.
_BEGINS = {"/": (len("https:"), len("http:"), len("ftp:")), ".": (len("www"),)}
_WORD_END = re.compile(r"[\s<]")
_TEX = re.compile(r"/(?=/)|(?<=www)\.", re.IGNORECASE)  # TeX ignores a space after these
_SIGNS = ("//", "@", "www.", "mailto:")  # every such address contains one of them


def escape_bare(pieces: list[Piece]) -> None:
    """Escape bare addresses in pieces whose other escapes are done."""
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
            # Inside a link no reader links a mail address; the `@` may also be part of a package name
            # with its version.
            said = piece.said and not (piece.linked and piece.source == "@")
            unsafe = not piece.linked and _leads_elsewhere(whole, at)
            if said or swallowed or unsafe:
                piece.out = "\\" + piece.source
        at += len(piece.source)


def _swallows(pieces: list[Piece]) -> list[bool]:
    """Return for each piece whether an address that continues after it would run into syntax."""
    found = []
    syntax = False
    for piece in reversed(pieces):
        found.append(syntax)
        if piece.kind is Kind.LINK_CLOSE or is_space(piece.source) or piece.source == "<":
            syntax = False
        elif piece.kind not in DELIMITERS:
            # Inside a link, escapes of other characters do no harm.
            escaped = piece.out != piece.source and (piece.source in "[]" or not piece.linked)
            syntax |= escaped or piece.kind is not Kind.TEXT
    return found[::-1]


def _leads_elsewhere(text: str, at: int) -> bool:
    """Return whether the address around position ``at`` may not be a link."""
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
    """Return a formula without unsafe addresses."""
    formula = _WEB.sub(lambda web: web[0] if _is_safe(web[0]) else _apart(web[0]), formula)
    if not swallowed:
        return formula
    last = max((end.end() for end in _WORD_END.finditer(formula)), default=0)
    return formula[:last] + _apart(formula[last:])


def _apart(formula: str) -> str:
    """Break the addresses in a formula with spaces, which TeX ignores there."""
    return _TEX.sub(r"\g<0> ", formula)
