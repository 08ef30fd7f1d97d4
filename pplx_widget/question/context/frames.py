"""Read data frames of pandas, polars, pyarrow and other libraries as columns for narwhals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ...core import browser_packages
from ...core.errors import InvalidRequest, PplxError

if TYPE_CHECKING:
    from narwhals import Series

_Columns = tuple[tuple[Any, Any], ...]

_VALUE = "value"
"""The name for a series without a name."""

# pyarrow 26 cannot filter views.
_VIEWS = {"string_view": "large_string", "binary_view": "large_binary"}

# Types whose names list all categories or fields, including unused ones.
_TELLING = re.compile(r"(Enum|Struct|struct)[(<].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of a data frame, as views of its data and not copies.

    Attributes
    ----------
    rows : int
        The number of rows.
    levels, columns : tuple of (object, object)
        Pairs of a name and the values, as an object of their own library, for `values`. Levels are
        those of a pandas-like index, unless it merely numbers the rows.
    """

    rows: int
    levels: _Columns
    columns: _Columns


def read(data: Any) -> Frame | None:
    """Return the columns of a data frame or series; None if the object is neither.

    Parameters
    ----------
    data : object
        A data frame or series of a library that narwhals supports, a record batch or array of pyarrow,
        or an object with a method ``to_pandas``.

    Raises
    ------
    InvalidRequest
        The object is a query that has not run yet, such as a ``LazyFrame``.
    PplxError
        narwhals is not installed, or pandas for an object with ``to_pandas``.
    """
    _load_narwhals(data)
    try:
        import narwhals.stable.v2 as nw  # noqa: PLC0415 (optional, needed only for data frames)
        from narwhals import dependencies as known  # noqa: PLC0415
    except ImportError:
        if _looks_like_a_frame(data):
            raise _missing("narwhals", "Data frames need it") from None
        return None
    data = nw.to_native(data, pass_through=True)
    if known.is_pandas_like_index(data):
        return _of_pandas(data.to_frame(index=False, name=_names(data)))
    if known.is_pandas_like_series(data):
        return _of_pandas(data.to_frame(_VALUE if data.name is None else data.name))
    if known.is_pandas_like_dataframe(data):
        return _of_pandas(data)
    data = readable(data)
    if known.is_pyarrow_table(data):
        return Frame(data.num_rows, (), tuple(zip(data.column_names, data.columns, strict=True)))
    found = nw.from_native(data, allow_series=True, pass_through=True)
    if isinstance(found, nw.Series):
        return Frame(len(found), (), ((found.name or _VALUE, data),))
    if isinstance(found, nw.DataFrame):
        columns = tuple((each.name, each.to_native()) for each in found.iter_columns())
        return Frame(len(found), (), columns)
    if isinstance(found, nw.LazyFrame):
        raise InvalidRequest(
            f"An object of type {type(data).__name__} has no rows yet.",
            "It is a query that has not run yet, and running it may take long.",
            "Run it and pass its result: in polars, `frame.collect()`, or "
            "`frame.head(1000).collect()` for the first rows.",
        )
    if hasattr(type(data), "to_pandas"):
        try:
            return read(data.to_pandas())
        except ImportError:
            raise _missing("pandas", f"An object of type {type(data).__name__} needs it") from None
    return None


def _load_narwhals(data: Any) -> None:
    if _looks_like_a_frame(data) and find_spec("narwhals") is None:
        browser_packages.load_now("narwhals")


def type_name(native: Any) -> str:
    """Return the name of a column's type, without the names of categories and fields."""
    kind = str(native.dtype if hasattr(native, "dtype") else native.type)
    return _TELLING.sub(r"\1…", kind)


def values(native: Any, first: int | None = None) -> Series[Any]:
    """Return the values of a column, or the first ones, in a type that supports computation."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415

    series: Series[Any] = nw.from_native(native, series_only=True)
    if first is not None:
        series = series.head(first)
    made: Series[Any] = nw.from_native(_computable(series.to_native()), series_only=True)
    return made


def _computable(native: Any) -> Any:
    """Return a column, cast to a more common type if its type does not support computation."""
    if hasattr(native, "sparse"):  # a sparse column of pandas
        return native.sparse.to_dense()
    if not _is_of_arrow(native):
        return native
    import pyarrow as pa  # noqa: PLC0415 (installed, since the data is pyarrow's)

    kind = native.type
    common = _VIEWS.get(str(kind))
    if getattr(kind, "unit", "") == "ns":  # Python has only microseconds; pyarrow would need pandas
        if pa.types.is_timestamp(kind):
            common = pa.timestamp("us", kind.tz)
        else:
            common = pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")
    return native.cast(common, safe=False) if common else native


def _of_pandas(frame: Any) -> Frame:
    """Return the columns by position, since a name can occur twice or be a tuple."""
    index = frame.index
    numbered = type(index).__name__ == "RangeIndex" and index.name is None
    levels = [] if numbered else [index.get_level_values(i) for i in range(index.nlevels)]
    names = ["index" if each.name is None else each.name for each in levels]
    columns = [each.to_series(index=range(len(each))) for each in levels]
    return Frame(
        len(frame),
        tuple(zip(names, columns, strict=True)),
        tuple((each, frame.iloc[:, i]) for i, each in enumerate(frame.columns)),
    )


def _names(index: Any) -> Any:
    """Return the column names for the levels of an index."""
    names = [f"{_VALUE} {i}" if each is None else each for i, each in enumerate(index.names, 1)]
    return names if index.nlevels > 1 else index.name or _VALUE


def _looks_like_a_frame(data: Any) -> bool:
    """Guess without narwhals whether an object is a data frame."""
    made_by = {kind.__module__.partition(".")[0] for kind in type(data).__mro__}
    return hasattr(type(data), "to_pandas") or not made_by.isdisjoint({"pandas", "polars"})


def _is_of_arrow(data: Any) -> bool:
    return type(data).__module__.partition(".")[0] == "pyarrow"


def readable(data: Any) -> Any:
    """Convert pyarrow's batches and arrays, which narwhals does not support; keep other data."""
    if not _is_of_arrow(data):
        return data
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    return pa.chunked_array([data]) if isinstance(data, pa.Array) else data


def _missing(package: str, why: str) -> PplxError:
    return PplxError(
        f"{package} is not installed.",
        f"{why}; it comes with the extra `data`.",
        f"Run `pip install {package}` (in a notebook: `%pip install …`).",
    )
