"""`Answer`: the model of one answer, a widget where there is a page and usable without one."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import threading
import uuid
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

import anywidget
import traitlets

from ..bibliography.sources import Citations, Sources
from ..config import settings
from ..core import checks, errors
from ..core.events import Event, Image, Unknown, Usage
from ..core.runtime import runtime
from ..core.state import Status, Step, Timing
from ..document.record import context_of, from_record
from ..runs import prepare
from ..runs.prepare import Options, Prepared
from ..runs.session import Session
from . import bundle, host, lifetime, protocol
from .beneath import together
from .channel import Channel
from .displays import Displays, Document, Keys, arriving, document
from .protocol import Json, Patch
from .traits import Derived, alone

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("pplx_widget")

_QUESTION_SHOWN = 60
_EARLIER = 20

# Those of a further question; `Prepared.then` has more to say about messages.
_OPTIONS = ("check", *prepare.OPTIONS)


class Answer(anywidget.AnyWidget):
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

    _esm = traitlets.Unicode().tag(sync=True)
    _bundle = traitlets.Unicode().tag(sync=True)

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    context = traitlets.Any(read_only=True, allow_none=True).tag(
        sync=True, to_json=lambda value, _widget: protocol.context(value)
    )
    text = Derived[str](lambda a: str(a._session.state.text), str)
    status = Derived[Status](lambda a: a._session.state.status, str)
    reason = Derived[str | None](lambda a: a._session.state.reason, lambda v: v)
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

    seq = Derived[int](lambda a: a._channel.seq, int)
    """The number of the newest message to the page."""

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

    # On the class, since traitlets calls `observe` before `__init__`.
    _watches_text = False

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
        # Where nobody watches, a comm would only leave the widget's whole state in the file.
        self._unseen = unseen or host.unattended()
        # What was asked beneath another answer stands in the outputs of that one. By id, since one that
        # is referred to is taken for one that somebody reaches.
        self._above = above.widget_id if above else None
        self._displays: Displays = above._displays if above else Displays()
        self._keys = Keys()
        # Held for what is shown; whoever holds it may take the session's lock, and not the other way.
        self._showing: AbstractContextManager[Any] = above._showing if above else threading.RLock()
        self._document: Document | None = None
        self._retrying = threading.Lock()
        _answers.add(self)
        self._told: dict[str, Any] = {"text": "", "status": Status.CONNECTING}  # to observers
        self._newest = _Newest(session)
        self._attach(session, seq=0)
        # The lock keeps a change from getting lost between the opening's state and the comm.
        with session.lock:
            # Set before the comm opens, so that the opening carries them.
            self.set_trait("widget_id", uuid.uuid4().hex)
            self.set_trait("question", session.request.question)
            self.set_trait("context", session.request.context)
            self.set_trait("stop_waits", host.stop_waits())
            super().__init__(model_id=self.widget_id, **({} if self._unseen else bundle.traits()))
            self.on_msg(self._on_page_message)
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

    def _attach(self, session: Session, seq: int) -> None:
        self._session = self._newest.run = session
        self._document = None
        self._channel = Channel(session, self._send_patch, self._on_sent, seq)
        session.follow(self._on_change)

    # ---- what one does with it ----------------------------------------------------------------------

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
                with self._showing, self._session.lock, session.lock:
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
        if hasattr(self, "_session") and not self._session.state.status.final:
            self._session.stop()
        super().close()

    def to_markdown(self) -> str:
        """Return the answer as Markdown: citations as links, then the list of sources."""
        from ..document import forms  # noqa: PLC0415 (see `displays.document`)

        return forms.markdown(self.question, self._session.snapshot(), self.context)

    def to_html(self) -> str:
        """Return the answer as an HTML fragment that brings its stylesheet and fetches nothing."""
        from ..document import forms  # noqa: PLC0415 (see `displays.document`)

        return forms.html(self.question, self._session.snapshot(), self.context)

    def audit(self) -> pd.DataFrame:
        """Return what is worth a look in its citations, a row a finding.

        A check of words and dates: it says where to look, and not whether anything is true. A sentence
        that shares no word with its source may say it in other words or in another language, and one
        that shares all of them may still be wrong.

        Returns
        -------
        pandas.DataFrame
            ``kind`` (see below), ``what`` was found, ``where`` (the sentence, or the source's title),
            ``at`` (its place in ``text``, in characters) and ``id`` (the source's). First the answer's
            sentences in order:

            * "marker without a source": its id is no source's;
            * "cited sentence", a row for each source of each: ``shared_words`` of its ``words`` and
              ``shared_numbers`` of its ``numbers`` (each counted once; common and short words not at
              all; in Chinese, Japanese and the like pairs of signs) are in the source's title or
              snippet. A loaded answer has the first 300 characters of a snippet;
            * "sentence without a citation": prose that says something, other than a question or what
              leads to a list.

            Then its sources: "odd date" (no date, in the future, from before there was a web, or not
            what was searched for, as far as that is known), "duplicate source", "source never cited".

        Raises
        ------
        PplxError
            pandas is not installed.

        Notes
        -----
        Sentences end where marks, spaces and a hundred abbreviations of European languages say so. Code
        blocks are left out; headings and rows of tables are looked at where they cite.
        """
        from ..bibliography.audit import audit  # noqa: PLC0415 (see `displays.document`)

        session = self._session
        return audit(session.snapshot(), session.request.search)

    def to_bibtex(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as BibTeX; see `Bibliography.to_bibtex`.

        All that were found: ``answer.sources.to_bibtex()``.
        """
        return self.citations.to_bibtex(accessed=accessed)

    def to_csl_json(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as CSL-JSON, which pandoc and Zotero read; see `to_bibtex`."""
        return self.citations.to_csl_json(accessed=accessed)

    def to_ris(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as RIS, which reference managers read; see `to_bibtex`."""
        return self.citations.to_ris(accessed=accessed)

    def __repr__(self) -> str:
        question = " ".join(self.question.split())
        if len(question) > _QUESTION_SHOWN:
            question = question[: _QUESTION_SHOWN - 1] + "…"
        return f"<Answer {question!r}: {self.status}>"

    # ---- how it is shown ----------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        """Show it in the running cell: live, and a document as soon as it is over."""
        if not host.in_kernel():
            raise NotImplementedError  # IPython shows the repr then
        unattended = host.unattended()
        if unattended:
            self._wait_for_nobody()
        with self._showing:  # or the end could come in between
            self._displays.add(*self._repr_mimebundle_())
        if unattended and self._check and (error := self.error):
            host.fail_cell(error)

    def _repr_mimebundle_(self, **arguments: Any) -> tuple[Json, Json]:
        if host.in_kernel() and (shown := self._shown()):
            if not host.unattended():
                self._appear()  # the page brings the document to life
            return shown
        data, metadata = super()._repr_mimebundle_(**arguments) or ({}, {})
        if not host.in_kernel():
            return data, metadata
        # For whoever opens a notebook that was saved before the end.
        return data | arriving(self.question), metadata

    def _wait_for_nobody(self) -> None:
        """Wait for the end; where that is given up nobody could reach the answer any more."""
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def _finished(self, session: Session) -> Document | None:
        """Return a run's document if the run is over and none came after it. Works from any thread."""
        state = session.snapshot()
        if not state.status.final:
            return None
        with self._showing:
            if session is not self._session:
                return None
            if self._document is None:
                self._document = document(self._keys, self.question, state, self.context)
                self._name_document(self._document.key)
            return self._document

    def _shown(self) -> tuple[Json, Json] | None:
        """Return what a finished answer's outputs show: its document, and those beneath it."""
        with self._showing:
            found = [each._finished(each._session) for each in self._and_beneath()]
        documents = [each for each in found if each]
        return together(documents) if found[0] else None

    def _and_beneath(self) -> Iterator[Answer]:
        """Give this answer and those that were asked beneath it, from above."""
        yield self
        for name in self.further:
            if isinstance(below := lifetime.known(name), Answer):
                yield from below._and_beneath()

    @property
    def _top(self) -> Answer:
        """The answer whose outputs these are."""
        above = lifetime.known(self._above) if self._above else None
        return above._top if isinstance(above, Answer) else self

    def _ask_beneath(self, question: str) -> None:
        """Ask what the page's reader wants to know further; it is shown in the same outputs."""
        try:
            begin = self._ask_again.then(question, self._newest)
            below = type(self).begun(begin, check=self._check, above=self)
        except errors.PplxError as error:
            self.send({"type": "refused", "error": protocol.failure(error)})
            return
        with self._showing:
            self.set_trait("further", [*self.further, below.widget_id])
        # It may have been over before it was known to be here.
        if below.status.final:
            below._settle(below._session)

    def _name_document(self, key: str) -> None:
        """Tell the page what to look for; a file that was not saved since has an earlier one."""
        if self.settled not in ("", key):
            self.set_trait("earlier", [*self.earlier, self.settled][-_EARLIER:])
        self.set_trait("settled", key)

    async def _settled_beside(self, session: Session) -> None:
        """Settle beside the loop, which other answers need: a long text takes a while."""
        try:
            await asyncio.to_thread(self._settle, session)
        except errors.PplxError:  # no further thread can be had
            self._settle(session)

    def _settle(self, session: Session) -> None:
        """Put the document in the place of every live view."""
        try:
            with self._showing:
                if self._displays and self._finished(session) and (shown := self._top._shown()):
                    self._displays.replace(*shown)
        except Exception:
            log.exception("an answer could not be settled")

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

    @property
    def session(self) -> Session:
        """The present run; for the rest of this package."""
        return self._session

    @property
    def seen(self) -> bool:
        """Whether some output shows it."""
        return self._displays.shown

    def unseen_in(self, cell: str | None) -> None:
        """Note that a cell runs again, which empties its output."""
        if cell is not None:
            self._displays.cells.discard(cell)

    @property
    def needs(self) -> Iterator[Session]:
        """The runs that it waits for."""
        run = self._session.before
        while run is not None:
            yield run
            run = run.before

    def abandon(self) -> None:
        """Stop it, since nothing shows it and nothing refers to it."""
        self._session.stop(lifetime.LOST)

    def holders(self) -> tuple[Any, ...]:
        """Return the objects by which its own parts refer to it."""
        return self._session.follower, *self._channel.callbacks

    def open(self) -> None:
        """Open the comm, if a page is to know of the answer."""
        if not self._unseen:
            super().open()

    def _appear(self) -> None:
        if self._unseen:
            unattended = host.unattended()
            if unattended:
                self._wait_for_nobody()  # the file keeps the state of what stands in another widget
            with self._held():
                self._unseen = False
                for name, value in {} if unattended else bundle.traits().items():
                    self.set_trait(name, value)
                self.open()

    @property
    def model_id(self) -> str:
        """The id by which other widgets and the page name this one."""
        self._appear()
        return str(super().model_id)

    # ---- what the page is told ----------------------------------------------------------------------

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Json:  # noqa: FBT001, FBT002
        """Return what the page gets when it asks for the whole.

        Text and number belong together: a patch that the page gets after this state has to be the
        next one.
        """
        with self._held():
            if self.comm is None:
                self._channel.mark()  # the opening carries all that there is
            else:
                self._channel.flush()
            state: Json = super().get_state(key, drop_defaults)
            return state

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep the present run as it is: no change, and no other run in its place."""
        while True:
            session = self._session
            with session.lock:
                if session is self._session:
                    yield
                    return

    def send_state(self, key: Any = None) -> None:
        """Send the whole, or traits by name; what the channel sends in patches is left to it."""
        if key is not None:
            key = ({key} if isinstance(key, str) else set(key)) - self._derived()
            if not key:
                return
        else:
            # What never changes (the code above all) is in the page already.
            key = self._derived()
        with self._held():
            super().send_state(key)

    def _derived(self) -> set[str]:
        """Return the names of the traits that show the state."""
        return {name for name, trait in self.traits().items() if isinstance(trait, Derived)}

    def set_state(self, sync_data: Json) -> None:
        """Ignore it: nothing of an answer is written by the page."""

    def _send_patch(self, patch: Patch) -> None:
        if host.has_page(self.comm):
            try:
                self.send(patch)
            except Exception:
                log.debug("a patch could not be sent", exc_info=True)

    def _on_change(self) -> None:
        self._channel.touch()
        if not self.status.final:
            return
        if self.comm is not None:
            try:
                self.send_state()
            except Exception:
                log.debug("the state could not be sent", exc_info=True)
        if host.in_kernel():
            session = self._session
            try:
                runtime().begin(lambda: self._settled_beside(session))
            except errors.PplxError:  # no thread can be had
                self._settle(session)

    def _on_page_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Read a message of the page. It comes on any thread, and what it raises is seen by nobody."""
        try:
            match content:
                case {"type": "stop"}:
                    self.stop()
                case {"type": "retry"} if self.status.final:
                    self.retry()
                case {"type": "settle"}:
                    self._send_document()
                case {"type": "ask", "question": str(question)} if self.status.final:
                    self._ask_beneath(question)
                case {"type": "chunk", "name": "code" | "math" as name}:
                    self.send(protocol.chunk(name))
                case {"type": "sync", "seq": seq} if seq != self._channel.seq:
                    self.send_state()
        except Exception:
            log.exception("a message of the page could not be handled")

    def _send_document(self) -> None:
        """Give the document to the page: to copy it, or to put it where the kernel cannot reach."""
        from ..document import forms  # noqa: PLC0415 (see `displays.document`)

        session = self._session
        if finished := self._finished(session):
            data, metadata = self._top._shown() or (finished.data, finished.metadata)
            answer = (self.question, session.snapshot(), self.context)
            message = {"type": "settled", "key": finished.key}
            message["markdown"] = forms.markdown(*answer)
            message["plain"] = forms.unmarked(*answer)
            self.send(message | {"data": data, "metadata": metadata})

    @traitlets.observe("comm")
    def _on_comm(self, change: Any) -> None:
        if change["new"] is not None:
            host.answer_where_asked(change["new"])

    # ---- what observers are told --------------------------------------------------------------------

    def observe(
        self,
        handler: Callable[..., Any],
        names: Any = traitlets.All,
        type: str = "change",  # noqa: A002
    ) -> None:
        """Call back on changes; see `traitlets.HasTraits.observe`.

        Handlers run on the background thread, and what one raises is logged and keeps no other from
        being called. Changes of ``text`` are told once a flush.
        """
        # The whole text is put together for observers only where there are any.
        self._watches_text |= names is traitlets.All or "text" in names
        super().observe(alone(handler), names, type)

    def unobserve(
        self,
        handler: Callable[..., Any] | None,
        names: Any = traitlets.All,
        type: str = "change",  # noqa: A002
    ) -> None:
        """Stop calling a handler back; see `traitlets.HasTraits.unobserve`."""
        super().unobserve(alone(handler), names, type)

    def _on_sent(self, names: set[str]) -> None:
        # Always on the background thread and never under the lock, which a handler may be waiting for.
        if runtime().here():
            self._tell(names)
        else:
            runtime().call(functools.partial(self._tell, names))

    def _tell(self, names: set[str]) -> None:
        for name in sorted(names):
            if name == "text" and not self._watches_text:
                continue
            new = getattr(self, name)
            old = self._told.get(name, traitlets.Undefined)
            self._told[name] = new
            change = traitlets.Bunch(name=name, old=old, new=new, owner=self, type="change")
            try:
                self.notify_change(change)
            # A subclass's own, by decorator. Also an exit: it would end the thread of all answers, and
            # not the process.
            except (Exception, SystemExit, KeyboardInterrupt):
                log.exception("an observer of %r failed", name)


# All that there are: any of their locks may be held at a fork.
_answers: weakref.WeakSet[Answer] = weakref.WeakSet()


def _after_fork() -> None:
    for answer in list(_answers):
        answer._showing, answer._retrying = threading.RLock(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Newest:
    """The newest run of an answer, for the questions that go on from it; it leads to no answer."""

    def __init__(self, run: Session) -> None:
        self.run = run

    def __call__(self) -> Session:
        return self.run


class _Loaded(Prepared):
    """The question of an answer from a file, which does not hold how it was asked."""

    def __call__(self, _heard: Callable[[Event], None] | None = None, /) -> Session:
        """Refuse."""
        raise errors.InvalidRequest(
            "This answer came from a file, which does not hold how it was asked.",
            "",
            "Ask anew: `pplx.ask(answer.question)`.",
        )
