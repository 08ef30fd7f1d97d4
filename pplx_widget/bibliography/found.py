"""The results of a search as data: sources that are shown as a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from ..core.events import Source
from .sources import Sources


class Found(Sources):
    """The sources that a search has found, as returned by `pplx_widget.search`.

    Parameters
    ----------
    sources : iterable of Source
        The sources, numbered from 1.
    queries : iterable of str
        The queries.
    asked : datetime.datetime, optional
        When the search was made.

    Attributes
    ----------
    queries : tuple of str
        The queries.
    """

    queries: tuple[str, ...]

    def __new__(  # noqa: D102
        cls,
        sources: Iterable[Source] = (),
        queries: Iterable[str] = (),
        asked: datetime | None = None,
    ) -> Self:
        made = super().__new__(cls, sources, None, asked)
        made.queries = tuple(queries)
        return made

    def _like(self, items: Iterable[Source]) -> Self:
        return type(self)(items, self.queries, self._asked)

    def __repr__(self) -> str:
        """Return the list as text."""
        from ..document import found  # noqa: PLC0415 (it imports the document room, which is slow)

        return found.text(self.queries, self)

    def _repr_html_(self) -> str:
        from ..document import found  # noqa: PLC0415 (as above)

        return found.html(self.queries, self)

    def _repr_markdown_(self) -> str:
        from ..document import found  # noqa: PLC0415 (as above)

        return found.markdown(self.queries, self)
