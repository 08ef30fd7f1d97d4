"""`ask_many`: one question for each row of data."""

from __future__ import annotations

import inspect
import math
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast, get_args

from ..batch import rows, template
from ..batch.engine import Engine
from ..batch.room import Room
from ..batch.template import Question
from ..config.settings import check_cache
from ..config.store_file import store_path
from ..core import checks
from ..core.errors import InvalidRequest
from ..runs import prepare
from ..runs.prepare import OPTIONS, Options
from ..widget.batch.batch import Batch
from .ask import ask

if TYPE_CHECKING:
    from ..batch.cluster.cluster import Cluster

OnError = Literal["keep", "raise"]


def ask_many(
    data: Any,
    question: Question,
    /,
    *,
    budget: float | None = None,
    concurrency: int | None = None,
    store: str | os.PathLike[str] | None = None,
    on_error: OnError = "keep",
    progress: bool = True,
    executor: Any = None,
    **options: Unpack[Options],
) -> Batch:
    """Ask one question for each row of data; the answers arrive in the background.

    This returns at once. ``batch.wait()`` (in asynchronous code ``await batch``) waits for the end, and
    ``batch.to_frame()`` returns the data with the answers beside it.

    Parameters
    ----------
    data : DataFrame, Series, list of str or list of mapping
        One row for each question: a data frame of pandas, polars, pyarrow or another library that
        narwhals reads; or a list.
    question : str or callable
        The question, with the names of columns in braces: ``"What is the capital of {country}?"``.
        ``{price:.2f}`` formats a value; ``{{`` and ``}}`` are braces. ``{text}``, or ``{}``, stands for
        a row of a list of texts. Or a function that takes a row as a mapping and returns its question.
        A text is inserted as it is, any other value as in a summary of data.
    budget : float, optional
        US dollars that the rows may cost. Before a row is sent, the costs so far and the highest cost
        of a row, for it and for each row under way, must fit. Otherwise those under way finish, and the
        rest is ``skipped``. The budget of `configure` counts as well.
    concurrency : int, optional
        How many rows are under way at once. By default it grows while the service answers, up to 256,
        and shrinks if the service refuses or the event loop is late. The pace of a service's limits is
        kept either way.
    store : str or path, optional
        The path of a store (an SQLite file; see `configure`). A row is in the file before it counts as
        done, and the same call later asks only the rows that have no answer: after an interrupt, a
        budget, a failure, or the end of the process. While two processes make the call, each row is
        asked by one of them. ``refresh=True`` asks all rows. Without a path, rows are kept in the
        store of `configure`, if there is one, and every call asks all.
    on_error : {"keep", "raise"}, optional
        ``"keep"`` keeps the error of a failed row beside it. ``"raise"`` ends the batch at the first
        one: rows under way finish, the rest is skipped, and ``wait`` raises that row's error.
    progress : bool, optional
        Whether waiting in a script shows the progress on stderr.
    executor : distributed.Client, optional
        A Dask cluster whose workers ask the rows (the extra ``dask``), each with the key of its own
        environment: no key travels. All workers share one pace. The answers come back to this process
        and its store; a row has its text at its end. With an object as the ``provider``, and with
        ``extra_body`` or ``extra_headers`` that hold a key, this is refused.
    **options
        The options of `ask` except ``check``, the same for each row. The fields of a ``schema`` become
        columns of the frame. With ``cache=``, answers of the store take the place of new ones.

    Returns
    -------
    Batch
        The answers. Identical questions are asked once.

    Raises
    ------
    InvalidRequest
        A column is missing, a brace is unbalanced, a value that the question needs is missing, a
        question is empty, or an option is invalid. The error names the column and the first rows, and
        nothing was sent.
    StoreFailed
        The store cannot be used; the file was not changed.
    UnknownOption
        An unknown keyword argument.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> batch = pplx.ask_many(["HTTP/3", "the CAP theorem"], "What is {text}?")
    >>> batch.wait(60).counts
    {'complete': 2}
    """
    prepare.refuse_unknown("ask_many", cast("dict[str, Any]", options), OPTIONS)
    checks.number("budget", budget, 0, math.inf)
    checks.whole_number("concurrency", concurrency, 1)
    checks.one_of("on_error", on_error, get_args(OnError))
    checks.flag("progress", progress)
    read = rows.read(data)
    asked = template.questions(read, question)
    cache = None if store is None else options.pop("cache", None)  # this store has answers, too
    check_cache(cache)
    begin = prepare.prepared(asked[0] if asked else "?", **options)
    begin = replace(begin, cache=cache or begin.cache)
    room = Room() if concurrency is None else Room(concurrency, fixed=True)
    cluster = None
    if executor is not None:
        cluster = _cluster(executor, room)
    engine = Engine(
        asked,
        begin,
        budget=budget,
        room=room,
        fragile=on_error == "raise",
        store=None if store is None else store_path(store),
        cluster=cluster,
    )
    engine.start()
    try:
        return Batch(engine, read, progress=progress)
    except BaseException:  # an interrupt: the caller does not get the batch, which costs money
        engine.abandon("")
        raise


def _cluster(executor: Any, room: Room) -> Cluster:
    """Return the cluster of an executor, which is a Dask client."""
    try:
        from ..batch.cluster.cluster import Cluster  # noqa: PLC0415 (loads Dask)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("distributed", "dask")):
            raise
        raise InvalidRequest(
            f"executor cannot be a {type(executor).__name__}.",
            "Rows go to the workers of a Dask cluster, and Dask is not installed.",
            "`pip install 'pplx-widget[dask]'`, and pass `distributed.Client(…)`.",
        ) from None
    return Cluster(executor, room)


def _signature() -> inspect.Signature:
    """Return the signature of `ask_many` with the options of `ask`, for help and completion."""
    own = inspect.signature(ask_many)
    parameters = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
    shared = [p for p in inspect.signature(ask).parameters.values() if p.name in OPTIONS]
    return own.replace(parameters=[*parameters, *shared])


setattr(ask_many, "__signature__", _signature())  # noqa: B010 (mypy)
