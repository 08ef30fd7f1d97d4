"""An answer's sources and citations: tuples that can be made a frame or a bibliography."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, TypeAlias, TypeVar, overload

from ..core.citations import Citation
from ..core.events import Source
from ..core.frames import frame
from ..core.state import AnswerState
from . import bibtex, csl, dates, ris
from .entries import Entry, entries

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

Found: TypeAlias = tuple[Source, datetime | None]
"""A page and when it was found."""

_COLUMNS = {
    "number": "Int64",
    "id": int,
    "title": str,
    "url": str,
    "site": str,
    "date": date,
    "snippet": str,
    "cited": bool,
    "times": int,
    "search": str,
}


class Bibliography:
    """What can be made of a list of pages."""

    @abstractmethod
    def _listed(self) -> Iterable[Found]:
        """Return the pages, each with the time when it was found, as far as it is known."""

    def to_bibtex(self, *, accessed: date | None = None) -> str:
        r"""Return the pages as BibTeX, for BibLaTeX with Biber.

        Parameters
        ----------
        accessed : datetime.date, optional
            The day of access (``urldate``). Where it is not given: the day of the question, or none
            where a file does not say it.

        Returns
        -------
        str
            One ``@online`` a page, with a key that depends on the page's address alone. UTF-8: for
            letters that are not Latin LaTeX needs XeLaTeX or LuaLaTeX, and a font that has them. An odd
            date (in the future, from before there was a web, unreadable) is left out.

        Examples
        --------
        >>> from pplx_widget import Source
        >>> from pplx_widget.bibliography.sources import Sources
        >>> found = Sources([Source(1, "R&D in 2026", "https://example.org/r", "example.org")])
        >>> print(found.to_bibtex(accessed=date(2026, 11, 28)))
        @online{example-org-8cc00b,
          title = {{R\&D in 2026}},
          organization = {{example.org}},
          url = {https://example.org/r},
          urldate = {2026-11-28},
        }
        <BLANKLINE>
        """
        return bibtex.write(self._entries(accessed))

    def to_csl_json(self, *, accessed: date | None = None) -> str:
        """Return the pages as CSL-JSON, which pandoc and Zotero read; see `to_bibtex`."""
        return csl.write(self._entries(accessed))

    def to_ris(self, *, accessed: date | None = None) -> str:
        """Return the pages as RIS, which Zotero, EndNote and Mendeley read; see `to_bibtex`."""
        return ris.write(self._entries(accessed))

    def _entries(self, accessed: date | None) -> list[Entry]:
        days = ((source, asked.date() if asked else None) for source, asked in self._listed())
        return entries(((source, accessed or day) for source, day in days), date.today())  # noqa: DTZ011


class Listed(tuple[T, ...], Bibliography):  # noqa: SLOT001 (some keep more than their items)
    """A tuple of pages of which a part is one too."""

    _head = "Number"

    @abstractmethod
    def _firsts(self) -> Iterable[str]:
        """Return what stands before each page where they are shown; `_head` says what it is."""

    def _repr_html_(self) -> str:
        from .html_table import table  # noqa: PLC0415 (what documents are made with takes a while)

        pages = (source for source, _ in self._listed())
        return table(self._head, zip(self._firsts(), pages, strict=True))

    @abstractmethod
    def _like(self, items: Iterable[T]) -> Self:
        """Return some of the items, with what is known besides."""

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: SupportsIndex | slice) -> T | Self:
        if isinstance(index, slice):
            return self._like(super().__getitem__(index))
        return super().__getitem__(index)


class Sources(Listed[Source]):
    """The sources of an answer: a tuple of `Source`, equal to any other of the same sources.

    A slice is one too, and knows as well which of its sources are cited.

    Parameters
    ----------
    sources : iterable of Source
        In the order of arrival.
    cited : mapping of int to Citation, optional
        Id → citation.
    asked : datetime.datetime, optional
        When the question was asked.
    """

    _cited: Mapping[int, Citation]
    _asked: datetime | None

    def __new__(  # noqa: D102
        cls,
        sources: Iterable[Source] = (),
        cited: Mapping[int, Citation] | None = None,
        asked: datetime | None = None,
    ) -> Self:
        made = super().__new__(cls, sources)
        made._cited, made._asked = cited or {}, asked
        return made

    @classmethod
    def of(cls, state: AnswerState) -> Self:
        """Return the sources of an answer, at this moment."""
        return cls(state.sources, {c.id: c for c in state.citations}, state.asked)

    def known(self) -> Iterator[tuple[Source, Citation | None, datetime | None]]:
        """Return each source with its citation, if it is cited, and the time of the question."""
        return ((source, self._cited.get(source.id), self._asked) for source in self)

    def _like(self, items: Iterable[Source]) -> Self:
        return type(self)(items, self._cited, self._asked)

    def _listed(self) -> Iterable[Found]:
        return ((source, self._asked) for source in self)

    def _firsts(self) -> Iterable[str]:
        return (str(c.number) if (c := self._cited.get(s.id)) else "" for s in self)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame, a row a source.

        Returns
        -------
        pandas.DataFrame
            ``number`` (as in the text; missing where it is not cited), ``id``, ``title``, ``url``,
            ``site``, ``date`` (missing where the service names no whole day), ``snippet`` (Markdown),
            ``cited``, ``times`` (how often it is cited) and ``search`` (the query that found it).

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        return frame((_row(source, self._cited.get(source.id)) for source in self), _COLUMNS)


class Citations(Listed[Citation]):
    """The cited sources of an answer: a tuple of `Citation`, equal to any other of the same ones.

    Parameters
    ----------
    citations : iterable of Citation
        In the order of their numbers.
    asked : datetime.datetime, optional
        When the question was asked.
    """

    _asked: datetime | None

    def __new__(  # noqa: D102
        cls, citations: Iterable[Citation] = (), asked: datetime | None = None
    ) -> Self:
        made = super().__new__(cls, citations)
        made._asked = asked
        return made

    @classmethod
    def of(cls, state: AnswerState) -> Self:
        """Return the citations of an answer, at this moment."""
        return cls(state.citations, state.asked)

    def _like(self, items: Iterable[Citation]) -> Self:
        return type(self)(items, self._asked)

    def _listed(self) -> Iterable[Found]:
        return ((citation.source, self._asked) for citation in self)

    def _firsts(self) -> Iterable[str]:
        return (str(citation.number) for citation in self)

    def to_frame(self) -> pd.DataFrame:
        """Return a frame, a row a cited source, with the columns of `Sources.to_frame`.

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        return frame((_row(citation.source, citation) for citation in self), _COLUMNS)


def _row(source: Source, citation: Citation | None) -> dict[str, Any]:
    return {
        "number": citation.number if citation else None,
        "id": source.id,
        "title": source.title,
        "url": source.url,
        "site": source.site,
        "date": dates.whole(source.date),
        "snippet": source.snippet,
        "cited": citation is not None,
        "times": citation.count if citation else 0,
        "search": source.query,
    }
