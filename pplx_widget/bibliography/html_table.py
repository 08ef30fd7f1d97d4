"""Show sources as an HTML table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.events import Source
from ..document.model import linked, site, title
from ..markdown.html_writer import to_block
from ..markdown.tree import Element, Item

# Notebooks align tables to the right, for the numbers of data frames.
_START = "text-align: start"
_DATE = f"{_START}; white-space: nowrap"


def table(head: str, rows: Iterable[tuple[str, Source]]) -> str:
    """Return a table of sources as HTML that loads nothing.

    The columns are ``head`` (with the first item of each row), title, site and date.
    """
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
