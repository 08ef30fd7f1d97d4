"""`Chat`: the model of a conversation, a widget in a notebook and usable without one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Self, Unpack, cast

import traitlets

from ...config import settings
from ...core import errors, words
from ...core.assets import page_code
from ...core.words import say
from ...runs.prepare import Options, Prepared
from .. import host, lifetime, protocol
from ..answer import Answer
from ..displays import Content
from ..documents import arriving
from ..shown import Shown
from . import options as chat_options
from .conversation import Conversation
from .tree import Node
from .turn import Turn
from .uploads import Uploads


class Chat(Conversation, Shown):
    """A conversation: a notebook shows its turns, and a box for the next question.

    A question in the box is also in ``turns``, and one of `ask` is also on the page. A question that
    is asked while an answer arrives waits for its end. An edited question begins another branch.

    Parameters
    ----------
    budget : float, optional
        US dollars that the conversation may cost. A question that could exceed them fails with
        `BudgetReached`, and nothing is sent; a queued question is checked again at its turn.
    **options
        The options of `pplx_widget.ask` for every question; ``messages``, ``context``, ``images`` and
        ``files`` go with the first one.

    Raises
    ------
    InvalidRequest, UnknownOption
        An option is invalid.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> chat = pplx.Chat(budget=0.50, provider=pplx.Samples())
    >>> answer = chat.ask("What is the CAP theorem?")
    >>> further = chat.ask("Explain the CAP theorem with an example")
    >>> chat.wait(60)
    <Chat of 2 turns: complete>
    """

    shown: traitlets.List[dict[str, Any]] = traitlets.List(read_only=True).tag(sync=True)
    """The turns of the chosen branch, for the page."""

    others = traitlets.Int(read_only=True).tag(sync=True)
    """The number of other branches."""

    cost = traitlets.Dict(read_only=True).tag(sync=True)
    """The usage of the conversation, for the page."""

    options = traitlets.Dict(read_only=True).tag(sync=True)
    """The options of later questions that the page shows: effort, model, recency and domains."""

    settled = traitlets.Unicode(read_only=True).tag(sync=True)
    """The key of the document in the notebook; empty before the first answer has ended."""

    widget_id = traitlets.Unicode(read_only=True).tag(sync=True)
    """The chat's own model id."""

    def __init__(self, *, budget: float | None = None, **options: Unpack[Options]) -> None:
        Conversation.__init__(self, budget, cast("dict[str, Any]", options))
        self._uploads = Uploads()
        self._language = words.language()
        self.set_trait("widget_id", uuid.uuid4().hex)
        self._describe()
        unseen = host.in_kernel() or host.non_interactive()
        Shown.__init__(self, self._outputs.displays, unseen=unseen, model_id=self.widget_id)
        self._watch()

    def _empty(self, template: Prepared) -> Self:
        made = type(self)(budget=self.budget)
        made._set_template(template)  # noqa: SLF001 (one of ours)
        return made

    def _code(self) -> dict[str, str]:
        return {"_esm": page_code("chat.js", self._language)}

    # ---- lifetime ------------------------------------------------------------------------------------

    session = None
    """Always None: a chat has a run for each turn."""

    needs = ()
    """The other runs that a chat needs: none."""

    def wait(self, timeout: float | None = None) -> Self:  # noqa: D102 (see `Conversation`)
        super().wait(timeout)
        if host.non_interactive():  # outputs of earlier cells change only while a cell runs
            self._outputs.settle()
        return self

    def _watch(self) -> None:
        lifetime.watch(self)

    def abandon(self) -> None:
        """Stop all answers, since no output shows the chat and nothing refers to it."""
        for node in reversed(self._nodes()):
            if not node.held.status.final:
                node.held.abandon()

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the chat."""
        return ()

    def close(self) -> None:
        """Remove the chat from the page; stop answers under way, since they cost money."""
        if hasattr(self, "tree"):
            self.stop()
        super().close()

    def __del__(self) -> None:
        """Leave the answers: something else may refer to one of them."""
        Shown.close(self)

    def release(self) -> None:
        """Remove the chat and its answers from the page, until it is displayed again."""
        super().release()
        for node in self._nodes():
            if not node.held.seen:
                node.held.release()

    # ---- display -------------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        """Display it in the running cell; in a non-interactive run, after the end of all answers."""
        super()._ipython_display_()
        if settings().hold:
            self.wait()
            self._outputs.settle()

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if not host.in_kernel():
            return Shown._repr_mimebundle_(self, **arguments)
        finished = all(node.held.status.final for node in self.tree.path())
        content = self._outputs.content() if finished else None
        if host.non_interactive():
            return content or ({"text/plain": repr(self), **self._placeholder()}, {})
        if content is not None:
            self._appear()  # the page makes the document interactive
            return content
        data, metadata = super()._repr_mimebundle_(**arguments)
        return data | self._placeholder(), metadata

    def _placeholder(self) -> dict[str, str]:
        if path := self.tree.path():
            return arriving(path[0].held.question, self.widget_id)
        return arriving(say("chat.empty"), self.widget_id)

    def _appear(self) -> None:
        if self._unseen:
            super()._appear()
            self.changed()
            self._watch()

    # ---- the page ------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Update the page, if there is one."""
        if self.settled != self._outputs.key:
            self.set_trait("settled", self._outputs.key)
        self._describe()

    def _describe(self) -> None:
        with self._lock:
            path = self.tree.path()
            self.set_trait("options", chat_options.shown(self._template.request))
            self.set_trait("others", max(0, len(self.tree.branches()) - 1))
            if getattr(self, "comm", None) is not None:
                self.set_trait("shown", [self._turn(node) for node in path])
        so_far = self._ledger.so_far()
        cost = {"cost": so_far.cost, "tokens": so_far.total_tokens, "unknown": so_far.unknown}
        self.set_trait("cost", {**cost, "budget": so_far.budget})

    def _turn(self, node: Node[Answer]) -> dict[str, Any]:
        answer, versions = node.held, self.tree.versions(node)
        try:
            model = answer.model_id
        except errors.InvalidRequest:  # the user has closed the answer
            model = ""
        return {
            "number": node.number,
            "model": model,
            "key": answer.settled,
            "question": answer.question,
            "queued": Turn(self, node).queued,
            "versions": [version.number for version in versions],
        }

    def _on_page_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "piece":
            self._uploads.add(content, buffers or ())
        else:
            super()._on_page_message(widget, content, buffers)

    def _asked(self, content: Any) -> None:
        try:
            self._carry_out(content)
        except Exception as error:  # noqa: BLE001 (the page shows it)
            told = error if isinstance(error, errors.PplxError) else errors.unforeseen(error)
            self.send({"type": "refused", "error": protocol.failure(told)})

    def _carry_out(self, content: Any) -> None:
        match content:
            case {"type": str(kind), "turn": int(number)} if kind in _OF_A_TURN:
                if node := self.tree.find(number):
                    _OF_A_TURN[kind](self, node, content)
            case {"type": "ask", "question": str(question)}:
                self._asked_beneath(question, content)
            case {"type": "options"}:
                self.set(**cast("Any", chat_options.changes(self._template.request, content)))
            case {"type": "drop", "file": number}:
                self._uploads.drop(number)
            case {"type": "settle"}:
                if message := self._outputs.message():
                    self.send(message)
            case {"type": "chunk", "name": "words"}:
                if words_ := protocol.page_language():
                    self.send(words_)
            case {"type": "sync"}:
                words.hear(str(content.get("locale") or words.ENGLISH))
                self.send_state(["shown", "others", "cost", "options", "settled"])
            case _:
                super()._asked(content)

    def _asked_beneath(self, question: str, content: Any) -> None:
        attached = self._uploads.take(content.get("files", ()))
        if not question.strip() and attached:
            question = say("chat.only_files")
        self.ask(question, **cast("Any", attached))
        self.send({"type": "taken"})


def _edit(chat: Chat, node: Node[Answer], content: Any) -> None:
    chat.replace(node, str(content.get("question", "")), again=False)
    chat.send({"type": "taken"})


def _regenerate(chat: Chat, node: Node[Answer], content: Any) -> None:
    options: Options = {"effort": effort} if (effort := content.get("effort")) else {}
    chat.replace(node, node.held.question, again=True, **options)


# What the page asks about a turn.
_OF_A_TURN: dict[str, Callable[[Chat, Node[Answer], Any], None]] = {
    "edit": _edit,
    "regenerate": _regenerate,
    "withdraw": lambda chat, node, _content: chat.withdraw(node),
    "choose": lambda chat, node, _content: chat.choose(node),
}
