"""A further question in a conversation: what of the turns before it is sent with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.state import AnswerState, Status
from ..question.attachments import content
from ..question.request import Request


def continued(
    request: Request, before: Request, state: AnswerState, *, same_place: bool
) -> Request:
    """Return a request with the turns before it.

    Parameters
    ----------
    request : Request
        The further question.
    before : Request
        The question before it, with the turns before that.
    state : AnswerState
        What came of that one; it is over.
    same_place : bool
        Whether the service that gave the answer is asked again: it may remember it by its id.

    Returns
    -------
    Request
        With all turns as messages; and with the answer's id where it can stand for them, which takes
        an answer that is complete: of any other the service may have kept something else than what
        stands here, or nothing.
    """
    known = same_place and state.status is Status.COMPLETE
    return replace(
        request,
        messages=(*before.messages, *_turns(before, str(state.text))),
        previous_response_id=state.response_id if known else None,
    )


def _turns(before: Request, text: str) -> tuple[Mapping[str, Any], ...]:
    asked = {"role": "user", "content": content(before.prompt, before.images, before.files)}
    # No service takes an empty turn.
    return (asked, {"role": "assistant", "content": text}) if text.strip() else (asked,)
