"""The findings of a check as the forms of an answer show them: a list, and marks in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..core.events import Source
from ..core.finding import VERDICTS, Checked, Finding
from ..core.tables import INLINE_STYLES
from ..core.text import shortened
from ..core.visible import one_line
from ..core.words import count, say
from ..markdown.tree import Element, Item, summary
from .model import linked, site

MOST: Final = 50  # rows of a list
LONGEST: Final = 300  # characters of a sentence or a quote
SIGNS: Final = {"differs": "≠", "not found": "∅", "unclear": "?", "unread": "…", "found": "·"}
"""The signs of the verdicts in the text; none of them means that a sentence is right."""


@dataclass(frozen=True, slots=True)
class Row:
    """A doubtful sentence, and the passage that it was compared with.

    Attributes
    ----------
    finding : Finding
        The finding.
    label : str
        The verdict in words.
    source : Source or None
        The source of the passage.
    about : str
        The number and the site of the source, or ``""``.
    """

    finding: Finding
    label: str
    source: Source | None
    about: str

    @property
    def sentence(self) -> tuple[str, str, str]:
        """The sentence: its beginning, the part that differs, and the rest."""
        return parted(self.finding.sentence, self.finding.parts[0])

    @property
    def quote(self) -> tuple[str, str, str]:
        """The passage, likewise."""
        return parted(self.finding.quote, self.finding.parts[1])


@dataclass(frozen=True, slots=True)
class Findings:
    """The rows of an answer, the most doubtful first, and the lines about all of them.

    Attributes
    ----------
    rows : tuple of Row
        The findings, without those that were found; at most 50.
    heading : str
        How many sentences there are with each verdict.
    remark : str
        The sentences that were not compared, and the limits of a comparison.
    open : bool
        Whether a passage differs.
    """

    rows: tuple[Row, ...]
    heading: str
    remark: str
    open: bool

    @classmethod
    def of(cls, checked: Checked, retrieved: Iterable[Source]) -> Findings:
        """Return the rows for the findings on an answer with these sources."""
        sources = {source.id: source for source in retrieved}
        rows = [
            _row(finding, sources.get(-1 if finding.id is None else finding.id))
            for finding in doubtful(checked.findings)
            if finding.verdict != "found"
        ]
        counts: Counter[str] = Counter(finding.verdict for finding in checked.findings)
        heading, *remarks = totals(counts, checked.uncited)
        return cls(tuple(rows[:MOST]), heading.rstrip("."), " ".join(remarks), "differs" in counts)


def marks(checked: Checked) -> dict[int, list[Finding]]:
    """Return the findings to mark, by the place of their last citation in the text."""
    placed: dict[int, list[Finding]] = {}
    for finding in checked.findings:
        if finding.chip >= 0:
            placed.setdefault(finding.chip, []).append(finding)
    return placed


def mark(finding: Finding) -> Element:
    """Return the mark of a finding: a sign, whose words a screen reader reads."""
    words = spoken(finding)
    name = f"pplx-mark{_CLASSES.get(finding.verdict, '')}"
    attributes = {"role": "img", "title": words, "aria-label": words}
    return Element("small", [SIGNS[finding.verdict]], name, attributes)


_CLASSES = {"differs": " pplx-differs", "found": " pplx-dim"}


def spoken(finding: Finding) -> str:
    """Return the mark of a finding in words: "differs from source 2"."""
    return say(f"check.mark.{finding.verdict.replace(' ', '_')}", n=finding.number or "?")


def doubtful(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most doubtful first."""
    return sorted(findings, key=lambda finding: -finding.doubt)


def verdict(finding: Finding) -> str:
    """Return the verdict with the number of the citation, such as "[2] differs"."""
    name = _name(finding.verdict)
    return name if finding.number is None else f"[{finding.number}] {name}"


def _name(of: str) -> str:
    return say(f"check.verdict.{of.replace(' ', '_')}")


def totals(counts: Mapping[str, int], uncited: int) -> list[str]:
    """Return the sentences about all findings, the first of which counts them."""
    named = [f"{counts[each]} {_name(each)}" for each in VERDICTS if counts.get(each)]
    told = [
        count(sum(counts.values()), "check.compared")
        + (f" ({', '.join(named)})." if named else ".")
    ]
    if uncited:
        told.append(count(uncited, "check.uncited"))
    return [*told, say("check.limits")]


def parted(text: str, part: str) -> tuple[str, str, str]:
    """Return a text on one line in three: its beginning, a part, and the rest.

    Without the part, all of the text is the first.

    Examples
    --------
    >>> parted("It was opened in 1749.", "1749")
    ('It was opened in ', '1749', '.')
    >>> parted("It was opened in 1749.", "1750")
    ('It was opened in 1749.', '', '')
    """
    text = one_line(shortened(text, LONGEST))
    before, found, after = text.partition(part) if part else (text, "", "")
    return before, found, after


def _row(finding: Finding, source: Source | None) -> Row:
    about = ""
    if source is not None:
        name = site(source) or source.title
        about = f"{finding.number} · {name}" if finding.number else name
    return Row(finding, _name(finding.verdict), source, about)


def listed(found: Findings) -> Element:
    """Return the list as HTML, folded unless a passage differs."""
    line = summary([found.heading], "pplx-found-summary")
    rows: list[Item] = [_listed(row) for row in found.rows]
    rows.append(Element("li", [found.remark], "pplx-about"))
    attributes = {"style": INLINE_STYLES["pplx-quotes"]} | ({"open": ""} if found.open else {})
    box = Element("ul", rows, "pplx-found-list")
    return Element("details", [line, box], "pplx-quotes pplx-check", attributes)


def _listed(row: Row) -> Element:
    finding = row.finding
    said: list[Item] = [finding.why]
    if finding.quote:
        said += [" ", Element("q", _marked(row.quote))]
    if row.source:
        said += [" ", linked(row.source.url, [row.about])]
    name = "pplx-verdict pplx-differs" if finding.verdict == "differs" else "pplx-verdict"
    sign = Element("b", [f"{SIGNS[finding.verdict]} {row.label}"], name)
    about = Element("div", said, "pplx-about")
    return Element("li", [sign, " ", *_marked(row.sentence), about])


def _marked(parts: Sequence[str]) -> list[Item]:
    before, part, after = parts
    return [before, *([Element("u", [part])] if part else []), after]
