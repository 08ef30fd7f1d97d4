"""`models`: what may be asked, and at which price."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import providers
from ..config import Connection, connection
from ..core import errors, http_errors
from ..core.runtime import runtime
from ..core.text import clean

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Model:
    """A model that may be asked.

    Attributes
    ----------
    id : str
        What ``model=`` takes, such as ``"perplexity/sonar"``.
    owner : str
        Who made it, or ``""``.
    pricing : mapping
        As the service sent it; empty where it names no prices. Its form and its units are the
        service's: they were never recorded.
    """

    id: str
    owner: str = ""
    pricing: Mapping[str, Any] = field(default_factory=dict)


class Models(tuple[Model, ...]):
    """The models that a service has; a tuple of `Model`."""

    __slots__ = ()

    def to_frame(self) -> pd.DataFrame:
        """Return the models as a frame: ``id``, ``owner`` and a column for each price.

        Returns
        -------
        pandas.DataFrame
            A row a model. A price is in a column that is called ``pricing.`` and what the service calls
            it; a float where all prices of that name are numbers.

        Raises
        ------
        PplxError
            pandas is not installed (extra ``data``).
        """
        from ..core.frames import frame  # noqa: PLC0415 (the core does without frames)

        rows = [{"id": m.id, "owner": m.owner} | dict(_flat(m.pricing, "pricing")) for m in self]
        columns: dict[str, Any] = {"id": str, "owner": str}
        for name in dict.fromkeys(name for row in rows for name in row if name not in columns):
            numbers = all(_is_number(row.get(name)) for row in rows)
            columns[name] = float if numbers else object
        return frame(rows, columns)


def models(*, timeout: float | tuple[float, float] | None = None) -> Models:
    """Return the models that may be asked, with their prices where the service names them.

    Experimental: that the service lists its models at ``GET /models``, with prices, is documented, and
    no such list was ever recorded.

    Parameters
    ----------
    timeout : float or (float, float), optional
        As for `ask`, in seconds.

    Returns
    -------
    Models
        A tuple; ``models().to_frame()`` is a frame.

    Raises
    ------
    PplxError
        There is no key, the service cannot be reached or refuses, or it sends no list.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> models = pplx.models()
    >>> perplexity = [model.id for model in models if model.owner == "perplexity"]
    >>> by_name = models.to_frame().sort_values("id")
    """
    where = connection(timeout)
    if where.needs_key:
        raise where.missing_key()
    if runtime().here():
        raise RuntimeError("models() inside an observer would wait for itself.")
    listed = runtime().begin(lambda: _listed(where)).result()
    if isinstance(listed, errors.PplxError):
        raise listed
    return listed


async def _listed(where: Connection) -> Models | errors.PplxError:
    """Return the models, or why there are none: raised here it would have a context, with headers."""
    http = await providers.load(".http")
    try:
        found = await http.get_json(where, "models")
    except asyncio.CancelledError:
        raise
    except errors.PplxError as error:
        return error.with_traceback(None)
    except Exception as error:  # noqa: BLE001 (the border: whatever was raised becomes ours)
        return http_errors.from_transport(error, host=where.host, started=False).with_traceback(
            None
        )
    listed = found.get("data") if isinstance(found, Mapping) else None
    if not isinstance(listed, list):
        return errors.ProviderFailed(
            f"{where.host} sent no list of models.",
            "What came is not JSON, or has no `data`.",
            "Check the base URL: it ends in `/v1`.",
        )
    return Models(
        _model(one) for one in listed if isinstance(one, Mapping) and clean(one.get("id"))
    )


def _model(sent: Mapping[str, Any]) -> Model:
    id_, pricing = clean(sent.get("id")), sent.get("pricing")
    # In "provider/name" the first says who made it, too.
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
