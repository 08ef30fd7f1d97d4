"""The outputs of a comparison, which all its answers settle together."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...core import words
from ..displays import Content, Displays
from . import document
from .metrics import Column

if TYPE_CHECKING:
    from ..outputs import Outputs


class Columns:
    """The outputs of a comparison; it refers only weakly to those of its answers.

    Parameters
    ----------
    question : str
        The question.
    names : sequence of str
        The names of the ways.
    """

    def __init__(self, question: str, names: Sequence[str]) -> None:
        self.question = question
        self.names = tuple(names)
        self.model_id = uuid.uuid4().hex
        self.displays = Displays("a comparison")
        self.language = words.chosen()
        self._answers: list[weakref.ref[Outputs]] = []
        self._newest: dict[int, Content] = {}
        self._made: tuple[list[Content], Content] | None = None

    def add(self, outputs: Outputs) -> None:
        """Show a further answer, in the way of the next name."""
        self._answers.append(weakref.ref(outputs))

    def settle(self) -> None:
        """Replace what they show by the document."""
        self.displays.settle(self.content)

    def read(self) -> list[Column]:
        """Return consistent metrics of each answer up to now."""
        runs = [outputs.run() for ref in self._answers if (outputs := ref())]
        return [
            Column(name, run.snapshot(), run.elapsed)
            for name, run in zip(self.names, runs, strict=False)
        ]

    def content(self) -> Content | None:
        """Return the document of all answers; None until each of them was finished once.

        An answer that is asked again keeps its last document meanwhile.
        """
        with self.displays.lock:
            for at, ref in enumerate(self._answers):
                if (outputs := ref()) and (newest := outputs.content()):
                    self._newest[at] = newest
            if len(self._newest) < len(self.names):
                return None
            answers = [self._newest[at] for at in range(len(self.names))]
            if self._made is None or self._made[0] != answers:
                with words.speaking(self.language):
                    whole = document.whole(self.question, self.read(), answers)
                self._made = answers, whole
            return self._made[1]
