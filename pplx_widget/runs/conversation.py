"""Follow-up questions: the earlier turns of the conversation that are sent along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.events import CONTEXT_ID, Source
from ..core.state import AnswerState, Status
from ..question.attachments import content
from ..question.request import Request


def continued(
    request: Request, before: Request, state: AnswerState, *, same_place: bool
) -> Request:
    """Return a request that carries the earlier turns of its conversation.

    Parameters
    ----------
    request : Request
        The follow-up question.
    before : Request
        The previous question, with the turns before it.
    state : AnswerState
        The final state of the previous answer.
    same_place : bool
        Whether the request goes to the service that gave the previous answer. That service may
        remember the answer by its id.

    Returns
    -------
    Request
        The request with all turns as messages. If the previous answer is complete and the service is
        the same, also with the answer's id, which can replace the messages. The service may have
        stored an unfinished answer with another text, or not at all.
    """
    known = same_place and state.status is Status.COMPLETE
    return replace(
        request,
        messages=(*before.messages, *_turns(before, str(state.text))),
        previous_response_id=state.response_id if known else None,
    )


def sent_with(state: AnswerState) -> tuple[Source, ...]:
    """Return the sources of an answer that were sent with its question or an earlier one."""
    return tuple(source for source in state.sources if source.id >= CONTEXT_ID)


class _Turn(dict[str, Any]):
    """A message of an earlier turn, which all later requests of the conversation share."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> _Turn:
        return self


def _turns(before: Request, text: str) -> tuple[Mapping[str, Any], ...]:
    asked = _Turn(role="user", content=content(before.prompt, before.images, before.files))
    # No service accepts an empty turn.
    return (asked, _Turn(role="assistant", content=text)) if text.strip() else (asked,)
