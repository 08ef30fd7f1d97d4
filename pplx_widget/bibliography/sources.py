"""An answer's sources and citations: tuples with exports to data frames and bibliographies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, TypeAlias, TypeVar, overload

from ..core.citations import Citation
from ..core.events import Source
from ..core.frames import frame
from ..core.state import AnswerState
from . import dates

if TYPE_CHECKING:
    import pandas as pd

    from .entries import Entry

T = TypeVar("T")

Found: TypeAlias = tuple[Source, datetime | None]
"""A source, and when it was found."""

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
    """The bibliography formats of a list of sources."""

    @abstractmethod
    def _listed(self) -> Iterable[Found]:
        """Return the sources, each with the time when it was found, if known."""

    def to_bibtex(self, *, accessed: date | None = None) -> str:
        r"""Return the sources as BibTeX, for BibLaTeX with Biber.

        Parameters
        ----------
        accessed : datetime.date, optional
            The day of access (``urldate``). The default is the day of the question, or no day if a
            saved answer does not have it.

        Returns
        -------
        str
            One ``@online`` entry per web page, with a key that depends only on its address. The text
            is Unicode: other letters than Latin ones need XeLaTeX or LuaLaTeX, and a font that has
            them. An odd date (in the future, older than the web, unreadable) is left out.

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
        from . import bibtex  # noqa: PLC0415 (an import of the package does without)

        return bibtex.write(self._entries(accessed))

    def to_csl_json(self, *, accessed: date | None = None) -> str:
        """Return the sources as CSL-JSON, which pandoc and Zotero read; see `to_bibtex`."""
        from . import csl  # noqa: PLC0415 (as above)

        return csl.write(self._entries(accessed))

    def to_ris(self, *, accessed: date | None = None) -> str:
        """Return the sources as RIS, which Zotero, EndNote and Mendeley read; see `to_bibtex`."""
        from . import ris  # noqa: PLC0415 (as above)

        return ris.write(self._entries(accessed))

    def _entries(self, accessed: date | None) -> list[Entry]:
        from .entries import entries  # noqa: PLC0415 (as above)

        days = ((source, asked.date() if asked else None) for source, asked in self._listed())
        return entries(((source, accessed or day) for source, day in days), date.today())  # noqa: DTZ011


class Listed(tuple[T, ...], Bibliography):  # noqa: SLOT001 (subclasses have attributes)
    """A tuple with bibliography formats, whose slices have the same type."""

    _head = "Number"

    @abstractmethod
    def _firsts(self) -> Iterable[str]:
        """Return the cells of the first column when shown as a table; `_head` is its title."""

    def _repr_html_(self) -> str:
        from .html_table import table  # noqa: PLC0415 (it imports the document room, which is slow)

        pages = (source for source, _ in self._listed())
        return table(self._head, zip(self._firsts(), pages, strict=True))

    @abstractmethod
    def _like(self, items: Iterable[T]) -> Self:
        """Return some of the items in a new tuple of this type, with its attributes."""

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: SupportsIndex | slice) -> T | Self:
        if isinstance(index, slice):
            return self._like(super().__getitem__(index))
        return super().__getitem__(index)


class Sources(Listed[Source]):
    """The sources of an answer: a tuple of `Source`, equal to any tuple of the same sources.

    A slice is a `Sources` too, and keeps the citations.

    Parameters
    ----------
    sources : iterable of Source
        The sources in the order of arrival.
    cited : mapping of int to Citation, optional
        The id of each cited source → its citation.
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
        """Return the current sources of an answer."""
        return cls(state.sources, {c.id: c for c in state.citations}, state.asked)

    def known(self) -> Iterator[tuple[Source, Citation | None, datetime | None]]:
        """Iterate over the sources, each with its citation, if any, and the time of the question."""
        return ((source, self._cited.get(source.id), self._asked) for source in self)

    def _like(self, items: Iterable[Source]) -> Self:
        return type(self)(items, self._cited, self._asked)

    def _listed(self) -> Iterable[Found]:
        return ((source, self._asked) for source in self)

    def _firsts(self) -> Iterable[str]:
        return (str(c.number) if (c := self._cited.get(s.id)) else "" for s in self)

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with one row per source.

        Returns
        -------
        pandas.DataFrame
            ``number`` (as in the text; missing if not cited), ``id``, ``title``, ``url``, ``site``,
            ``date`` (missing if the service does not send a full date), ``snippet`` (Markdown),
            ``cited``, ``times`` (how often it is cited) and ``search`` (the query that found it).

        Raises
        ------
        PplxError
            pandas is not installed.

        Notes
        -----
        The cells are unchanged, so that they can be compared and searched. In a CSV file (``to_csv``),
        a spreadsheet may run a title as a formula if it begins with ``=``, ``+``, ``-`` or ``@``.
        Import such a file with its columns as text.
        """
        return frame((_row(source, self._cited.get(source.id)) for source in self), _COLUMNS)


class Citations(Listed[Citation]):
    """The cited sources of an answer: a tuple of `Citation`, equal to any tuple of the same citations.

    Parameters
    ----------
    citations : iterable of Citation
        The citations in the order of their numbers.
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
        """Return the current citations of an answer."""
        return cls(state.citations, state.asked)

    def _like(self, items: Iterable[Citation]) -> Self:
        return type(self)(items, self._asked)

    def _listed(self) -> Iterable[Found]:
        return ((citation.source, self._asked) for citation in self)

    def _firsts(self) -> Iterable[str]:
        return (str(citation.number) for citation in self)

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with one row per cited source and the columns of `Sources.to_frame`.

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
