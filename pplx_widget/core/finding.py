"""`Finding`: how one sentence compares with what it cites; and the findings of one answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Verdict: TypeAlias = Literal["found", "differs", "not found", "unclear", "unread"]
"""What a comparison says about a sentence; see `pplx_widget.Finding`."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one sentence of an answer compares with the snippets that it cites.

    Attributes
    ----------
    sentence : str
        The sentence, without Markdown and markers.
    verdict : {"found", "differs", "not found", "unclear", "unread"}
        ``found``: the passage has the sentence's words and figures. ``differs``: the passage has
        another figure, name, or negation in their place. ``not found``: a part of the sentence is not
        in the snippet, which is only an extract of the page. ``unclear``: neither can be said.
        ``unread``: there is no snippet, or a short one.
    number : int or None
        The number of the citation, as shown.
    id : int or None
        The id of the source.
    quote : str
        The nearest passage of the snippet; empty if it was not read.
    why : str
        The reason in a sentence: the parts that differ, the missing part, or who has compared.
    doubt : float
        How much a look at the source is worth, from 0 to 1.
    """

    sentence: str
    verdict: Verdict
    number: int | None
    id: int | None
    quote: str
    why: str
    doubt: float
    # For marks at the sentence: its place in the answer's text, in characters, and all that it cites.
    _span: tuple[int, int] = field(default=(0, 0), repr=False, compare=False, kw_only=True)
    _ids: tuple[int, ...] = field(default=(), repr=False, compare=False, kw_only=True)
    # The last of its citations, counted from 0 in the order of the text; -1 if it has none there.
    _chip: int = field(default=-1, repr=False, compare=False, kw_only=True)
    # The part of the sentence and the part of the passage that differ.
    _parts: tuple[str, str] = field(default=("", ""), repr=False, compare=False, kw_only=True)

    @property
    def span(self) -> tuple[int, int]:
        """The start and end of the sentence in the answer's text, in characters."""
        return self._span

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all sources that the sentence cites."""
        return self._ids

    @property
    def chip(self) -> int:
        """The last of its citations, counted from 0 over the whole text; -1 if it has none there."""
        return self._chip

    @property
    def parts(self) -> tuple[str, str]:
        """The part of the sentence and the part of the passage that differ; ``""`` if unknown."""
        return self._parts


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings on an answer, as its state keeps them.

    Attributes
    ----------
    findings : tuple of Finding
        The findings, in the order of the text.
    uncited : int
        The number of sentences without a citation, which were not compared.
    """

    findings: tuple[Finding, ...]
    uncited: int = 0
