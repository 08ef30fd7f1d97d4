"""`Finding`: how one sentence compares with what it cites."""

from __future__ import annotations

from dataclasses import dataclass, field

from .verdict import Verdict


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

    @property
    def span(self) -> tuple[int, int]:
        """The start and end of the sentence in the answer's text, in characters."""
        return self._span

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all sources that the sentence cites."""
        return self._ids
