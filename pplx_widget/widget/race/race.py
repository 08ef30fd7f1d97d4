"""`race`: a blocking request beside a stream of the same question."""

from __future__ import annotations

from typing import Any, Unpack, cast

from ...config import connection, settings
from ...config.base_url import is_loopback
from ...core import errors
from ...providers import describe, instead
from ...providers.formats import ApiFormat
from ...question.request import RequestOptions
from ...runs.prepare import prepared, refuse_unknown
from .lane import Lane
from .model import Race

# Seconds between two questions to the service: the lowest usage tier allows one per second.
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

    One lane waits for the whole answer with a single blocking request, like ``requests.post``; the
    other reads the answer as it streams. Both are measured live: the seconds until the first text and
    until the end, the bytes, and the peak number of bytes that had to be buffered before they could be
    read. Neither lane retries automatically.

    The two lanes are two questions: a service bills two answers, and they may differ. At a service, the
    second lane starts 1.1 seconds after the first, with a clock of its own, because the lowest usage
    tier allows one question per second.

    Parameters
    ----------
    question : str
        The question.
    provider : str or Raw, optional
        ``"chat"`` or ``pplx.Raw(shape="chat")`` if the server uses the chat completions API; otherwise
        the Agent API is used. The race reads plain HTTP, since the SDK does not expose bytes.
    timeout : float or (float, float), optional
        Seconds between bytes (60), or (seconds to connect (5), seconds between bytes).
    **options
        Options of `ask` for the question itself: ``effort``, ``model``, ``search`` and so on.

    Returns
    -------
    Race
        The race, already started; shown live in a notebook. In plain Python, use
        ``print(pplx.race("…").wait())``.

    Raises
    ------
    InvalidRequest
        The question is empty, an option has an invalid value, or a replay is active. Nothing was sent.
    UnknownOption
        An unknown keyword argument.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> print(pplx.race("What is HTTP/3?").wait(60))
    Race: What is HTTP/3?
    ...
    """
    refuse_unknown("race", cast("dict[str, Any]", options), RequestOptions.__annotations__)
    if instead.active():
        raise errors.InvalidRequest(
            "A race cannot be replayed.",
            "It measures a server and its network, and a replay has neither.",
            "Serve the recording with `pplx-widget serve talk.jsonl`, and race against that server.",
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
        "A race cannot use this provider.",
        "Only the package's own readers count bytes.",
        'Leave out `provider`, or pass "chat" or `pplx.Raw(shape="chat")`.',
    )
