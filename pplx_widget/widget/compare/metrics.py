"""The metrics of compared answers, and which of their sources they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...bibliography.addresses import same_page
from ...core.events import Source
from ...core.once import once
from ...core.state import AnswerState


@dataclass(frozen=True)
class Column:
    """One compared answer at a moment.

    Attributes
    ----------
    name : str
        The name of its way.
    state : AnswerState
        A snapshot of its state.
    elapsed : float
        Seconds since its question was asked.
    """

    name: str
    state: AnswerState
    elapsed: float

    @once
    def pages(self) -> dict[str, Source]:
        """Its sources, each web page once, by a key that is the same in every answer."""
        pages: dict[str, Source] = {}
        for source in self.state.sources:
            pages.setdefault(same_page(source.url) or source.title, source)
        return pages


@dataclass(frozen=True)
class Page:
    """A web page among the sources of compared answers.

    Attributes
    ----------
    source : Source
        The source, as the first answer has it.
    found : dict of int to Source
        The source of each answer that found the page, by the place of its column.
    """

    source: Source
    found: dict[int, Source]


def pages(columns: Sequence[Column]) -> list[Page]:
    """Return all web pages of the answers; those of the most answers first, else in their order."""
    found: dict[str, dict[int, Source]] = {}
    for at, column in enumerate(columns):
        for key, source in column.pages.items():
            found.setdefault(key, {})[at] = source
    every = [Page(next(iter(by_column.values())), by_column) for by_column in found.values()]
    return sorted(every, key=lambda page: -len(page.found))


def shared(columns: Iterable[Column]) -> list[int]:
    """Return how many web pages of each answer another one has found, too."""
    columns = tuple(columns)
    spread = Counter(key for column in columns for key in column.pages)
    return [sum(spread[key] > 1 for key in column.pages) for column in columns]
