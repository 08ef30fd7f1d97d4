"""The record of a chat in a notebook's output: all its turns, and which of them follow which.

The turns of the chosen branch have the records of answers asked in one output, so that a reader of
answers finds them. Each turn also has its name and that of the turn before it. Names come from the
content, so a notebook that git has merged from two versions has all turns of both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ..core.state import AnswerState
from .compact import packed, restored
from .record import FURTHER

CHAT: Final = "chat"
"""Key, in the first record of an output, of what concerns the whole chat."""

_OWN: Final = "chat_turn"
"""Key, in a record, of the turn's place in its chat."""

_MOST = 10_000  # turns, as a file may contain anything


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a turn in its chat, beside the record of its answer.

    Attributes
    ----------
    name : str
        The turn's name.
    after : str
        The name of the turn before; empty for the first one.
    response : str
        The service's id of the answer, if the service may remember it, or "".
    service : str
        A name for the service that gave it; see `service_name`.
    number : int
        Its number in the chat: turns of a branch, and versions of a turn, are in this order.
    """

    name: str
    after: str = ""
    response: str = ""
    service: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """An unchecked turn of a chat: its place, and the record of its answer."""

    place: Place
    record: Any


@dataclass(slots=True)
class SavedChat:
    """An unchecked chat from a notebook.

    Attributes
    ----------
    name : str
        The name of the chat, the same in all its outputs and versions.
    turns : dict
        The turns by name; a turn may follow a later one, or one that is missing.
    chosen : str
        The name of the last turn of the chosen branch.
    options : dict
        The options of later questions.
    """

    name: str
    turns: dict[str, SavedTurn] = field(default_factory=dict)
    chosen: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def joined(self, other: SavedChat) -> None:
        """Add the turns of another version of the same chat, which comes later in the notebook."""
        self.turns |= {name: turn for name, turn in other.turns.items() if name not in self.turns}
        self.chosen, self.options = other.chosen, other.options


def name_of(after: str, question: str, state: AnswerState) -> str:
    """Return the name of a turn: a digest of its content and of the turns before it."""
    content = "\0".join((after, question, str(state.asked), str(state.text)))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def service_name(place: object) -> str:
    """Return a name for a service, from which its address cannot be read; "" for another object."""
    if not (isinstance(place, tuple) and all(isinstance(each, str) for each in place)):
        return ""
    return hashlib.sha256("\0".join(place).encode()).hexdigest()[:16]


class SavedService:
    """The place of a run from a file: equal to that of a run which asks the same service."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __eq__(self, other: object) -> bool:
        name = other._name if isinstance(other, SavedService) else service_name(other)
        return name == self._name != ""

    def __hash__(self) -> int:
        return hash(self._name)


def to_record(
    name: str,
    path: Mapping[str, Any],
    placed: Iterable[Place],
    others: Iterable[tuple[Place, dict[str, Any]]],
    options: dict[str, Any],
) -> dict[str, Any]:
    """Return the record of an output that shows a chat.

    Parameters
    ----------
    name : str
        The name of the chat.
    path : mapping
        The record of the output with the answers of the chosen branch.
    placed : iterable of Place
        The places of these answers, in their order.
    others : iterable of (Place, dict)
        The turns of the other branches, with their whole records.
    options : dict
        The options of later questions, as JSON.
    """
    first, *rest = placed
    further = [
        {**record, _OWN: _filled(place)}
        for place, record in zip(rest, path.get(FURTHER, []), strict=True)
    ]
    beside = [{**packed(record), _OWN: _filled(place)} for place, record in others]
    chat = {"name": name, "options": options, "others": beside}
    made = {**path, _OWN: _filled(first), CHAT: {n: v for n, v in chat.items() if v}}
    return {**made, FURTHER: further} if further else made


def from_record(record: Any, markdown: Any) -> SavedChat | None:
    """Return the chat of an output, unchecked; None if it shows none.

    Parameters
    ----------
    record : object
        The value stored as the record of the output.
    markdown : object
        The ``text/markdown`` of the output.
    """
    if not isinstance(record, dict) or not isinstance(chat := record.get(CHAT), dict):
        return None
    made = SavedChat(_text(chat, "name"))
    path = [record, *_list(record, FURTHER)]
    for each in [*path, *_list(chat, "others")][:_MOST]:
        if isinstance(each, dict) and (place := _place(each.get(_OWN))):
            turn = SavedTurn(place, restored(answer_of(each), markdown))
            made.turns.setdefault(place.name, turn)
            if len(made.turns) <= len(path):
                made.chosen = place.name
    options = chat.get("options")
    made.options = options if isinstance(options, dict) else {}
    return made


def answer_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record of the first answer of an output alone."""
    return {name: v for name, v in record.items() if name not in (CHAT, FURTHER, _OWN)}


def _place(value: Any) -> Place | None:
    if not isinstance(value, dict) or not (name := _text(value, "name")):
        return None
    after, response, service = (_text(value, each) for each in ("after", "response", "service"))
    number = value.get("number")
    return Place(name, after, response, service, number if type(number) is int else 0)


def _filled(place: Place) -> dict[str, Any]:
    return {name: value for name, value in asdict(place).items() if value}


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []
