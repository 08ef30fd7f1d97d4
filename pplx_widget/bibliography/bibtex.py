"""Write entries as BibTeX for BibLaTeX with Biber: ``@online`` with the day of access."""

from __future__ import annotations

from collections.abc import Iterable

from .entries import Entry

# Braces become commands, since BibTeX counts even escaped braces. The quotation mark is a shorthand in
# several languages of babel.
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
    """Return entries as BibTeX; ``""`` if there are none."""
    return "\n".join(map(_entry, entries))


def _entry(entry: Entry) -> str:
    fields = {
        # Double braces keep styles from changing the capitals.
        "title": f"{{{entry.title.translate(_ESCAPES)}}}",
        "organization": entry.site and f"{{{entry.site.translate(_ESCAPES)}}}",
        "date": "-".join(f"{part:02}" for part in entry.issued),
        "url": entry.url,  # BibLaTeX reads it verbatim
        "urldate": entry.accessed.isoformat() if entry.accessed else "",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@online{{{entry.key},\n{lines}}}\n"
