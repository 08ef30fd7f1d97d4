"""Entries as BibTeX, for BibLaTeX with Biber: `@online` with the day of access."""

from __future__ import annotations

from collections.abc import Iterable

from .entries import Entry

# Braces as commands: BibTeX counts braces, and an escaped one too. The quotation mark is a shorthand of
# several languages in babel.
_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in "$&#%_"}
    | {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        '"': r'\string"',
    }
)


def write(entries: Iterable[Entry]) -> str:
    """Return entries as BibTeX in UTF-8; the empty text for none."""
    return "\n".join(map(_entry, entries))


def _entry(entry: Entry) -> str:
    fields = {
        # In two pairs of braces no style changes its capitals.
        "title": f"{{{entry.title.translate(_ESCAPES)}}}",
        "organization": entry.site and f"{{{entry.site.translate(_ESCAPES)}}}",
        "date": "-".join(f"{part:02}" for part in entry.issued),
        "url": entry.url,  # read as it stands
        "urldate": entry.accessed.isoformat() if entry.accessed else "",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@online{{{entry.key},\n{lines}}}\n"
