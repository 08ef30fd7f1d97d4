"""The evidence of a structured answer as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Self, SupportsIndex, overload

from ..core.events import Source
from ..core.frames import frame
from ..core.structured.evidence import Field, Leaf, fields
from .quotes import Passage

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {"path": str, "value": object, "id": "Int64", "quote": str, "quoted": "boolean"}


class Evidence(tuple[Field, ...]):
    """The values of a structured answer with their sources and quotes: a tuple of `Field`.

    It is equal to any tuple of the same fields. A slice is an `Evidence` too.

    Examples
    --------
    >>> from pplx_widget.bibliography.evidence import Evidence
    >>> from pplx_widget import Field
    >>> found = Evidence([Field("founded", 1847, 3, "founded in 1847", True)])
    >>> found.to_frame().to_dict("records")
    [{'path': 'founded', 'value': 1847, 'id': 3, 'quote': 'founded in 1847', 'quoted': True}]
    """

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with one row for each value and source.

        Returns
        -------
        pandas.DataFrame
            ``path`` (the place of the value, such as ``companies.0.name``), ``value``, ``id`` (of the
            source; missing if the answer names none), ``quote``, and ``quoted`` (whether the quote is
            in the source's snippet; missing if that could not be compared).

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        return frame(map(asdict, self), _COLUMNS)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Field: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Field | Self:
        if isinstance(index, slice):
            return type(self)(super().__getitem__(index))
        return super().__getitem__(index)


def compared(leaves: tuple[Leaf, ...], sources: Iterable[Source]) -> tuple[Field, ...]:
    """Return the fields of leaf values, with their quotes compared with the sources' snippets."""
    snippets: Mapping[int, str] = {source.id: source.snippet for source in sources}
    passages: dict[int, Passage] = {}

    def verdict(id_: int, quote: str) -> bool | None:
        if not quote or id_ not in snippets:
            return None
        if id_ not in passages:
            passages[id_] = Passage(snippets[id_])
        return passages[id_].has(quote)

    return fields(leaves, verdict)
