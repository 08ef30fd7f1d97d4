"""The state of one answer, built from its events.

`AnswerState.apply` accepts events in any order and never raises: the state depends only on the events
and the times at which they arrived. The state does no I/O and no locking. Its owner holds a lock for
each change and for `AnswerState.snapshot`; other code reads snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NoReturn, assert_never

from .citations import Citation, MarkerScanner, resolve
from .errors import PplxError
from .events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    Noted,
    Opened,
    PagesFetched,
    Retrying,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
    Text,
    TextWithdrawn,
    Thought,
    Unknown,
    Usage,
    UsageReported,
    Waiting,
)
from .inline import Ids
from .text import GrowingText, TextSoFar

if TYPE_CHECKING:  # few answers need them
    from .finding import Checked
    from .structured.evidence import Field
    from .structured.field_list import FieldList


class Status(StrEnum):
    """The status of an answer; a `str`, so you can write ``answer.status == "complete"``.

    Attributes
    ----------
    QUEUED, CONNECTING : Status
        The answer waits for the one before it, or for the service's first event.
    SEARCHING, STREAMING : Status
        The service is searching or reading web pages; text is arriving.
    COMPLETE : Status
        The service has sent the whole answer.
    INCOMPLETE : Status
        The service cut the answer (length or filter) or refused; ``answer.reason`` says which.
    STOPPED : Status
        You stopped the answer, or ``answer.reason`` says what else did.
    FAILED : Status
        The answer failed; ``answer.error`` says why, and the text so far is kept.
    """

    QUEUED = "queued"
    CONNECTING = "connecting"
    SEARCHING = "searching"
    STREAMING = "streaming"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether the answer has ended."""
        return self in _FINAL


# Keep only the first unknown payloads: some services send one with every token.
_UNKNOWN_MOST = 20

# Images that are kept: far more than anyone looks at.
_IMAGES_MOST = 100

# No service reaches so many tokens a second: at a higher rate, its count or the clock is wrong.
_FASTEST = 1e6

# Events that do not prove that the service responded, since this package also makes them.
_NO_SIGN = Retrying | Waiting | Noted | Finished | Failed

_FINAL = frozenset({Status.COMPLETE, Status.INCOMPLETE, Status.STOPPED, Status.FAILED})


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the answer besides its text: a search, a fetch, a thought or a retry.

    Attributes
    ----------
    kind : {"search", "images", "read", "thought", "retry"}
        The kind of step: a key of `tables.STEPS`.
    at : float
        When it began, in seconds since the question was asked.
    items : tuple of str
        The queries, the addresses or the one thought; for a retry its cause, in two words and in one
        sentence.
    found : int or None
        The number of sources or images that a search found, or of web pages that were read; None until
        then.
    seconds : float or None
        How long a retry pauses before it sends the request again.
    """

    kind: Literal["search", "images", "read", "thought", "retry"]
    at: float
    items: tuple[str, ...]
    found: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue of the questions for one service.

    Attributes
    ----------
    number : int
        The place from 1; 101 for all places behind the hundredth.
    at : float
        Since when, in seconds since the question was asked.
    seconds : float or None
        About how long it would wait from then on; None if that was unknown.
    """

    number: int
    at: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of an answer in seconds since the question was asked; None if not reached.

    Attributes
    ----------
    first_event : float or None
        When the service's first event arrived.
    first_token, last_token : float or None
        When the first and the latest delta of the text arrived.
    finished : float or None
        When the answer ended, whatever its status.
    tokens_per_second : float or None
        Output tokens divided by the time from the first to the last delta; known at the end.
    """

    first_event: float | None = None
    first_token: float | None = None
    last_token: float | None = None
    finished: float | None = None
    tokens_per_second: float | None = None


class AnswerState:
    """The state of an answer: text, sources, citations, steps, usage, timing and status.

    It also keeps the first few unknown payloads, which are not sent to the page. Of images it keeps the
    first 100. Every field is an immutable value that is replaced as a whole: any thread may read a
    single field and compare it by identity. To read several fields that belong together, take a
    `snapshot`.

    Parameters
    ----------
    asked : datetime.datetime, optional
        When the question was asked, with its offset from UTC; None if that is not known.
    structured : bool
        Whether the question asked for JSON, in which ``[1]`` is a list and not a marker.
    evidence : bool
        Whether the question asked for the sources of each value of the JSON.
    sources : tuple of Source
        The sources that were sent with the question.
    """

    def __init__(
        self,
        asked: datetime | None = None,
        *,
        structured: bool = False,
        evidence: bool = False,
        sources: tuple[Source, ...] = (),
    ) -> None:
        self.asked = asked
        self.structured = structured
        self.evidence = evidence
        self.fields: tuple[Field, ...] = ()  # of a complete answer with evidence
        self.checked: Checked | None = None  # of a finished answer that was checked
        self.status = Status.QUEUED
        self.reason: str | None = None
        self.sources = sources
        self.citations: tuple[Citation, ...] = ()
        self.images: tuple[Image, ...] = ()
        self.steps: tuple[Step, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.unknown: tuple[Unknown, ...] = ()
        self.usage: Usage | None = None
        self.timing = Timing()
        self.place: Place | None = None  # while it waits for its turn; also after a stop meanwhile
        self.error: PplxError | None = None
        self.model: str | None = None
        self.response_id: str | None = None
        self.kept: datetime | None = None  # when it was asked, if the store answered
        self._by_id = {source.id: source for source in sources}
        self._begin_text()

    def _begin_text(self) -> None:
        self._growing, self._parts = GrowingText(), 0  # with the parts that belong to this state
        self._mentions: dict[Ids, int] = {}
        self._numbers: dict[int, int] = {}
        self._scanner = MarkerScanner()
        self._deltas = 0
        self._list: FieldList | None = _field_list(self.evidence) if self.structured else None
        self._listed, self._listed_parts = GrowingText(), 0  # the JSON as a list
        self._unknown = ""  # the text until it is known whether it is JSON

    @property
    def text(self) -> TextSoFar:
        """The text so far; `str` joins it."""
        return TextSoFar(self._growing, self._parts)

    @property
    def is_json(self) -> bool:
        """Whether the text is JSON, as far as it is known."""
        return self._list is not None and bool(self._list.is_json)

    @property
    def as_code(self) -> bool:
        """Whether the text is JSON that is shown as code: it cites nothing."""
        return self.structured and not self._as_list

    @property
    def _as_list(self) -> bool:
        return self.is_json and (self.evidence or bool(self.citations))

    @property
    def shown(self) -> TextSoFar:
        """The Markdown that a reader sees: the text, or JSON as a list of its fields.

        It is another text once JSON that was shown as code cites a source; see `TextSoFar.whole`.
        """
        return TextSoFar(self._listed, self._listed_parts) if self._as_list else self.text

    def snapshot(self) -> AnswerState:
        """Return an immutable copy, at a cost that does not depend on the length of the text.

        Hold the lock while you call this: the state must not change meanwhile.
        """
        taken = object.__new__(_Snapshot)
        taken.__dict__.update(self.__dict__)
        return taken

    def as_asked(self) -> AnswerState:
        """Return an immutable copy that does not say that the store answered."""
        taken = object.__new__(_Snapshot)
        taken.__dict__.update(self.__dict__, kept=None)
        return taken

    def know(self, sources: tuple[Source, ...]) -> None:
        """Add sources that were sent with the question or an earlier one."""
        self._add_sources(sources, newer=False)

    def connect(self) -> None:
        """Record that the request is being sent."""
        if self.status is Status.QUEUED:
            self.status = Status.CONNECTING

    def apply(  # noqa: C901, PLR0912, PLR0915 (one case per event)
        self, event: Event, at: float, deltas: int = 1
    ) -> None:
        """Apply one event; after the end of the answer, events change nothing.

        Parameters
        ----------
        event : Event
            The event.
        at : float
            When it happened, in seconds since the question was asked.
        deltas : int
            How many deltas a `Text` joins.
        """
        if self.status.final:
            return
        if self.timing.first_event is None and not isinstance(event, _NO_SIGN):
            self.timing = replace(self.timing, first_event=at)
        match event:
            case Opened(response_id=response_id, model=model, created=created):
                self.response_id = response_id or self.response_id
                self.model = model or self.model
                self.asked = created or self.asked
            case Retrying(error=error, seconds=seconds):
                self.place = None
                self._add_step(Step("retry", at, (named(error.kind), error.what), seconds=seconds))
            case Waiting(place=number, seconds=wait):
                self.place = Place(number, at, wait) if number > 0 else None
            case Noted(text=text):
                self.notes = self.notes if text in self.notes else (*self.notes, text)
            case Searching(queries=queries):
                self.status = Status.SEARCHING
                self._add_step(Step("search", at, queries))
            case SourcesFound(sources=sources, queries=queries, replace=newer):
                self._add_sources(sources, newer=newer)
                self._close_step("search", len(sources), queries)
            case ImagesFound(images=images):
                self._add_images(images)
                self._close_step("images", len(images))
            case SearchingImages(queries=queries):
                self.status = Status.SEARCHING
                self._add_step(Step("images", at, queries))
            case Fetching(urls=urls):
                self.status = Status.SEARCHING
                self._add_step(Step("read", at, urls))
            case PagesFetched(urls=urls, sources=sources):
                self._add_sources(sources, newer=False)
                self._close_step("read", len(urls))
            case Thought(text=text):
                self._add_step(Step("thought", at, (text,)))
            case Text(delta=delta):
                self._add_text(delta, at, deltas)
            case TextWithdrawn():
                self._withdraw_text()
            case UsageReported(usage=usage):
                self.usage = usage
            case Finished(status=status, reason=reason, model=model):
                self.model = model or self.model
                self.reason = reason
                self._end(Status(status), at)
            case Failed(error=error):
                self.error = error
                self._end(Status.FAILED, at)
            case Unknown():
                if len(self.unknown) < _UNKNOWN_MOST:
                    self.unknown = (*self.unknown, event)
            case _:
                assert_never(event)

    def _add_step(self, step: Step) -> None:
        self.steps = (*self.steps, step)

    def _close_step(self, kind: str, found: int, items: tuple[str, ...] = ()) -> None:
        """End the first open step of a kind or, if items are given, the one with these items."""
        for i, step in enumerate(self.steps):
            if step.kind == kind and step.found is None and items in ((), step.items):
                self.steps = (*self.steps[:i], replace(step, found=found), *self.steps[i + 1 :])
                return

    def _add_sources(self, sources: tuple[Source, ...], *, newer: bool) -> None:
        """Add sources, each id once: they arrive up to three times, and later copies are often shorter.

        A newer list replaces the sources with the same ids. A source that is missing from it was still
        found, so it stays.
        """
        known = {} if newer else self._by_id
        new = {s.id: s for s in reversed(sources) if s.id not in known}
        new = {i: s for i, s in new.items() if self._by_id.get(i) != s}
        if new:
            self._by_id |= dict(reversed(new.items()))
            self.sources = tuple(self._by_id.values())
            self.citations = resolve(self._mentions, self._by_id, self._numbers)

    def _add_images(self, images: tuple[Image, ...]) -> None:
        """Add images, each address once."""
        known = {image.url for image in self.images}
        new: dict[str, Image] = {}
        for image in images:
            if image.url not in known:
                new.setdefault(image.url, image)
        if new and len(known) < _IMAGES_MOST:
            self.images = (*self.images, *new.values())[:_IMAGES_MOST]

    def _add_text(self, delta: str, at: float, deltas: int) -> None:
        self.status = Status.STREAMING
        self._deltas += deltas
        first = self.timing.first_token if self.timing.first_token is not None else at
        self.timing = replace(self.timing, first_token=first, last_token=at)
        new = self._growing.append(delta)
        self._parts = self._growing.parts
        self._note_markers(self._markers(new))

    def _markers(self, new: str) -> list[Ids]:
        """Return the markers that new text completes; in JSON, only those in its texts count."""
        if self._list is None:
            return self._scanner.feed(new)
        known = self._list.is_json is not None
        listed = self._list.feed(new)
        if self._list.is_json:
            return self._list_more(listed)
        if self._list.is_json is None:
            self._unknown += new
            return []
        text, self._unknown = (new if known else self._unknown + new), ""
        return self._scanner.feed(text)

    def _list_more(self, listed: str) -> list[Ids]:
        self._listed.append(listed)
        self._listed_parts = self._listed.parts
        return self._scanner.feed(listed)

    def _withdraw_text(self) -> None:
        """Start with an empty text; earlier snapshots keep the withdrawn one."""
        self.status = Status.SEARCHING
        self.timing = replace(self.timing, first_token=None, last_token=None)
        self.citations = ()
        self._begin_text()

    def _note_markers(self, markers: list[Ids]) -> None:
        for ids in markers:
            self._mentions[ids] = self._mentions.get(ids, 0) + 1
        if markers:
            self.citations = resolve(self._mentions, self._by_id, self._numbers)

    def _end(self, status: Status, at: float) -> None:
        rest = self._growing.finish()
        self._parts = self._growing.parts
        self._note_markers(self._markers(rest) if rest else [])
        if self._list is not None:
            rest = self._list.finish()
            self._note_markers(
                self._list_more(rest) if self.is_json else self._scanner.feed(self._unknown)
            )
        self._note_markers(self._scanner.finish())
        self.timing = replace(
            self.timing, finished=at, tokens_per_second=self._tokens_per_second(self.timing)
        )
        self.status = status

    def _tokens_per_second(self, timing: Timing) -> float | None:
        if timing.first_token is None or timing.last_token is None:
            return None
        duration = timing.last_token - timing.first_token
        tokens = self._deltas
        if self.usage and self.usage.output_tokens:
            # Reasoning counts as output, but happens before the first token.
            tokens = self.usage.output_tokens - self.usage.reasoning_tokens
        rate = (tokens - 1) / duration if duration > 0 and tokens > 1 else 0.0
        return round(rate, 1) if 0 < rate < _FASTEST else None


def _field_list(evidence: bool) -> FieldList:  # noqa: FBT001
    from .structured.field_list import FieldList  # noqa: PLC0415 (only answers with a schema need it)

    return FieldList(evidence=evidence)


class _Snapshot(AnswerState):
    """An immutable copy of a state."""

    def snapshot(self) -> AnswerState:
        return self

    def apply(self, event: Event, at: float, deltas: int = 1) -> NoReturn:  # noqa: ARG002
        raise TypeError("A snapshot is immutable, so events cannot be applied to it.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A snapshot is immutable, so {name} cannot be set to {value!r}.")


def events_of(
    step: Step, sources: tuple[Source, ...] = (), images: tuple[Image, ...] = ()
) -> tuple[Event, ...]:
    """Return the events of a step: the event that began it and, if it is over, the one that ended it.

    Parameters
    ----------
    step : Step
        The step. A retry has no events, because no service sends one.
    sources : tuple of Source
        The sources that a search found, or the web pages that were read.
    images : tuple of Image
        The images that a search found.
    """
    match step.kind:
        case "search":
            begun: Event = Searching(step.items)
            ended: Event | None = SourcesFound(sources, step.items)
        case "read":
            begun, ended = Fetching(step.items), PagesFetched(step.items[: step.found], sources)
        case "images":
            begun, ended = SearchingImages(step.items), ImagesFound(images)
        case "thought":
            begun, ended = Thought(step.items[0]), None
        case "retry":
            return ()
    return (begun,) if ended is None or step.found is None else (begun, ended)


def named(kind: str) -> str:
    """Return the kind of an error in two words: ``"Rate limited"``."""
    return kind.replace("-", " ").capitalize()
