"""`resume`: get the answer to a background question after the connection was lost."""

from __future__ import annotations

from ..core import checks
from ..providers import Stored
from ..question.request import Request
from ..runs.prepare import Prepared
from ..widget.answer import Answer


def resume(
    response_id: str,
    /,
    *,
    question: str = "",
    timeout: float | tuple[float, float] | None = None,
    check: bool | None = None,
) -> Answer:
    """Return the answer to a question that was asked with ``background=True``.

    Experimental: the service documents that it keeps such a response and sends its events again by its
    id (``GET /responses/{id}?stream=true``), but this was never recorded. If a server has no such
    stream, the response is requested every two seconds until it is over. Stopping the answer also
    cancels the service's work.

    Parameters
    ----------
    response_id : str
        The ``answer.response_id`` of the lost answer, for example from before a kernel restart.
    question : str, optional
        The question to show; the service does not return it.
    timeout : float or (float, float), optional
        The same limits as for `ask`, in seconds.
    check : bool, optional
        The same as for `ask`.

    Returns
    -------
    Answer
        A live answer. `usage` does not count it, since it is not a new question.

    Raises
    ------
    InvalidRequest
        The id is empty or not a string; nothing was sent.
    """
    if not isinstance(response_id, str) or not response_id.strip():
        raise checks.invalid("response_id", response_id, "the text of `answer.response_id`")
    checks.flag("check", check)
    asked = Request(question=question or f"Response {response_id}")
    begin = Prepared(asked, Stored(response_id), timeout)
    return Answer.begun(begin, check=check)
