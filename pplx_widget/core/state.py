"""The state of one answer: what the events so far amount to.

`AnswerState.apply` takes events in any order and never fails at one: the state is a function of the
events and the moments at which they came. It does no I/O and knows no thread; its owner holds a lock
for each change, and for `AnswerState.snapshot`, from which everybody else reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, NoReturn, assert_never

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
    Source,
    SourcesFound,
    Text,
    TextWithdrawn,
    Thought,
    Unknown,
    Usage,
    UsageReported,
)
from .text import GrowingText, TextSoFar, looks_like_json
from .words import PHASES


class Status(StrEnum):
    """How far an answer is; a `str`, so ``answer.status == "complete"`` is true where it says so.

    Attributes
    ----------
    QUEUED, CONNECTING : Status
        It waits for the answer before it, or for the service's first sign.
    SEARCHING, STREAMING : Status
        Something has come, and no text yet; text is coming.
    COMPLETE : Status
        The service said that all of it is there.
    INCOMPLETE : Status
        The service left off: cut by length or a filter, or refused; ``answer.reason`` says which.
    STOPPED : Status
        By you, or by something else, which ``answer.reason`` names then.
    FAILED : Status
        ``answer.error`` says why; the text so far is kept.
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
        """Whether nothing more will come."""
        return self in _FINAL


# What a service sends that nothing understands may come with every token.
_UNKNOWN_MOST = 20

# Tokens a second that no service reaches: more says that its count, or the clock, is wrong.
_FASTEST = 1e6

# What does not come from the service, or not only.
_NO_SIGN = Retrying | Noted | Finished | Failed

_FINAL = frozenset(map(Status, PHASES))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened before or beside the text.

    Attributes
    ----------
    kind : {"search", "read", "thought", "retry"}
        What it is: a key of `words.STEPS`.
    at : float
        Seconds since the question was asked.
    items : tuple of str
        The queries, the addresses, the one thought, or why it is asked again: in two words and in one
        sentence.
    found : int or None
        Sources that a search has brought, or pages that were read; None while it is under way.
    seconds : float or None
        How long a retry waits before it asks.
    """

    kind: Literal["search", "read", "thought", "retry"]
    at: float
    items: tuple[str, ...]
    found: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Moments in seconds since the question was asked; None where it has not come to that.

    Attributes
    ----------
    first_event : float or None
        The service's first sign.
    first_token, last_token : float or None
        The first and the newest piece of text.
    finished : float or None
        The end, however it ended.
    tokens_per_second : float or None
        Output tokens over the time from the first to the last; known at the end.
    """

    first_event: float | None = None
    first_token: float | None = None
    last_token: float | None = None
    finished: float | None = None
    tokens_per_second: float | None = None


class AnswerState:
    """Folds events into text, sources, citations, steps, usage, timing and a status.

    Images and what nothing understands are kept too, the latter's first few; neither is sent to the
    page. All fields are immutable values that are replaced as a whole, so that each alone can be read
    from any thread and compared by identity. Several that belong together are read from a `snapshot`.

    Parameters
    ----------
    asked : datetime.datetime, optional
        When the question was asked, with its offset from UTC.
    structured : bool
        Whether JSON was asked for: what looks like a marker in it, ``[1]``, is a list.
    """

    def __init__(self, asked: datetime | None = None, *, structured: bool = False) -> None:
        self.asked = asked
        self.structured = structured
        self.status = Status.QUEUED
        self.reason: str | None = None
        self.sources: tuple[Source, ...] = ()
        self.citations: tuple[Citation, ...] = ()
        self.images: tuple[Image, ...] = ()
        self.steps: tuple[Step, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.unknown: tuple[Unknown, ...] = ()
        self.usage: Usage | None = None
        self.timing = Timing()
        self.error: PplxError | None = None
        self.model: str | None = None
        self.response_id: str | None = None
        self._growing = GrowingText()
        self._parts = 0  # of it, that belong to this state
        self._by_id: dict[int, Source] = {}
        self._mentions: dict[int, int] = {}
        self._scanner = MarkerScanner()
        self._deltas = 0
        self._is_json: bool | None = None if structured else False

    @property
    def text(self) -> TextSoFar:
        """The text so far: `str` puts it together."""
        return TextSoFar(self._growing, self._parts)

    def snapshot(self) -> AnswerState:
        """Return the state as it is now: a copy that refuses every change.

        It costs the same whatever the answer's length, since the text is shared. The state must not
        change meanwhile: its owner holds the lock.
        """
        taken = object.__new__(_Snapshot)
        taken.__dict__.update(self.__dict__)
        return taken

    def connect(self) -> None:
        """Note that the request is on its way."""
        if self.status is Status.QUEUED:
            self.status = Status.CONNECTING

    def apply(self, event: Event, at: float) -> None:  # noqa: C901, PLR0912 (a case an event)
        """Take one event in; after the end nothing changes any more.

        Parameters
        ----------
        event : Event
            What happened.
        at : float
            When, in seconds since the question was asked.
        """
        if self.status.final:
            return
        if self.timing.first_event is None and not isinstance(event, _NO_SIGN):
            self.timing = replace(self.timing, first_event=at)
        match event:
            case Opened(response_id=response_id, model=model):
                self.response_id = response_id or self.response_id
                self.model = model or self.model
            case Retrying(error=error, seconds=seconds):
                self._add_step(Step("retry", at, (named(error.kind), error.what), seconds=seconds))
            case Noted(text=text):
                self.notes = self.notes if text in self.notes else (*self.notes, text)
            case Searching(queries=queries):
                self.status = Status.SEARCHING
                self._add_step(Step("search", at, queries))
            case SourcesFound(sources=sources, queries=queries, replace=newer):
                self._add_sources(sources, newer=newer)
                self._close_step("search", len(sources), queries)
            case ImagesFound(images=images):
                known = {image.url for image in self.images}
                new = {i.url: i for i in images if i.url not in known}
                self.images = (*self.images, *new.values()) if new else self.images
            case Fetching(urls=urls):
                self.status = Status.SEARCHING
                self._add_step(Step("read", at, urls))
            case PagesFetched(urls=urls):
                self._close_step("read", len(urls))
            case Thought(text=text):
                self._add_step(Step("thought", at, (text,)))
            case Text(delta=delta):
                self._add_text(delta, at)
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
        """Note how the first open step of a kind ended, or the one about these very items."""
        for i, step in enumerate(self.steps):
            if step.kind == kind and step.found is None and items in ((), step.items):
                self.steps = (*self.steps[:i], replace(step, found=found), *self.steps[i + 1 :])
                return

    def _add_sources(self, sources: tuple[Source, ...], *, newer: bool) -> None:
        """Take sources in, each id once: they come up to three times, later copies often shorter.

        A newer list takes the place of what stands at its ids; a source that it leaves out was found
        all the same, and stays.
        """
        known = {} if newer else self._by_id
        new = {s.id: s for s in reversed(sources) if s.id not in known}
        new = {i: s for i, s in new.items() if self._by_id.get(i) != s}
        if new:
            self._by_id |= dict(reversed(new.items()))
            self.sources = tuple(self._by_id.values())
            self.citations = resolve(self._mentions, self._by_id)

    def _add_text(self, delta: str, at: float) -> None:
        self.status = Status.STREAMING
        self._deltas += 1
        first = self.timing.first_token if self.timing.first_token is not None else at
        self.timing = replace(self.timing, first_token=first, last_token=at)
        new = self._growing.append(delta)
        self._parts = self._growing.parts
        if self._is_json is None:
            self._is_json = looks_like_json(new)
        if not self._is_json:
            self._note_markers(self._scanner.feed(new))

    def _withdraw_text(self) -> None:
        """Begin the text anew; the one so far stays as it is for the snapshots that have it."""
        self.status = Status.SEARCHING
        self.timing = replace(self.timing, first_token=None, last_token=None)
        self.citations = ()
        self._growing, self._parts, self._deltas = GrowingText(), 0, 0
        self._mentions, self._scanner = {}, MarkerScanner()
        self._is_json = None if self.structured else False

    def _note_markers(self, ids: list[int]) -> None:
        for id_ in ids:
            self._mentions[id_] = self._mentions.get(id_, 0) + 1
        if ids:
            self.citations = resolve(self._mentions, self._by_id)

    def _end(self, status: Status, at: float) -> None:
        rest = self._growing.finish()
        self._parts = self._growing.parts
        if not self._is_json:
            self._note_markers(self._scanner.feed(rest) if rest else [])
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
            # Reasoning is counted as output but takes its time before the first token.
            tokens = self.usage.output_tokens - self.usage.reasoning_tokens
        rate = (tokens - 1) / duration if duration > 0 and tokens > 1 else 0.0
        return round(rate, 1) if 0 < rate < _FASTEST else None


class _Snapshot(AnswerState):
    """A state at one moment, which nothing changes any more."""

    def snapshot(self) -> AnswerState:
        return self

    def apply(self, event: Event, at: float) -> NoReturn:  # noqa: ARG002
        raise TypeError("A snapshot takes in no events.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A snapshot does not change: {name} was to be {value!r}.")


def events_of(step: Step, sources: tuple[Source, ...] = ()) -> tuple[Event, ...]:
    """Return the events that a step is made of: what began it and, if it is over, what ended it.

    Parameters
    ----------
    step : Step
        Other than a retry, which no service tells of.
    sources : tuple of Source
        What a search has brought.
    """
    match step.kind:
        case "search":
            begun: Event = Searching(step.items)
            ended: Event | None = SourcesFound(sources, step.items)
        case "read":
            begun, ended = Fetching(step.items), PagesFetched(step.items[: step.found])
        case "thought":
            begun, ended = Thought(step.items[0]), None
        case "retry":
            return ()
    return (begun,) if ended is None or step.found is None else (begun, ended)


def named(kind: str) -> str:
    """Return the kind of an error in two words: ``"Rate limited"``."""
    return kind.replace("-", " ").capitalize()
