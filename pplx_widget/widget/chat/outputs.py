"""The outputs of a chat: its finished turns as a document, with a record of all branches."""

from __future__ import annotations

from collections.abc import Callable

from ...core import words
from ...core.words import count
from ...document import conversation
from ...document.conversation import Place, name_of, service_name
from ...document.record import KEY
from ...document.record import to_record as answer_to_record
from ...markdown.html_writer import escaped
from ...runs.session import Session
from .. import host
from ..answer import Answer
from ..displays import Content, Displays
from ..documents import Document, Keys, together
from ..exports import turn_of
from ..outputs import Outputs
from ..protocol import Json
from .tree import Node, Tree


class ChatOutputs:
    """The displays of a chat, and the document that they show.

    It does not refer to the chat, since a reference would keep its answers going.

    Parameters
    ----------
    tree : Tree
        The turns.
    name : str
        The name of the chat in its record.
    options : callable
        Returns the options of later questions, as JSON.
    """

    def __init__(self, tree: Tree[Answer], name: str, options: Callable[[], Json]) -> None:
        self.displays = Displays("a chat")
        self.key = ""
        """The key of the document, the same for all its versions; empty before the first question."""
        self.name = name
        self._tree, self._options = tree, options
        self._language = words.chosen()
        self._keys = Keys()
        self._aside: dict[Node[Answer], tuple[Session, Json]] = {}

    model_id = ""
    """Empty, because the answers have outputs of their own, too."""

    def add(self, outputs: Outputs) -> None:
        """Do nothing: the tree has the answers."""

    def begun(self, question: str) -> None:
        """Name the document by the first question of the chat."""
        if not self.key:
            self.key = self._keys.of(f"chat {question}")

    def settle(self) -> None:
        """Show the finished turns; the page shows the others beneath."""
        if host.in_kernel():
            self.displays.settle(self.content)

    def content(self) -> Content | None:
        """Return the document of the chosen branch; None before its first answer is over."""
        with self.displays.lock:
            path = self._tree.path()
            made = [(node, node.held.outputs.document()) for node in path]
            done = [(node, document) for node, document in made if document is not None]
            if not done:
                return None
            with words.speaking(self._language):
                return self._content([n for n, _ in done], [d for _, d in done])

    def _content(self, path: list[Node[Answer]], documents: list[Document]) -> Content:
        data, metadata = together(documents)
        turns = "".join(
            f'<div class="pplx-turn">{each.fragment.html(each.key)}</div>' for each in documents
        )
        others = len(self._tree.branches()) - 1
        note = count(others, "chat.others") if others else ""
        if note:
            turns += f'<p class="pplx-chat-others"><em>{escaped(note)}</em></p>'
            data["text/markdown"] = data["text/markdown"].rstrip("\n") + f"\n\n*{note}*\n"
            data["text/plain"] += f"\n\n{note}"
        data["text/html"] = f'<div class="pplx-chat pplx-k-{self.key}">{turns}</div>'
        return data, {**metadata, KEY: self._record(path, metadata[KEY])}

    def _record(self, path: list[Node[Answer]], record: Json) -> Json:
        names: dict[Node[Answer], str] = {self._tree.root: ""}
        places, others = {}, []
        shown = set(path)
        for node in self._tree.nodes():
            run = node.held.session
            state = run.snapshot()
            after = names[node.parent or self._tree.root]
            if not state.status.final and node not in shown:  # a retry of one begins at any time
                names[node] = after
                continue
            names[node] = name_of(after, run.request.question, state)
            service = service_name(run.place) if state.response_id else ""
            response = state.response_id or "" if service else ""
            places[node] = Place(names[node], after, response, service, node.number)
            if node not in shown:
                others.append((places[node], self._whole(node, run)))
        options = self._options()
        return conversation.to_record(
            self.name, record, [places[node] for node in path], others, options
        )

    def _whole(self, node: Node[Answer], run: Session) -> Json:
        """Return the whole record of an answer on another branch."""
        known = self._aside.get(node)
        if known is None or known[0] is not run:
            known = self._aside[node] = run, answer_to_record(*turn_of(run))
        return known[1]

    def message(self) -> Json | None:
        """Return the message with the document, which the page places in outputs itself."""
        if not (content := self.content()):
            return None
        data, metadata = content
        return {"type": "settled", "key": self.key, "data": data, "metadata": metadata}
