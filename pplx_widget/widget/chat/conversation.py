"""`Conversation`: the questions of a chat and their branches, apart from how they are shown."""

from __future__ import annotations

import dataclasses
import math
import threading
import time
import uuid
import weakref
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Self, Unpack, cast, overload

from ...core import checks, errors
from ...core.state import Status
from ...runs import prepare
from ...runs.ledger import OF_A_CHAT, Ledger
from ...runs.prepare import Options, Prepared, prepared
from ...runs.session import Session
from ...runs.usage import UsageSoFar
from .. import exports
from ..answer import Answer
from . import options as chat_options
from .outputs import ChatOutputs
from .tree import Node, Tree
from .turn import Turn

if TYPE_CHECKING:
    from ...bibliography.pages import Pages

_ANYTHING = "?"  # the question of the template of later questions


class Conversation(exports.Cited):
    """The turns of a chat: a tree of answers, of which one branch is chosen.

    Parameters
    ----------
    budget : float or None
        US dollars that it may cost.
    options : dict
        The options of every question.
    """

    def __init__(self, budget: float | None, options: dict[str, Any]) -> None:
        prepare.refuse_unknown("Chat", options)
        checks.number("budget", budget, 0, math.inf)
        self._limit = limit = _Limit(budget)
        self._ledger = Ledger(lambda: limit.budget, OF_A_CHAT)
        self.tree: Tree[Answer] = Tree()
        self._lock = threading.RLock()
        self._template: Prepared
        self._kept = kept = _Kept(prepared(_ANYTHING, **options))
        self._set_template(kept.template)
        self._outputs = ChatOutputs(self.tree, uuid.uuid4().hex[:16], kept.to_json)

    def changed(self) -> None:
        """Act on a change of the turns or of their answers."""

    def _watch(self) -> None:
        """Watch the answers that start."""

    def _empty(self, template: Prepared) -> Self:
        """Return a conversation without turns, with the same budget and the options of a template."""
        raise NotImplementedError

    # ---- questions -----------------------------------------------------------------------------------

    def ask(self, question: str, /, **options: Unpack[Options]) -> Answer:
        """Ask a question at the end of the chosen branch; returns at once.

        Parameters
        ----------
        question : str
            The question.
        **options
            Options of `pplx_widget.ask` for this question alone, except ``messages``.

        Returns
        -------
        Answer
            The answer, live; ``queued`` while the answer before arrives.

        Raises
        ------
        InvalidRequest, UnknownOption
            As for `pplx_widget.ask`; nothing was sent.

        Notes
        -----
        The Agent API remembers complete answers by their ids; otherwise the turns are sent again, as
        for `Answer.ask`.
        """
        prepare.refuse_unknown("ask", cast("dict[str, Any]", options))
        with self._lock:
            after = (self.tree.path() or [self.tree.root])[-1]
            node = self.tree.place(after)
            if after is self.tree.root:
                begin = self._template.again(question, **options)
            else:
                begin = self._template.then(question, _before(node), **options)
            return self._begin(node, begin)

    def replace(
        self, node: Node[Answer], question: str, /, *, again: bool, **options: Unpack[Options]
    ) -> Answer:
        """Ask a question in the place of another one; see `Turn.edit`, and `Turn.regenerate`."""
        prepare.refuse_unknown("edit", cast("dict[str, Any]", options))
        with self._lock:
            old = node.held
            begin = old.begin.again(question, **options)
            if not again and Turn(self, node).queued:
                answer = self._answer(node, begin)
                node.value = answer  # before the stop, at which the next question looks for it
                old.stop()
                self.changed()
                return answer
            return self._begin(self.tree.place(node.parent or self.tree.root), begin)

    def _begin(self, node: Node[Answer], begin: Prepared) -> Answer:
        answer = self._answer(node, begin)
        self._outputs.begun(answer.question)
        self.tree.add(node, answer)
        self.changed()
        if answer.status.final:  # it may have ended before it was added
            self._outputs.settle()
        return answer

    def _answer(self, node: Node[Answer], begin: Prepared) -> Answer:
        begin = dataclasses.replace(begin, before=_before(node))
        answer = Answer.begun(begin, within=self._outputs)
        self._follow(answer)
        self._watch()
        return answer

    def _follow(self, answer: Answer) -> None:
        ref = weakref.ref(self)  # a strong one would keep the chat going

        def changed(_change: Any) -> None:
            if (chat := ref()) is not None:
                chat.changed()

        answer.observe(changed, ["status", "settled"])

    def withdraw(self, node: Node[Answer]) -> None:
        """Remove a queued question; see `Turn.withdraw`."""
        with self._lock:
            if not Turn(self, node).queued:
                ids = "error.withdrawn.what", "error.withdrawn.why", "error.withdrawn.try"
                raise errors.told(errors.InvalidRequest, *ids)
            self.tree.remove(node)
            node.held.stop()
        self.changed()

    def choose(self, node: Node[Answer]) -> None:
        """Choose the branch of a turn; see `Turn.choose`."""
        with self._lock:
            self.tree.choose(node)
        self.changed()
        self._outputs.settle()

    def set(self, **options: Unpack[Options]) -> None:
        """Set options of later questions; options that are not given stay.

        Raises
        ------
        InvalidRequest, UnknownOption
            An option is invalid; nothing was changed.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> chat = pplx.Chat(effort="low")
        >>> chat.set(effort="high", search=pplx.Search(recency="month"))
        >>> chat.options["effort"], chat.options["recency"]
        ('high', 'month')
        """
        prepare.refuse_unknown("set", cast("dict[str, Any]", options))
        with self._lock:
            self._template = self._kept.template = self._template.again(_ANYTHING, **options)
        self.changed()

    @property
    def budget(self) -> float | None:
        """US dollars that the conversation may cost; None for no limit. You can set it."""
        return self._limit.budget

    @budget.setter
    def budget(self, budget: float | None) -> None:
        checks.number("budget", budget, 0, math.inf)
        self._limit.budget = budget
        self.changed()

    @property
    def name(self) -> str:
        """The name of the chat in saved notebooks; for use in this package."""
        return self._outputs.name

    @name.setter
    def name(self, name: str) -> None:
        self._outputs.name = name

    # ---- turns ---------------------------------------------------------------------------------------

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of the chosen branch, each a `Turn` with ``question`` and ``answer``."""
        return tuple(Turn(self, node) for node in self.tree.path())

    @property
    def branches(self) -> tuple[tuple[Turn, ...], ...]:
        """All branches, each with its turns from the first one; see `Turn.choose`."""
        with self._lock:
            branches = self.tree.branches()
        return tuple(tuple(Turn(self, node) for node in branch) for branch in branches)

    def __len__(self) -> int:
        return len(self.tree.path())

    def __bool__(self) -> bool:
        return True  # also without turns

    def __iter__(self) -> Iterator[Turn]:
        return iter(self.turns)

    @overload
    def __getitem__(self, index: int) -> Turn: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Turn, ...]: ...
    def __getitem__(self, index: int | slice) -> Turn | tuple[Turn, ...]:
        return self.turns[index]

    def fork(self) -> Self:
        """Return another chat with the finished turns of the chosen branch, and the same options.

        The two go on independently. The turns count for the budget of both.
        """
        made = self._empty(self._template)
        for node in self.tree.path():
            run = node.held.session
            if not run.state.status.final:
                break
            after = (made.tree.path() or [made.tree.root])[-1]
            made.restore(after, run, node.held.begin)
        return made

    def restore(
        self, after: Node[Answer], run: Session, begin: Prepared | None = None
    ) -> Node[Answer]:
        """Add a finished turn; without ``begin``, its options are those of the chat."""
        node = self.tree.place(after)
        if begin is None:
            context = run.request.context
            begin = self._template.then(run.request.question, _before(node), context=context)
        begin = dataclasses.replace(begin, before=_before(node), ledgers=(self._ledger,))
        answer = Answer(run, begin, unseen=True, within=self._outputs)
        self._follow(answer)
        self._outputs.begun(answer.question)
        self.tree.add(node, answer)
        if run.state.usage is not None:
            self._ledger.add(run.request, run.snapshot())
        self.changed()
        return node

    def _set_template(self, template: Prepared) -> None:
        template = dataclasses.replace(template, ledgers=(self._ledger,))
        self._template = self._kept.template = template

    # ---- the conversation as a whole -----------------------------------------------------------------

    @property
    def usage(self) -> UsageSoFar:
        """Tokens and costs of all turns on all branches, retries included."""
        return self._ledger.so_far()

    @property
    def status(self) -> Status:
        """``streaming`` while any answer is under way, then the status of the last turn."""
        if any(not node.held.status.final for node in self._nodes()):
            return Status.STREAMING
        path = self.tree.path()
        return path[-1].held.status if path else Status.COMPLETE

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until all answers are over, with any final status.

        Raises
        ------
        TimeoutError
            They were not over after ``timeout`` seconds. They go on.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while waiting := [n.held for n in self._nodes() if not n.held.status.final]:
            waiting[0].wait(None if end is None else max(0.0, end - time.monotonic()))
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        while waiting := [n.held for n in self._nodes() if not n.held.status.final]:
            yield from waiting[0].__await__()
        return self

    def stop(self) -> None:
        """Stop all answers under way, and those that wait."""
        for node in reversed(self._nodes()):  # first those that wait
            node.held.stop()

    def _nodes(self) -> list[Node[Answer]]:
        with self._lock:
            return [*self.tree.nodes()]

    def _runs(self) -> list[Session]:
        runs = [node.held.session for node in self.tree.path()]
        return [run for run in runs if run.before is None]

    def to_markdown(self) -> str:
        """Return the chosen branch as Markdown with one list of the cited sources.

        A queued question is left out, and an answer that still arrives has its text so far.
        """
        runs = self._runs()
        return exports.markdown(runs) if runs else ""

    def to_html(self) -> str:
        """Return the chosen branch as an HTML fragment that contains its stylesheet."""
        return exports.html(self._runs())

    def _cited(self) -> Pages:
        return exports.cited(self._runs())

    def __repr__(self) -> str:
        count, others = len(self), len(self.tree.branches()) - 1
        turns = "1 turn" if count == 1 else f"{count} turns"
        more = f", {others} more branch{'es' if others > 1 else ''}" if others > 0 else ""
        return f"<Chat of {turns}{more}: {self.status}>"


@dataclasses.dataclass
class _Limit:
    """The budget, which the ledger reads without a reference to the chat."""

    budget: float | None


@dataclasses.dataclass
class _Kept:
    """The options of later questions, which the record reads without a reference to the chat."""

    template: Prepared

    def to_json(self) -> dict[str, Any]:
        return chat_options.to_json(self.template.request)


def _before(node: Node[Answer]) -> Any:
    """Return a function that returns the run of the turn before a place; None before the first."""

    def before() -> Session | None:
        earlier = node.parent.value if node.parent else None
        return earlier.session if earlier is not None else None

    return before
