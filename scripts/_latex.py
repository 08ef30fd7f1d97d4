"""Typeset bibliographies with a real LaTeX and Biber, and look for the entries in the PDF's text.

    python scripts/_latex.py

It needs these Debian packages: texlive-latex-recommended, texlive-bibtex-extra, texlive-lang-german,
lmodern, biber and poppler-utils.
"""

from __future__ import annotations

import importlib
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import _environment
from _environment import ScriptError, say

PROGRAMS = ("pdflatex", "biber", "pdftotext")
# German, because babel makes the quotation mark a shorthand there. T1, because titles may have any
# European letter.
DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage[ngerman]{babel}
\usepackage[style=numeric,sorting=none]{biblatex}
\usepackage[paperwidth=2000mm,textwidth=1900mm]{geometry}
\addbibresource{sources.bib}
\begin{document}
\nocite{*}
\printbibliography
\end{document}
"""
TITLES = (
    "R&D: 50% of $5 for #1, a_b ~ c^2 and C:\\temp",
    'Was heißt "Umsatz"? "a "o "= "-',
    "if a < b > c: d | e {f} }g{",
    "Żółć, naïve café – “quoted”, €5",
    "Unbalanced } brace",
    "\\end{document}\\input{x}",
    "%",
)
ADDRESSES = (
    "https://example.org/{}?x=1&y=%7B_%23#s",
    "https://example.org/{}_c~d^e{{f}}%zz",
    "https://münchen.de/straße/{}",
    "https://example.org/{}" + "/very/long" * 20,
)
RANDOM_TITLES = 100
# No grave accent: LaTeX typesets it as a quotation mark, and changes ? and ! before it.
SIGNS = "ab \\{}$&#^_~%<>|\"'-=,;:!?@*()[]/.§ßé"


def main() -> None:
    """Typeset unusual titles and addresses, and check that all of them appear."""
    _environment.enter("dev")
    # This process may have started before the package was installed.
    sys.path.insert(0, str(_environment.ROOT))
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        raise ScriptError(
            f"not installed: {', '.join(missing)} (see the head of {Path(__file__).name})"
        )
    titles = [*TITLES, *made_up()]
    with tempfile.TemporaryDirectory() as folder:
        shown = typeset(bibliography(titles), Path(folder))
    for title in titles:
        if plain(title) not in plain(shown):
            raise ScriptError(f"not in the document: {title!r}")
    for day in ("3. Mai 2026", "besucht am 28. 11. 2026"):
        if shown.count(day) != len(titles):
            raise ScriptError(f"{day!r} appears {shown.count(day)} times, not {len(titles)}")
    say(f"LaTeX and Biber accepted {len(titles)} entries")


def made_up() -> list[str]:
    """Return titles of random characters, the same in each run."""
    chance = random.Random(1)  # noqa: S311
    return [f"x{number}x{''.join(chance.choices(SIGNS, k=24))}y" for number in range(RANDOM_TITLES)]


def bibliography(titles: list[str]) -> str:
    """Return the BibTeX of pages with these titles."""
    pages: Any = importlib.import_module("pplx_widget.bibliography.sources")
    events: Any = importlib.import_module("pplx_widget.core.events")
    return pages.Sources(
        (
            events.Source(
                number,
                title,
                ADDRESSES[number % len(ADDRESSES)].format(number),
                "example.org",
                str(date(2026, 5, 3)),
            )
            for number, title in enumerate(titles)
        ),
        asked=datetime(2026, 11, 28, tzinfo=UTC),
    ).to_bibtex()


def typeset(bibtex: str, folder: Path) -> str:
    """Return the text of the typeset document; any warning or error raises."""
    (folder / "sources.bib").write_text(bibtex, encoding="utf-8")
    (folder / "paper.tex").write_text(DOCUMENT, encoding="utf-8")
    latex = ("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper")
    for command in (latex, ("biber", "paper"), latex, ("pdftotext", "-raw", "paper.pdf")):
        ran = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        complaints = [
            line for line in ran.stdout.splitlines() if line.startswith(("WARN", "ERROR"))
        ]
        if ran.returncode or complaints:
            raise ScriptError(f"{command[0]} said:\n{ran.stdout[-3000:]}")
    return (folder / "paper.txt").read_text(encoding="utf-8")


def plain(text: str) -> str:
    """Return a text without characters that typesetting changes: spaces, dashes, quotation marks."""
    return "".join(sign for sign in text if not sign.isspace() and sign not in "-–—'’”,„")


if __name__ == "__main__":
    _environment.run(main)
