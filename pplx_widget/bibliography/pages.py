"""Merge the sources of many answers into one list with each web page once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..core.errors import InvalidRequest
from ..core.events import Source
from ..core.frames import frame
from . import dates
from .addresses import same_page
from .sources import Found, Listed, Sources

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "title": str,
    "url": str,
    "site": str,
    "date": date,
    "snippet": str,
    "cited": bool,
    "times": int,
    "search": str,
    "found_by": object,
    "cited_by": object,
}


class HasSources(Protocol):
    """An `Answer`, or another object with ``sources``."""

    @property
    def sources(self) -> Sources:
        """The sources."""


@dataclass(frozen=True, slots=True)
class Page:
    """A web page that one or more answers found.

    Attributes
    ----------
    source : Source
        The source in the first answer, with the longest snippet and the first date of all answers. Its
        ``id`` is that of the first answer.
    found_by, cited_by : tuple of int
        The answers that found the page, and those that cite it, as positions in the list of answers,
        from 0.
    times : int
        How often all answers together cite it.
    asked : datetime.datetime or None
        When the earliest question that found it was asked.
    """

    source: Source
    found_by: tuple[int, ...]
    cited_by: tuple[int, ...]
    times: int
    asked: datetime | None

    def joined(self, other: Page) -> Page:
        """Return the page merged with the same page of another answer."""
        longer = max(self.source.snippet, other.source.snippet, key=len)
        source = replace(
            self.source,
            title=self.source.title or other.source.title,
            date=self.source.date or other.source.date,
            snippet=longer,
        )
        return Page(
            source,
            tuple(dict.fromkeys(self.found_by + other.found_by)),
            tuple(dict.fromkeys(self.cited_by + other.cited_by)),
            self.times + other.times,
            min(filter(None, (self.asked, other.asked)), default=None),
        )


class Pages(Listed[Page]):
    """The pages that several answers found: a tuple of `Page`, whose slices are `Pages` too."""

    __slots__ = ()
    _head = "Cited by"

    def _like(self, items: Iterable[Page]) -> Self:
        return type(self)(items)

    def _listed(self) -> Iterable[Found]:
        return ((page.source, page.asked) for page in self)

    def _firsts(self) -> Iterable[str]:
        return (", ".join(map(str, page.cited_by)) for page in self)

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with one row per page.

        Returns
        -------
        pandas.DataFrame
            ``title``, ``url``, ``site``, ``date``, ``snippet``, ``cited`` (by any answer), ``times``
            (by all together), ``search`` (the first query that found it), ``found_by`` and
            ``cited_by`` (tuples of positions in the list of answers, from 0).

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        return frame(map(_row, self), _COLUMNS)


def sources(answers: HasSources | Iterable[HasSources], /) -> Pages:
    """Return the sources of many answers, each web page once.

    Parameters
    ----------
    answers : iterable of Answer
        The answers, or a single answer. An unfinished answer counts with its sources so far.

    Returns
    -------
    Pages
        A tuple of `Page`, in the order in which they were first found, with `Pages.to_frame` and the
        bibliography formats of `Sources`. Two addresses belong to the same page if they differ only in
        ``http`` or ``https``, ``www.``, a slash at the end, the fragment, or tracking parameters.

    Raises
    ------
    InvalidRequest
        An item is not an answer.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> both = [pplx.ask("What is the CAP theorem?"), pplx.ask("What does PACELC add to CAP?")]
    >>> pages = pplx.sources(answer.wait() for answer in both)
    >>> pages.to_frame()[["site", "cited_by"]]
            site cited_by
    0 ...
    """
    return pages(map(_sources, _each(answers)))


def pages(lists: Iterable[Sources]) -> Pages:
    """Return the pages of the sources of many answers."""
    found: dict[str, Page] = {}
    for place, sources_ in enumerate(lists):
        for page in _of(sources_, place):
            key = same_page(page.source.url)
            found[key] = found[key].joined(page) if key in found else page
    return Pages(found.values())


def _each(answers: Any) -> Iterable[Any]:
    if hasattr(answers, "sources"):
        return [answers]
    if isinstance(answers, str | bytes) or not isinstance(answers, Iterable):
        raise _no_answer(answers)
    return answers


def _sources(answer: Any) -> Sources:
    found = getattr(answer, "sources", None)
    if not isinstance(found, Sources):
        raise _no_answer(answer)
    return found


def _of(found: Sources, place: int) -> Iterable[Page]:
    for source, citation, asked in found.known():
        cited_by = (place,) if citation else ()
        yield Page(source, (place,), cited_by, citation.count if citation else 0, asked)


def _no_answer(value: Any) -> InvalidRequest:
    return InvalidRequest(
        f"{type(value).__name__!r} is not an answer.",
        "Only answers have sources.",
        "Pass a list of answers: `pplx.sources([first, second])`.",
    )


def _row(page: Page) -> dict[str, Any]:
    source = page.source
    return {
        "title": source.title,
        "url": source.url,
        "site": source.site,
        "date": dates.whole(source.date),
        "snippet": source.snippet,
        "cited": bool(page.cited_by),
        "times": page.times,
        "search": source.query,
        "found_by": page.found_by,
        "cited_by": page.cited_by,
    }
