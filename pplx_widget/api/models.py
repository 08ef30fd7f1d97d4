"""`models`: the service's models and their prices."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import providers
from ..config import Connection, connection
from ..core import errors, http_errors, waiting
from ..core.runtime import runtime
from ..core.text import clean

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the service.

    Attributes
    ----------
    id : str
        The name for ``model=``, such as ``"perplexity/sonar"``.
    owner : str
        The maker of the model, or ``""``.
    pricing : mapping
        The prices as sent by the service; empty if it sends none. Their format and units are not
        known, since they were never recorded.
    """

    id: str
    owner: str = ""
    pricing: Mapping[str, Any] = field(default_factory=dict)


class Models(tuple[Model, ...]):
    """The models of a service: a tuple of `Model`."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the models as a data frame: ``id``, ``owner`` and a column for each price.

        Returns
        -------
        pandas.DataFrame
            One row per model. The column of a price is ``pricing.`` plus the service's name for it; its
            values are floats if all of them are numbers.

        Raises
        ------
        PplxError
            pandas is not installed (extra ``data``).
        """
        from ..core.frames import frame  # noqa: PLC0415 (needed only for data frames)

        rows = [{"id": m.id, "owner": m.owner} | dict(_flat(m.pricing, "pricing")) for m in self]
        columns: dict[str, Any] = {"id": str, "owner": str}
        for name in dict.fromkeys(name for row in rows for name in row if name not in columns):
            numbers = all(_is_number(row.get(name)) for row in rows)
            columns[name] = float if numbers else object
        return frame(rows, columns)


def models(*, timeout: float | tuple[float, float] | None = None) -> Models:
    """Return the service's models, with their prices if the service sends them.

    Experimental: the list of models with prices at ``GET /models`` is documented, but was never
    recorded.

    Parameters
    ----------
    timeout : float or (float, float), optional
        The same limits as for `ask`, in seconds.

    Returns
    -------
    Models
        A tuple of `Model`; ``models().to_frame()`` returns a data frame.

    Raises
    ------
    PplxError
        The service cannot be reached or refuses, or its response is not a list. Perplexity's own list
        needs no key; another server may require one.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> models = pplx.models()
    >>> perplexity = [model.id for model in models if model.owner == "perplexity"]
    >>> by_name = models.to_frame().sort_values("id")
    """
    if waiting.would_block_itself():
        raise RuntimeError(
            "models() cannot be called inside an observer. An observer runs on the background thread, "
            "which would wait for itself. Call it from a cell."
        )
    instead = "`await pplx.amodels()`"
    waiting.check(instead=instead)
    return _found(*waiting.wait(_begun(timeout), instead=instead))


async def amodels(
    *,
    timeout: float | tuple[float, float] | None = None,  # noqa: ASYNC109 (a limit of the connection)
) -> Models:
    """Return the service's models without blocking the caller; otherwise like `models`.

    Parameters
    ----------
    timeout : float or (float, float), optional
        The same limits as for `ask`, in seconds.

    Returns
    -------
    Models
        A tuple of `Model`.

    Raises
    ------
    PplxError
        The same errors as for `models`.

    Examples
    --------
    >>> import asyncio
    >>> import pplx_widget as pplx
    >>> async def main():
    ...     return len(await pplx.amodels())
    >>> asyncio.run(main()) > 0
    True
    """
    return _found(*await asyncio.wrap_future(_begun(timeout)))


def _begun(
    timeout: float | tuple[float, float] | None,
) -> Future[tuple[Connection, Models | errors.PplxError]]:
    where = connection(timeout)

    async def listed() -> tuple[Connection, Models | errors.PplxError]:
        return where, await _listed(where)

    return runtime().begin(listed)


def _found(where: Connection, listed: Models | errors.PplxError) -> Models:
    if isinstance(listed, errors.KeyRejected) and where.needs_key:
        raise where.missing_key()
    if isinstance(listed, errors.PplxError):
        raise listed
    return listed


async def _listed(where: Connection) -> Models | errors.PplxError:
    """Return the models or an error, which is not raised here, since its context would hold headers."""
    http = await providers.load(".http")
    try:
        found = await http.get_json(where, "models")
    except asyncio.CancelledError:
        raise
    except errors.PplxError as error:
        return error.with_traceback(None)
    except Exception as error:  # noqa: BLE001 (every error becomes one of this package)
        return http_errors.from_transport(error, host=where.host, started=False).with_traceback(
            None
        )
    listed = found.get("data") if isinstance(found, Mapping) else None
    if not isinstance(listed, list):
        return errors.ProviderFailed(
            f"{where.host} did not send a list of models.",
            "Its response is not JSON, or has no `data`.",
            "Check the base URL: it must end with `/v1`.",
        )
    return Models(
        _model(one) for one in listed if isinstance(one, Mapping) and clean(one.get("id"))
    )


def _model(sent: Mapping[str, Any]) -> Model:
    id_, pricing = clean(sent.get("id")), sent.get("pricing")
    # The first part of "maker/name" is the owner.
    owner = clean(sent.get("owned_by")) or (id_.partition("/")[0] if "/" in id_ else "")
    return Model(id_, owner, pricing if isinstance(pricing, Mapping) else {})


def _flat(value: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{name}.{key}")
        else:
            yield f"{name}.{key}", inner


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
