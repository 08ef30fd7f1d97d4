"""Write entries as RIS, which Zotero, EndNote and Mendeley read."""

from __future__ import annotations

from collections.abc import Iterable

from .entries import Entry


def write(entries: Iterable[Entry]) -> str:
    """Return entries as RIS, with the line ends that RIS requires; ``""`` if there are none."""
    return "\r\n".join(map(_entry, entries))


def _entry(entry: Entry) -> str:
    accessed = entry.accessed
    fields = {
        "TY": "ELEC",
        "ID": entry.key,
        "TI": entry.title,
        "T2": entry.site,
        "PY": f"{entry.issued[0]}" if entry.issued else "",
        "DA": "/".join(f"{part:02}" for part in entry.issued),
        "UR": entry.url,
        "Y2": f"{accessed:%Y/%m/%d}" if accessed else "",
    }
    lines = [f"{tag}  - {value}" for tag, value in fields.items() if value]
    return "\r\n".join([*lines, "ER  - ", ""])
