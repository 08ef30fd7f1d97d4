"""Emphasis marks that every reader recognizes, whatever surrounds them."""

from __future__ import annotations

import unicodedata

from .pieces import DELIMITERS, Kind, Piece, is_space, reference

_PASSES = 3  # one reference can make another one necessary


def settle_emphasis(pieces: list[Piece]) -> None:
    """Make sure that every emphasis mark can open or close at its place.

    This depends on the characters on both sides. A letter or white space that would prevent it is
    written as a character reference, which counts as punctuation.
    """
    marks = [i for i, piece in enumerate(pieces) if piece.kind in DELIMITERS]
    for _ in range(_PASSES if marks else 0):
        for i in marks:
            opens = pieces[i].kind is Kind.OPEN
            inside, outside = (i + 1, i - 1) if opens else (i - 1, i + 1)
            inner = _edge(pieces, inside, first=opens)
            if is_space(inner):
                _refer(pieces, inside, first=opens)
                inner = "&"
            outer = _edge(pieces, outside, first=not opens)
            strict = pieces[i].source[0] == "_"
            if (strict or not inner.isalnum()) and not is_space(outer) and not _is_mark(outer):
                _refer(pieces, outside, first=not opens)


def _edge(pieces: list[Piece], i: int, *, first: bool) -> str:
    if not 0 <= i < len(pieces):
        return "\n"
    out = pieces[i].out
    return out[0] if first else out[-1]


def _refer(pieces: list[Piece], i: int, *, first: bool) -> None:
    piece = pieces[i]
    if piece.kind is Kind.TEXT:
        out = piece.out
        piece.out = reference(out[0]) + out[1:] if first else out[:-1] + reference(out[-1])


def _is_mark(c: str) -> bool:
    # Not all readers count symbols as punctuation.
    return unicodedata.category(c)[0] == "P" or (
        c.isascii() and c.isprintable() and not c.isalnum()
    )
