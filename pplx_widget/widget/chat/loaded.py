"""A chat from a notebook: all its branches, ready to go on."""

from __future__ import annotations

from ...core.errors import PplxError
from ...document.conversation import SavedChat, SavedService, SavedTurn
from ...document.record import context_of, from_record
from ...runs.session import Session
from ..answer import Answer
from . import options as chat_options
from .chat import Chat
from .tree import Node


def chat_of(saved: SavedChat) -> tuple[Chat, list[PplxError]]:
    """Return the chat of a record from a file, and why some of its turns cannot be read.

    A turn that follows an unreadable or missing one follows the nearest one before it that is there;
    without any, it begins the chat.
    """
    chat = Chat(**chat_options.from_json(saved.options))
    chat.name = saved.name
    nodes: dict[str, Node[Answer]] = {}
    failures: list[PplxError] = []
    for name in _in_order(saved):
        turn = saved.turns[name]
        after = nodes.get(_before(saved, turn), chat.tree.root)
        try:
            run = _run(turn, after)
        except PplxError as error:
            failures.append(error)
            nodes[name] = after
        else:
            nodes[name] = chat.restore(after, run)
    if (chosen := nodes.get(saved.chosen)) is not None:
        chat.tree.choose(chosen)
    return chat, failures


def _run(turn: SavedTurn, after: Node[Answer]) -> Session:
    question, state = from_record(turn.record)
    state.response_id = turn.place.response or None
    before = after.value
    return Session.over(
        question,
        state,
        context_of(turn.record),
        place=SavedService(turn.place.service),
        before=(lambda: before.session) if before is not None else None,
    )


def _before(saved: SavedChat, turn: SavedTurn) -> str:
    return turn.place.after if turn.place.after in saved.turns else ""


def _in_order(saved: SavedChat) -> list[str]:
    """Return the names of the turns, each after the one that it follows; without circles."""
    ordered: dict[str, None] = {}
    for name in sorted(saved.turns, key=lambda each: saved.turns[each].place.number):
        chain: dict[str, None] = {}
        each = name
        while each and each not in chain and each not in ordered:
            chain[each] = None
            each = _before(saved, saved.turns[each])
        ordered |= dict.fromkeys(reversed(chain))
    return [*ordered]
