"""`Answer`: the model of one answer, a widget where there is a page and usable without one."""

from __future__ import annotations

import os
import threading
import uuid
import weakref
from collections.abc import Callable, Generator
from typing import Any, Self, Unpack, cast

import traitlets

from ..bibliography.sources import Citations, Sources
from ..config import settings
from ..core import checks, errors, words
from ..core.events import Event, Image, Unknown, Usage
from ..core.state import Status, Step, Timing
from ..document.record import context_of, from_record
from ..runs import prepare
from ..runs.prepare import Options, Prepared
from ..runs.session import Session
from . import host, lifetime, protocol
from .displays import Content
from .documents import arriving
from .exports import Exports
from .live import Live, Newest
from .outputs import Outputs
from .traits import Derived

_QUESTION_SHOWN = 60
_EARLIER = 20

# Those of a further question; `Prepared.then` has more to say about messages.
_OPTIONS = ("check", *prepare.OPTIONS)


class Answer(Live, Exports):
    """An answer as it arrives; made by `pplx_widget.ask` and shown like any widget.

    Everything can be read at any moment, from any thread. ``observe`` calls back on the background
    thread, once a flush (about a frame of animation).

    Attributes
    ----------
    question : str
        The question.
    context : Summary or None
        What of the asker's data went out with the question.
    text : str
        The text so far, in Markdown, with its markers as the service wrote them.
    status : Status
        How far it is: ``queued, connecting, searching, streaming``, and in the end one of ``complete,
        incomplete, stopped, failed``.
    reason : str or None
        Why it is incomplete, or what stopped it; None also where you did.
    sources : Sources
        Every source that was retrieved, a tuple of `Source`: each id once, in the order of arrival.
    citations : Citations
        The cited sources, a tuple of `Citation` in the order of first mention, numbered from 1.
    steps : tuple of Step
        Searches, pages read, thoughts and retries, in order.
    usage : Usage or None
        Tokens and cost; None until the service names them, at the end.
    timing : Timing
        When the first sign, the first token and the end came, in seconds since the question.
    error : PplxError or None
        What went wrong.
    notes : tuple of str
        What was understood or done otherwise than it was asked, a sentence each; usually empty.
    model : str or None
        The model that answered, once it is known.
    elapsed : float
        Seconds since the question was asked; once it is over, how long it took.
    structured : bool
        Whether the text is JSON, since a schema was given.

    Parameters
    ----------
    session : Session
        The run of the question, already begun: the request goes out first, since making a widget
        takes longer than asking.
    begin : Prepared
        Begins another run of the same question, and knows how it was asked.
    check : bool
        Whether a failed answer fails its cell where nobody watches.
    unseen : bool
        Whether no page is told of it before it is shown.
    above : Answer, optional
        The one that it was asked beneath, from the page.
    """

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    context = traitlets.Any(read_only=True, allow_none=True).tag(
        sync=True, to_json=lambda value, _widget: protocol.context(value)
    )
    text = Derived[str](lambda a: str(a._session.state.text), str)
    status = Derived[Status](lambda a: a._session.state.status, str)
    reason = Derived[str | None](lambda a: a._session.state.reason, protocol.reason)
    sources = Derived[Sources](
        lambda a: Sources.of(a._session.snapshot()), lambda v: [protocol.source(s) for s in v]
    )
    citations = Derived[Citations](
        lambda a: Citations.of(a._session.snapshot()), lambda v: [protocol.citation(c) for c in v]
    )
    steps = Derived[tuple[Step, ...]](
        lambda a: a._session.state.steps, lambda v: [protocol.step(s) for s in v]
    )
    usage = Derived[Usage | None](lambda a: a._session.state.usage, protocol.usage)
    timing = Derived[Timing](lambda a: a._session.state.timing, protocol.timing)
    error = Derived[errors.PplxError | None](lambda a: a._session.state.error, protocol.failure)
    notes = Derived[tuple[str, ...]](lambda a: a._session.state.notes, list)
    structured = Derived[bool](lambda a: a._session.state.structured, bool)
    model = Derived[str | None](lambda a: a._session.state.model, lambda v: v)
    elapsed = Derived[float](lambda a: a._session.elapsed, protocol.seconds)

    settled = traitlets.Unicode(read_only=True).tag(sync=True)
    """The key of the document that stands for this answer in the notebook; empty until it is over."""

    earlier = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    """The keys of the documents that stood there before a retry, oldest first."""

    further = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    """The ids of the answers that were asked beneath this one from the page, oldest first."""

    widget_id = traitlets.Unicode(read_only=True).tag(sync=True)
    """Its own model id, which a page does not tell the code that runs in it."""

    stop_waits = traitlets.Bool(read_only=True).tag(sync=True)
    """Whether the page's Stop button has to wait for the running cell (ipykernel 6)."""

    def __init__(
        self,
        session: Session,
        begin: Prepared,
        *,
        check: bool = False,
        unseen: bool = False,
        above: Answer | None = None,
    ) -> None:
        self._ask_again = begin
        self._check = check
        newest = Newest(session)
        self._outputs: Outputs = Outputs(
            newest, self._name_document, above._outputs if above else None
        )
        self._retrying = threading.Lock()
        _answers.add(self)
        # Set before the comm opens, so that the opening carries them.
        self.set_trait("widget_id", uuid.uuid4().hex)
        self.set_trait("question", session.request.question)
        self.set_trait("context", session.request.context)
        self.set_trait("stop_waits", host.stop_waits())
        super().__init__(newest, self._outputs.displays, unseen=unseen, model_id=self.widget_id)
        lifetime.watch(self)

    @classmethod
    def from_record(cls, record: Any) -> Self:
        """Return an answer as a notebook has kept it; it is over, and no page knows of it yet.

        Raises
        ------
        PplxError
            It is no record of an answer.
        """
        question, state = from_record(record)
        session = Session.over(question, state, context_of(record))
        return cls(session, _Loaded(session.request), unseen=True)

    @classmethod
    def begun(
        cls, begin: Prepared, *, check: bool | None = None, above: Answer | None = None
    ) -> Self:
        """Begin a run of a question and return its answer; ``check`` as the settings say, if None.

        Raises
        ------
        InvalidRequest
            The provider cannot send what is asked; nothing was sent.
        """
        check = settings().check if check is None else check
        session: Session | None = None
        try:
            session = begin()
            return cls(session, begin, check=check, above=above)
        except BaseException:  # an interrupt, say: no caller gets the run, and it costs money
            if session is not None:
                session.stop()
            raise

    # ---- what one does with it -----------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until the answer is over, however it ends.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Returns
        -------
        Answer
            Itself; look at ``status`` or call `raise_for_status`.

        Raises
        ------
        TimeoutError
            It was not over in time. It goes on.
        """
        try:
            self._session.wait(timeout)
        except KeyboardInterrupt:
            # Interrupting a cell is not stopping what it waits for.
            raise KeyboardInterrupt("The answer goes on; `answer.stop()` stops it.") from None
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self._session.__await__()
        return self

    def stop(self) -> None:
        """Stop the answer: the text so far is kept, and the connection is closed."""
        self._session.stop()

    def retry(self) -> Self:
        """Ask the same again, in place.

        Raises
        ------
        InvalidRequest
            The answer is still under way.
        """
        session: Session | None = None
        try:
            with self._retrying:  # a page and a cell may ask at the same moment
                self._refuse_under_way()
                session = self._ask_again()
                # A document of the run before that is just being made is not the next run's, nor is a
                # state that is just being read.
                with self._displays.lock, self._session.lock, session.lock:
                    self._attach(session, seq=self._channel.seq + 1)
                    self.send_state()
        except BaseException:  # as for a run that begins
            if session is not None:
                session.stop()
            raise
        lifetime.watch(self)
        self._on_sent(self._derived())
        if self.status.final:  # it could not even begin
            self._on_change()
        return self

    def _refuse_under_way(self) -> None:
        if not self.status.final:
            raise errors.InvalidRequest(
                "The answer is still under way.", "", "Stop it first: `answer.stop()`."
            )

    def ask(
        self, question: str, /, *, check: bool | None = None, **options: Unpack[Options]
    ) -> Answer:
        """Ask a further question in the same conversation.

        Returns at once. Where this answer is still under way, the further question waits for its end
        (its status is ``queued``).

        Parameters
        ----------
        question : str
            What else you want to know.
        check : bool, optional
            As for `pplx_widget.ask`.
        **options
            Those of `pplx_widget.ask` but ``messages``. What is not given is as it was for this
            answer's question; of an answer from a file that is not known, and the settings count.
            Naming an effort, a model or models leaves out what was named of them before.

        Returns
        -------
        Answer
            The further answer, live. This one stays as it is.

        Raises
        ------
        InvalidRequest, UnknownOption
            As for `pplx_widget.ask`; nothing was sent.

        Notes
        -----
        The Agent API remembers a complete answer by its id (``previous_response_id``). What it does
        not remember, or no longer, is sent again: question and answer as messages, as the text stands
        in ``text``, also that of an answer that was stopped or cut.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> class Counter:
        ...     async def stream(self, request):
        ...         yield pplx.events.Text(f"{len(request.messages)} earlier")
        ...         yield pplx.events.Finished()
        >>> first = pplx.ask("Who founded Siemens?", provider=Counter())
        >>> first.ask("And where?").wait(5).text
        '2 earlier'
        """
        prepare.refuse_unknown("ask", cast("dict[str, Any]", options), _OPTIONS)
        checks.flag("check", check)
        # Of a run that is begun again later, the newest run of this answer is the one before.
        begin = self._ask_again.then(question, self._newest, **options)
        return type(self).begun(begin, check=self._check if check is None else check)

    def raise_for_status(self) -> Self:
        """Raise the error of a failed answer; return any other.

        Raises
        ------
        PplxError
            What went wrong.
        """
        if error := self.error:
            raise error.with_traceback(None)  # raised again it would grow
        return self

    def close(self) -> None:
        """Take the answer out of the page; one that is under way is stopped, since it costs money."""
        if hasattr(self, "_session"):
            if not self._session.state.status.final:
                self._session.stop()
            self._outputs.leave()
        super().close()

    def __repr__(self) -> str:
        question = " ".join(self.question.split())
        if len(question) > _QUESTION_SHOWN:
            question = question[: _QUESTION_SHOWN - 1] + "…"
        return f"<Answer {question!r}: {self.status}>"

    # ---- how it is shown -----------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        """Show it in the running cell; where nobody watches, a failed answer may fail the cell."""
        super()._ipython_display_()
        if self._check and host.non_interactive() and (error := self.error):
            host.fail_cell(error)

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if host.in_kernel() and (shown := self._outputs.content()):
            if not host.non_interactive():
                self._appear()  # the page brings the document to life
            return shown
        data, metadata = super()._repr_mimebundle_(**arguments) or ({}, {})
        if not host.in_kernel():
            return data, metadata
        # For whoever opens a notebook that was saved before the end.
        return data | arriving(self.question), metadata

    def _ended(self) -> None:
        self._outputs.settle_beside()

    def _name_document(self, key: str) -> None:
        """Tell the page what to look for; a file that was not saved since has an earlier one."""
        if self.settled not in ("", key):
            self.set_trait("earlier", [*self.earlier, self.settled][-_EARLIER:])
        self.set_trait("settled", key)

    # ---- what it knows -------------------------------------------------------------------------------

    @property
    def response_id(self) -> str | None:
        """The service's name for the newest run, once it is known; `resume` takes it."""
        return self._session.state.response_id

    @property
    def images(self) -> tuple[Image, ...]:
        """The images that searches have found, each address once. Nothing fetches them."""
        return self._session.state.images

    @property
    def parsed(self) -> Any:
        """What the text says by the schema that was given: an instance of the model, or a dict.

        None until the answer is complete, and where there was no schema or the text does not fit it
        (then `error` says why). Of an answer from a file it is what JSON makes of the text.
        """
        return self._session.parsed

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The first few events and items that nothing here understands, for inspection."""
        return self._session.state.unknown

    # ---- whether it goes on --------------------------------------------------------------------------

    def abandon(self) -> None:
        """Stop it, since nothing shows it and nothing refers to it."""
        self._session.stop(lifetime.LOST)

    def holders(self) -> tuple[Any, ...]:
        """Return the objects by which its own parts refer to it."""
        return *super().holders(), self._outputs.named

    # ---- what the page asks for ----------------------------------------------------------------------

    def _asked(self, content: Any) -> None:
        match content:
            case {"type": "stop"}:
                self.stop()
            case {"type": "retry"} if self.status.final:
                self.retry()
            case {"type": "settle"}:
                if message := self._outputs.message():
                    self.send(message)
            case {"type": "ask", "question": str(question)} if self.status.final:
                self._ask_beneath(question)
            case {"type": "chunk", "name": "code" | "math" as name}:
                self.send(protocol.chunk(name))
            case {"type": "chunk", "name": "words"}:
                if words_ := protocol.page_language():
                    self.send(words_)
            case {"type": "sync", "seq": seq}:
                # The first answer of a session may be over before its page has named a language.
                locale = content.get("locale")
                if locale and words.hear(str(locale)) and self.status.final:
                    self._outputs.renew()
                if seq != self.seq:
                    self.send_state()
            case _:
                pass

    def _ask_beneath(self, question: str) -> None:
        """Ask what the page's reader wants to know further; it is shown in the same outputs."""
        try:
            begin = self._ask_again.then(question, self._newest)
            below = type(self).begun(begin, check=self._check, above=self)
        except errors.PplxError as error:
            self.send({"type": "refused", "error": protocol.failure(error)})
            return
        with self._displays.lock:
            self._outputs.below.append(below._outputs)
            self.set_trait("further", [*self.further, below.widget_id])
        # It may have been over before it was known to be here.
        if below.status.final:
            below._outputs.settle()


# All that there are: any of their locks may be held at a fork.
_answers: weakref.WeakSet[Answer] = weakref.WeakSet()


def _after_fork() -> None:
    for answer in list(_answers):
        answer._retrying = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Loaded(Prepared):
    """The question of an answer from a file, which does not hold how it was asked."""

    def __call__(self, _heard: Callable[[Event], None] | None = None, /) -> Session:
        """Refuse."""
        raise errors.told(errors.InvalidRequest, "error.from_file.what", "", "error.from_file.try")
