"""Write entries as CSL-JSON, which pandoc, Zotero and every citeproc implementation read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.json_writer import to_json
from .dates import Parts
from .entries import Entry


def write(entries: Iterable[Entry]) -> str:
    """Return entries as a JSON list."""
    return to_json([_item(entry) for entry in entries])


def _item(entry: Entry) -> dict[str, Any]:
    accessed = entry.accessed
    item = {
        "id": entry.key,
        "type": "webpage",
        "title": entry.title,
        "container-title": entry.site,
        "URL": entry.url,
        "issued": _date(entry.issued),
        "accessed": _date((accessed.year, accessed.month, accessed.day) if accessed else ()),
    }
    return {name: value for name, value in item.items() if value}


def _date(parts: Parts) -> dict[str, Any]:
    return {"date-parts": [list(parts)]} if parts else {}
