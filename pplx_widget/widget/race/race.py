"""`race`: the same answer waited for whole beside streamed."""

from __future__ import annotations

from typing import Any, Unpack, cast

from ...config import connection, settings
from ...config.base_url import is_loopback
from ...core import errors
from ...providers import describe
from ...providers.formats import ApiFormat
from ...question.request import RequestOptions
from ...recordings import replay
from ...runs.prepare import prepared, refuse_unknown
from .lane import Lane
from .model import Race

# Seconds between two questions to a service: the lowest tier takes one a second.
_APART = 1.1


def race(
    question: str,
    /,
    *,
    provider: Any = None,
    timeout: float | tuple[float, float] | None = None,
    **options: Unpack[RequestOptions],
) -> Race:
    """Ask a question in two ways at once, and measure both.

    One lane waits for the whole answer with a single blocking request, as ``requests.post`` does; the
    other reads it as it streams. Every figure is measured while it happens: seconds until there is
    something to read and until the end, bytes, and the most bytes that had to be kept at once until
    something could be read of them. Neither is asked again by itself.

    Both are questions: a service bills two answers, and they may differ. There the second starts 1.1
    seconds after the first, whose clock it does not share, since the lowest tier takes one a second.

    Parameters
    ----------
    question : str
        What you want to know.
    provider : str or Raw, optional
        ``"chat"`` or ``pplx.Raw(shape="chat")`` where the server speaks chat completions; else the
        Agent API. Either is read by hand, since the SDK shows no bytes.
    timeout : float or (float, float), optional
        Seconds between bytes (60), or (seconds to connect (5), seconds between bytes).
    **options
        Those of `ask` that say what is asked: ``effort``, ``model``, ``search`` and so on.

    Returns
    -------
    Race
        Under way; shown live in a notebook. In plain Python: ``print(pplx.race("…").wait())``.

    Raises
    ------
    InvalidRequest
        The question is empty, or an option cannot be what it is; or a replay is on. Nothing was
        sent.
    UnknownOption
        A keyword that there is not.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> print(pplx.race("What is HTTP/3?").wait(60))
    Race: What is HTTP/3?
    ...
    """
    refuse_unknown("race", cast("dict[str, Any]", options), RequestOptions.__annotations__)
    if replay.active():
        raise errors.InvalidRequest(
            "A race cannot be replayed.",
            "It measures a server and the way there, and a replay has neither.",
            "Serve the recording, `pplx-widget serve talk.jsonl`, and race against that.",
        )
    begin = prepared(question, **options)
    asked = begin.request
    api = _api(provider if provider is not None else settings().provider)
    api.check(asked)
    where = connection(timeout)
    begin.check_headers(where)
    made = Race(asked.question)
    lanes = [Lane(way, asked, where, api, made.on_change) for way in ("whole", "streamed")]
    made.start(*lanes, apart=0.0 if is_loopback(where.base_url) else _APART)
    return made


def _api(provider: Any) -> ApiFormat:
    if api := describe(provider).api:
        return api
    raise errors.InvalidRequest(
        "A race is run by this package's own readers.",
        "An object of one's own shows no bytes.",
        'Leave `provider` out, or give "chat" or `pplx.Raw(shape="chat")`.',
    )
