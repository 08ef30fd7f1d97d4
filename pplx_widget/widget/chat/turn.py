"""`Turn`: a question of a chat, with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Unpack

from ...runs.prepare import Options
from ..answer import Answer
from .tree import Node, Tree


class Editable(Protocol):
    """A chat."""

    tree: Tree[Answer]

    def replace(
        self, node: Node[Answer], question: str, /, *, again: bool, **options: Unpack[Options]
    ) -> Answer:
        """Ask a question in the place of another one."""
        ...

    def choose(self, node: Node[Answer]) -> None:
        """Choose the branch of a turn."""
        ...

    def withdraw(self, node: Node[Answer]) -> None:
        """Remove a queued question."""
        ...


@dataclass(frozen=True, repr=False)
class Turn:
    """A question of a chat, with its answer; `chat[i]` returns one.

    Attributes
    ----------
    chat : Chat
        The chat.
    node : Node
        Its place in the tree of the chat.
    """

    chat: Editable
    node: Node[Answer]

    @property
    def question(self) -> str:
        """The question."""
        return self.answer.question

    @property
    def answer(self) -> Answer:
        """The answer, which may still be arriving or waiting."""
        return self.node.held

    @property
    def queued(self) -> bool:
        """Whether the question waits for the end of the answer before, so that it can be withdrawn."""
        return self.answer.session.before is not None and not self.answer.status.final

    @property
    def versions(self) -> tuple[Turn, ...]:
        """The turns in its place on all branches, oldest first; this one is among them."""
        return tuple(Turn(self.chat, node) for node in self.chat.tree.versions(self.node))

    def edit(self, question: str, /, **options: Unpack[Options]) -> Answer:
        """Ask another question in the place of this one, as a branch of its own.

        This turn and those after it stay on their branch, and an answer under way goes on there. A
        question that is still queued was not sent, so the new one replaces it.

        Parameters
        ----------
        question : str
            The question.
        **options
            Options of `pplx_widget.ask`, except ``messages``; the others keep their values.

        Returns
        -------
        Answer
            The answer, live.

        Raises
        ------
        InvalidRequest, UnknownOption
            As for `pplx_widget.ask`; nothing was sent.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> chat = pplx.Chat(provider=pplx.Samples())
        >>> first = chat.ask("What is the CAP theorem?").wait(60)
        >>> other = chat[0].edit("Explain the CAP theorem with an example").wait(60)
        >>> len(chat.branches)
        2
        """
        return self.chat.replace(self.node, question, again=False, **options)

    def regenerate(self, **options: Unpack[Options]) -> Answer:
        """Ask the same question again, as a branch of its own; otherwise as `edit`.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> chat = pplx.Chat(provider=pplx.Samples())
        >>> first = chat.ask("What is the CAP theorem?").wait(60)
        >>> chat[0].regenerate(effort="low").wait(60).status.value
        'complete'
        """
        return self.chat.replace(self.node, self.question, again=True, **options)

    def choose(self) -> None:
        """Choose the branch of this turn: it is shown, and the next question follows its end."""
        self.chat.choose(self.node)

    def withdraw(self) -> None:
        """Remove the question, which is still queued; the one after it follows the one before it.

        Raises
        ------
        InvalidRequest
            The question was already sent.
        """
        self.chat.withdraw(self.node)

    def __repr__(self) -> str:
        return f"<Turn {self.answer!r}>"
