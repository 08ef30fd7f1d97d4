"""Pages as a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.events import Source
from ..document.model import linked, site, title
from ..markdown.html_writer import to_block
from ..markdown.tree import Element, Item

# As notebooks align text in their own documents, not as they align the figures of a frame.
_START = "text-align: start"
_DATE = f"{_START}; white-space: nowrap"


def table(head: str, rows: Iterable[tuple[str, Source]]) -> str:
    """Return pages as HTML that fetches nothing: a column of one's own, title, site and date."""
    return to_block(
        [
            Element(
                "table",
                [
                    Element("thead", [_row("th", head, "Title", "Site", "Date")]),
                    Element(
                        "tbody",
                        [
                            _row(
                                "td",
                                first,
                                linked(source.url, [title(source)]),
                                site(source),
                                source.date or "",
                            )
                            for first, source in rows
                        ],
                    ),
                ],
            )
        ]
    )


def _row(tag: str, *cells: Item) -> Element:
    styles = [*[_START] * (len(cells) - 1), _DATE]
    return Element(
        "tr",
        [
            Element(tag, [cell], attributes={"style": style})
            for cell, style in zip(cells, styles, strict=True)
        ],
    )
