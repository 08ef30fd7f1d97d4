"""The rows of a batch: a data frame of any library that narwhals reads, or a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..core.errors import InvalidRequest
from ..question.context import frames

TEXT = "text"
"""The name of the only column of a list of texts."""


class Rows:
    """The rows of the input, and its columns by name.

    Parameters
    ----------
    data : object
        The input as it was given; a list is kept as a list.
    count : int
        The number of rows.
    columns : list of (str, object)
        Names and values; a value is a list, or a column of a library's own, which is read when it is
        first needed.
    single : str or None
        The name of the only column, which ``{}`` stands for.
    """

    def __init__(
        self, data: Any, count: int, columns: list[tuple[str, Any]], single: str | None = None
    ) -> None:
        self.data = data
        self.single = single
        self._count = count
        self._columns = columns

    @property
    def names(self) -> list[str]:
        """The names of the columns; a name can occur twice."""
        return [name for name, _ in self._columns]

    def column(self, name: str) -> list[Any]:
        """Return the values of a column as Python's; None for a missing value."""
        place = self.names.index(name)
        values = self._columns[place][1]
        if not isinstance(values, list):
            values = [_present(value) for value in frames.values(values).to_list()]
            self._columns[place] = (name, values)
        return values

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a mapping; of columns with the same name, the first counts."""
        names = [*dict.fromkeys(self.names)]
        columns = [self.column(name) for name in names]
        for row in range(self._count):
            yield {name: values[row] for name, values in zip(names, columns, strict=True)}


def read(data: Any) -> Rows:
    """Return the rows of a data frame, a series, a list of texts or a list of mappings.

    Raises
    ------
    InvalidRequest
        It is none of these.
    PplxError
        A package that the data frame needs is not installed.
    """
    if isinstance(data, str | bytes | Mapping):
        raise _refused(data)
    if isinstance(data, list | tuple):
        return _of_list([*data])
    data = frames.readable(data)
    if (found := frames.read(data)) is not None:
        columns = [(_name(name), values) for name, values in (*found.columns, *found.levels)]
        single = columns[0][0] if len(found.columns) == 1 else None
        return Rows(_unchanged(data), found.rows, columns, single)
    if isinstance(data, Iterable):
        return _of_list([*data])
    raise _refused(data)


def _unchanged(data: Any) -> Any:
    """Return a frame that stays as it is if the user adds or drops rows and columns meanwhile."""
    if hasattr(data, "clone"):  # of polars
        return data.clone()
    return data.copy(deep=False) if hasattr(data, "iloc") or hasattr(data, "nlevels") else data


def _of_list(listed: list[Any]) -> Rows:
    if all(isinstance(each, str) for each in listed):
        return Rows(listed, len(listed), [(TEXT, listed)], TEXT)
    if all(isinstance(each, Mapping) for each in listed):
        listed = [{**each} for each in listed]  # the user may change these while the batch runs
        names = dict.fromkeys(name for each in listed for name in each)
        columns = [(_name(n), [_present(each.get(n)) for each in listed]) for n in names]
        single = columns[0][0] if len(columns) == 1 else None
        return Rows(listed, len(listed), columns, single)
    kind = str if isinstance(listed[0], str) else Mapping
    odd = next(i for i, each in enumerate(listed) if not isinstance(each, kind))
    raise InvalidRequest(
        "The rows are neither all texts nor all mappings.",
        f"Row {odd} is of type {type(listed[odd]).__name__}.",
        "Pass a data frame, a list of texts, or a list of mappings.",
    )


def _name(name: Any) -> str:
    """Return the name of a column; the levels of a name are joined by `` / ``."""
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _present(value: Any) -> Any:
    """Return a value; None for a missing one: NA of pandas, and any NaN or NaT, which is not itself."""
    if isinstance(value, str | int):
        return value
    if type(value).__name__ == "NAType":
        return None
    try:
        unequal = value != value  # noqa: PLR0124
    except Exception:  # noqa: BLE001 (the user's objects may raise anything)
        return value
    return None if type(unequal).__name__ in ("bool", "bool_") and unequal else value


def _refused(data: Any) -> InvalidRequest:
    return InvalidRequest(
        f"The data of a batch cannot be of type {type(data).__name__}.",
        "It has one row for each question.",
        "Pass a data frame, a list of texts, or a list of mappings.",
    )
