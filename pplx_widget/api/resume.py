"""`resume`: the answer of a run that goes on at the service, whatever became of the connection."""

from __future__ import annotations

from ..core import checks
from ..providers import Stored
from ..question.request import Request
from ..runs.prepare import Prepared
from ..widget import Answer


def resume(
    response_id: str,
    /,
    *,
    question: str = "",
    timeout: float | tuple[float, float] | None = None,
    check: bool | None = None,
) -> Answer:
    """Return the answer to a question that was asked with ``background=True``.

    Experimental: that the service keeps such a response and gives it by its id is documented
    (``GET /responses/{id}``), and was never recorded. It is asked for every two seconds until it is
    over, and then shown whole; stopping it stops the waiting and not the run.

    Parameters
    ----------
    response_id : str
        ``answer.response_id`` of the answer that was lost: after a restart of the kernel, say.
    question : str, optional
        What was asked, to be shown; the service does not say it again.
    timeout : float or (float, float), optional
        As for `ask`, in seconds.
    check : bool, optional
        As for `ask`.

    Returns
    -------
    Answer
        Live. `usage` does not count it: no new question was asked.

    Raises
    ------
    InvalidRequest
        The id is no text, or empty; nothing was sent.
    """
    if not isinstance(response_id, str) or not response_id.strip():
        raise checks.invalid("response_id", response_id, "a text: `answer.response_id`")
    checks.flag("check", check)
    asked = Request(question=question or f"Response {response_id}")
    begin = Prepared(asked, Stored(response_id), timeout)
    return Answer.begun(begin, check=check)
