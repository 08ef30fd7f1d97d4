"""`Answer`: the model of one answer, a widget in a notebook and usable without one."""

from __future__ import annotations

import os
import threading
import uuid
import weakref
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

import traitlets

from ..config import settings
from ..core import checks, errors, words
from ..document.record import context_of, from_record, way_of
from ..runs import prepare
from ..runs.prepare import Loaded, Options, Prepared
from ..runs.session import Session
from . import host, lifetime, protocol
from .displays import Content, Displays
from .documents import arriving
from .exports import Exports
from .live import Newest
from .outputs import Outputs, Within
from .read import Read

if TYPE_CHECKING:
    from ..bibliography.check.findings import Check

_QUESTION_SHOWN = 60
_EARLIER = 20

# The options of a follow-up question; `Prepared.then` refuses messages.
_OPTIONS = ("check", *prepare.OPTIONS)


class Answer(Read, Exports):
    """An answer, live while it arrives; returned by `pplx_widget.ask` and displayed like any widget.

    All attributes can be read at any time, from any thread. ``observe`` calls back on the background
    thread, once per flush (about once per animation frame).

    Attributes
    ----------
    question : str
        The question.
    context : Summary or None
        The summary of the user's data that was sent with the question.
    text : str
        The text so far, in Markdown, with the markers of the service.
    status : Status
        ``queued, connecting, searching, streaming``, and at the end one of ``complete, incomplete,
        stopped, failed``.
    reason : str or None
        Why the answer is incomplete or stopped; None if you stopped it.
    sources : Sources
        All retrieved sources, a tuple of `Source`: each id once, in the order of arrival.
    citations : Citations
        The cited sources, a tuple of `Citation` in the order of first mention, numbered from 1.
    images : tuple of Image
        The images found by searches, each address once, at most 100. They are not fetched until you
        click them.
    steps : tuple of Step
        Searches, pages read, thoughts and retries, in order.
    place : Place or None
        Its place in the queue, while the question waits for its turn because the service limits the
        rate of requests; else None.
    usage : Usage or None
        Tokens and cost; None until the service reports them, at the end.
    timing : Timing
        Times of the first event, the first token and the end, in seconds since the question.
    error : PplxError or None
        The error of a failed answer.
    notes : tuple of str
        Notices, one sentence each, if the request was reinterpreted (a retired model name, a lost
        conversation); usually empty.
    model : str or None
        The model that answered, once it is known.
    asked : datetime or None
        When the question was asked, with its offset from UTC; for a replay, of its recording. None
        if a file does not say it.
    kept : datetime or None
        When the question was asked, if the store answered in place of the service; see
        ``ask(cache=…)``. Then ``usage`` and ``timing`` are those of that time.
    elapsed : float
        Seconds since the question was asked; after the end, the duration of the answer.
    structured : bool
        Whether the text is JSON because a schema was given.
    evidence : Evidence
        With ``evidence=True``, the values of the complete answer with their sources and quotes, a tuple
        of `Field`; else empty.

    Parameters
    ----------
    session : Session
        The run of the question, already started: the request goes out first, because creating a widget
        takes longer than sending it.
    begin : Prepared
        Starts another run of the same question.
    check : bool
        Whether a failed answer fails its cell in a non-interactive run.
    unseen : bool
        Whether the widget stays unknown to the page until it is displayed.
    above : Answer, optional
        The answer that the user asked a follow-up question beneath, on the page.
    within : Within, optional
        The outputs of the widget that contains the answer.
    """

    question = traitlets.Unicode(read_only=True).tag(sync=True)
    context = traitlets.Any(read_only=True, allow_none=True).tag(
        sync=True, to_json=lambda value, _widget: protocol.context(value)
    )
    settled = traitlets.Unicode(read_only=True).tag(sync=True)
    """The key of this answer's document in the notebook; empty until the answer ends."""

    earlier = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    """The keys of the documents from before retries, oldest first."""

    further = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    """The ids of the follow-up answers beneath this one, asked on the page; oldest first."""

    widget_id = traitlets.Unicode(read_only=True).tag(sync=True)
    """The answer's own model id, which hosts do not pass to a widget's JavaScript."""

    within = traitlets.Unicode(read_only=True).tag(sync=True)
    """The model id of the comparison that shows the answer; empty if none does."""

    stop_waits = traitlets.Bool(read_only=True).tag(sync=True)
    """Whether the Stop button takes effect only after the running cell; see `host.stop_waits`."""

    def __init__(
        self,
        session: Session,
        begin: Prepared,
        *,
        check: bool = False,
        unseen: bool = False,
        above: Answer | None = None,
        within: Within | None = None,
    ) -> None:
        self._ask_again = begin
        self._check = check
        newest = Newest(session)
        self._outputs: Outputs = Outputs(
            newest, self._name_document, above._outputs if above else None, within
        )
        self._retrying = threading.Lock()
        _answers.add(self)
        # Set before the comm opens, so that the first message contains them.
        self.set_trait("widget_id", uuid.uuid4().hex)
        self.set_trait("within", within.model_id if within else "")
        self.set_trait("question", session.request.question)
        self.set_trait("context", session.request.context)
        self.set_trait("stop_waits", host.stop_waits())
        # In a kernel, an answer that is never displayed needs no page.
        unseen = unseen or host.in_kernel()
        super().__init__(newest, self._outputs.displays, unseen=unseen, model_id=self.widget_id)
        lifetime.watch(self)

    @classmethod
    def from_record(cls, record: Any) -> Self:
        """Return the finished answer of a record from a notebook; no page knows of it yet.

        Raises
        ------
        PplxError
            The value is not the record of an answer.
        """
        question, state = from_record(record)
        session = Session.over(question, state, context_of(record))
        made = cls(session, Loaded(session.request), unseen=True)
        made.way = way_of(record)
        return made

    @classmethod
    def begun(
        cls,
        begin: Prepared,
        *,
        check: bool | None = None,
        above: Answer | None = None,
        within: Within | None = None,
    ) -> Self:
        """Start a run of a question and return its answer; ``check=None`` uses the setting.

        If the provider cannot send the request, this raises `InvalidRequest`, and nothing was sent.
        """
        check = settings().check if check is None else check
        session: Session | None = None
        try:
            session = begin()
            return cls(session, begin, check=check, above=above, within=within)
        except BaseException:  # an interrupt: the caller does not get the run, which costs money
            if session is not None:
                session.stop()
            raise

    @property
    def begin(self) -> Prepared:
        """Starts another run of the question; for use in this package."""
        return self._ask_again

    @property
    def outputs(self) -> Outputs:
        """The documents of the answer; for use in this package."""
        return self._outputs

    # ---- methods for users ---------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until the answer is over, with any final status.

        Parameters
        ----------
        timeout : float, optional
            Maximum number of seconds to wait.

        Returns
        -------
        Answer
            The answer itself; check ``status`` or call `raise_for_status`.

        Raises
        ------
        TimeoutError
            The answer was not over in time. It goes on.
        """
        try:
            self._session.wait(timeout)
        except KeyboardInterrupt:
            # Interrupting a cell does not stop the answer that it waits for.
            raise KeyboardInterrupt("The answer goes on; `answer.stop()` stops it.") from None
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self._session.__await__()
        return self

    def stop(self) -> None:
        """Stop the answer, keep the text so far and close the connection."""
        self._session.stop()

    def retry(self) -> Self:
        """Ask the same question again and replace this answer; the cache is not asked.

        Raises
        ------
        InvalidRequest
            The answer is still in progress.
        """
        session: Session | None = None
        try:
            with self._retrying:  # the page and a cell may retry at the same time
                self._refuse_under_way()
                session = self._ask_again(refresh=True)
                # The locks keep a document or a state that another thread is creating from the old
                # run apart from the new run.
                with self._displays.lock, self._session.lock, session.lock:
                    self._attach(session, seq=self._channel.seq + 1)
                    self.send_state()
        except BaseException:  # as in `begun`
            if session is not None:
                session.stop()
            raise
        lifetime.watch(self)
        self._on_sent(self._derived())
        if self.status.final:  # the run could not start
            self._on_change()
        return self

    def _refuse_under_way(self) -> None:
        if not self.status.final:
            raise errors.InvalidRequest(
                "The answer is still in progress.", "", "Stop it first with `answer.stop()`."
            )

    def ask(
        self, question: str, /, *, check: bool | None = None, **options: Unpack[Options]
    ) -> Answer:
        """Ask a follow-up question in the same conversation.

        Returns at once. If this answer is still in progress, the follow-up question waits for its end
        (with the status ``queued``).

        Parameters
        ----------
        question : str
            The follow-up question.
        check : bool, optional
            As for `pplx_widget.ask`.
        **options
            The options of `pplx_widget.ask`, except ``messages``. Other options keep their values of
            this answer's question. An answer from a file does not contain them; then the settings
            apply. Giving an effort, a model or models resets the other two.

        Returns
        -------
        Answer
            The follow-up answer, live. This answer does not change.

        Raises
        ------
        InvalidRequest, UnknownOption
            As for `pplx_widget.ask`; nothing was sent.

        Notes
        -----
        The Agent API remembers complete answers by their ids (``previous_response_id``). If it does not
        remember an answer, or no longer does, the question and the answer's ``text`` are sent again as
        messages. The same holds for an answer that was stopped or cut.

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
        # A later retry of the follow-up continues from the newest run of this answer.
        begin = self._ask_again.then(question, self._newest, **options)
        return type(self).begun(begin, check=self._check if check is None else check)

    def raise_for_status(self) -> Self:
        """Raise the error of a failed answer; return any other answer.

        Raises
        ------
        PplxError
            The error of the answer.
        """
        if error := self.error:
            raise error.with_traceback(None)  # otherwise the traceback would grow with every call
        return self

    def close(self) -> None:
        """Remove the answer from the page; stop it if it is in progress, since it costs money."""
        if hasattr(self, "_session"):
            if not self._session.state.status.final and not self._session.shared:
                self._session.stop()
            self._outputs.leave()
        super().close()

    def __str__(self) -> str:
        """Return the text so far."""
        return self.text

    def __repr__(self) -> str:
        question = " ".join(self.question.split())
        if len(question) > _QUESTION_SHOWN:
            question = question[: _QUESTION_SHOWN - 1] + "…"
        return f"<Answer {question!r}: {self.status}>"

    # ---- display -------------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        """Display it in the running cell; in a non-interactive run, its failure may fail the cell."""
        super()._ipython_display_()
        if settings().hold:
            self.wait()
            self._outputs.settle()
        self.fail_cell()

    def fail_cell(self) -> None:
        """Fail the running cell for a failure, in a non-interactive run in which it has to."""
        if self._check and host.non_interactive() and (error := self.error):
            host.fail_cell(error)

    def join(self, within: Within) -> None:
        """Be shown beside others from now on."""
        self._outputs.within = within
        self.set_trait("within", within.model_id)
        within.add(self._outputs)

    def _repr_mimebundle_(self, **arguments: Any) -> Content:
        if host.in_kernel() and (shown := self._outputs.content()):
            if not host.non_interactive():
                self._appear()  # the page makes the document interactive
            return shown
        data, metadata = super()._repr_mimebundle_(**arguments)
        if not host.in_kernel():
            return data, metadata
        return data | arriving(self.question, self.widget_id), metadata

    def _on_change(self) -> None:
        super()._on_change()
        if not self._session.state.status.final:
            self._outputs.advance()

    def _ended(self) -> None:
        self._outputs.settle_beside()

    def keep(self, found: Check) -> bool:
        """Keep the findings of a check, and show them; for use in this package."""
        if kept := super().keep(found):
            self._channel.touch()
            self._outputs.settle_beside()
        return kept

    def _name_document(self, key: str) -> None:
        """Tell the page the key of the new document; an older saved file has an earlier key."""
        if self.settled not in ("", key):
            self.set_trait("earlier", [*self.earlier, self.settled][-_EARLIER:])
        self.set_trait("settled", key)

    @property
    def _reported(self) -> Displays:
        within = self._outputs.within
        return within.displays if within and within.model_id else self._displays

    def abandon(self) -> None:
        """Stop the answer, since no output shows it and nothing refers to it."""
        if not self._session.shared:
            self._session.stop(lifetime.LOST)

    def holders(self) -> tuple[Any, ...]:
        """Return the objects of this package that refer to the answer."""
        return *super().holders(), self._outputs.named

    # ---- requests of the page ------------------------------------------------------------------------

    def _asked(self, content: Any) -> None:
        match content:
            case {"type": "stop"}:
                self.stop()
            case {"type": "retry"} if self.status.final:
                self.retry()
            case {"type": "settle"}:
                if message := self._outputs.message():
                    self.send(message)
            case {"type": "check" | "price" | "judge" as what} if self.status.final:
                from . import checked  # noqa: PLC0415 (see `documents.document`)

                checked.requested(self, what)
            case {"type": "ask", "question": str(question)} if self.status.final:
                self._ask_beneath(question)
            case {"type": "chunk", "name": "code" | "math" | "words" as name}:
                if code := protocol.chunk(name):
                    self.send(code)
            case {"type": "sync", "seq": seq}:
                self._sync(seq, content)
            case {"type": "live"}:
                self._outputs.displays.again()
            case {"type": "echo"}:
                host.echoed()
            case _:
                super()._asked(content)

    def _sync(self, seq: Any, content: Any) -> None:
        """Send the page what it has missed; it asks again and again if it hears nothing."""
        # The first answer of a session may be over before its page has named a language.
        if (locale := content.get("locale")) and words.hear(str(locale)) and self.status.final:
            self._outputs.renew()
        self.set_trait("stop_waits", host.stop_waits())
        if seq != self.seq:
            if not locale:  # the page has missed patches
                host.echoed(confirmed=False)
            self.send_state()
        if content.get("settled", self.settled) != self.settled:
            self.send_state({"settled", "earlier"})
        self.send({"type": "synced"})
        if not host.takes_unparented():
            host.unparented(self.comm, {"type": "echo"})

    def _ask_beneath(self, question: str) -> None:
        """Ask a follow-up question from the page and show its answer in the same outputs."""
        try:
            begin = self._ask_again.then(question, self._newest)
            below = type(self).begun(begin, check=self._check, above=self)
        except Exception as error:  # noqa: BLE001 (marimo creates no widget outside of a cell)
            told = error if isinstance(error, errors.PplxError) else errors.unforeseen(error)
            self.send({"type": "refused", "error": protocol.failure(told)})
            return
        with self._displays.lock:
            self._outputs.below.append(below._outputs)
            self.set_trait("further", [*self.further, below.model_id])
        # It may have ended before it was added to the outputs.
        if below.status.final:
            below._outputs.settle()


# All answers, because a thread may hold any of their locks at a fork.
_answers: weakref.WeakSet[Answer] = weakref.WeakSet()


def _after_fork() -> None:
    for answer in list(_answers):
        answer._retrying = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
