"""Inline items as Markdown, with the escapes that they need and no others."""

from __future__ import annotations

from collections.abc import Sequence

from .emphasis import settle_emphasis
from .escaping import Place, escape
from .pieces import HARD_BREAK, Kind, to_pieces
from .tree import Item


def inline(items: Sequence[Item], place: Place = Place.PARAGRAPH) -> list[str]:
    """Return inline items as lines of Markdown; a heading or a cell is always one line."""
    pieces = to_pieces(items)
    escape(pieces, place)
    settle_emphasis(pieces)
    if place is not Place.PARAGRAPH:
        for piece in pieces:
            if piece.kind is Kind.RAW and piece.source == HARD_BREAK:
                piece.out = "<br>"
    if place is Place.CELL:
        for piece in pieces:
            if piece.kind is not Kind.TEXT:
                piece.out = piece.out.replace("|", "\\|")
    written = "".join(piece.out for piece in pieces)
    if place is not Place.PARAGRAPH:
        return [written.replace("\n", " ")]
    return written.split("\n") if written else []
