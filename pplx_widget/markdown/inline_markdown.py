"""Inline items as Markdown, with the escapes that they need and no others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .emphasis import settle_emphasis
from .escaping import Place, escape
from .pieces import Kind, to_pieces
from .tree import Item


def inline(items: Sequence[Item], place: Place = Place.PARAGRAPH) -> list[str]:
    """Return inline items as lines of Markdown; a heading or a cell is always one line."""
    pieces = to_pieces(items)
    escape(pieces, place)
    settle_emphasis(pieces)
    if place is Place.CELL:
        for piece in pieces:
            if piece.kind is not Kind.TEXT:
                piece.out = piece.out.replace("|", "\\|")
    written = "".join(piece.out for piece in pieces)
    if place is not Place.PARAGRAPH:
        return [re.sub(r"\\?\n", " ", written)]
    return written.split("\n") if written else []
