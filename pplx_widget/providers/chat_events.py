"""Reads a stream of the chat-completions shape: wire payloads in, events out.

The counterpart of `agent_events`, for the shape that gateways and local servers speak and that
Perplexity spoke until September 2026. Servers differ in what they send beside the text; all that is
known of them is understood here, so that nobody has to say which server it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    ImagesFound,
    Opened,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
    ToolUse,
    Usage,
    UsageReported,
)
from ..core.text import clean
from . import _wire as wire
from .thoughts import ThinkSplitter, Thoughts

# What a sloppy server writes for null.
_NO_REASON = frozenset({"", "null", "none"})


class ChatReader:
    """Turns payloads into events, once each.

    The end has three forms: a finish reason (usage may follow it), ``chat.completion.done``, or both.
    A stream that ends without any was cut. A finish reason is believed until something follows it:
    some servers send ``"stop"`` with every chunk, or already with the reasoning. One that was taken
    back is believed again only at an end in order.

    Parameters
    ----------
    host : str
        Who was asked, for messages.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._model: str | None = None
        self._opened = False
        self._given: list[str] = []  # content so far, tags of thought included
        self._length = 0
        self._splitter = ThinkSplitter()
        self._thoughts = Thoughts()
        self._listed: tuple[Any, Any] = (None, None)  # citations and search results, as last sent
        self._places: dict[str, Source] = {}  # address → source
        self._searches: set[tuple[str, ...]] = set()
        self._steps: list[Any] = []
        self._images: Any = None
        self._usage: Mapping[str, Any] = {}
        self._finish: str | None = None
        self._spoke = False  # whether there is text, and not only thought
        self._alone = False  # whether the finish reason came in a chunk of its own, after text
        self._contradicted = False  # whether something followed a finish reason
        self._refused = False
        self.ended = False

    @property
    def closing(self) -> bool:
        """Whether only usage is still to come."""
        return self._finish is not None and self._alone and not self._contradicted

    def read(self, payload: Any) -> list[Event]:
        """Return the events that a payload stands for; none after the end."""
        data = wire.mapping(payload)
        if self.ended or not data:
            return []
        if error := data.get("error"):
            self.ended = True
            return [*self._held(), *self._used(), Failed(wire.failure(error, self._host))]
        choices = data.get("choices")
        if choices is None and "usage" not in data and "citations" not in data:
            kind = data.get("object") or data.get("type")
            if isinstance(kind, str) and kind in wire.KEEPALIVES:
                return []
            return [wire.unknown(data.get("object") or data.get("type"), data)]
        events = self._beside(data)
        if choices:
            for choice in wire.mappings(choices):
                if not choice.get("index"):  # others are further answers, which nobody asked for
                    events += self._choice(choice)
        if data.get("object") == "chat.completion.done":
            self._finish = self._finish or "stop"
            events += self.end(whole=True)
        return events

    def end(self, *, whole: bool) -> list[Event]:
        """Return the events that were held back: the last words, the usage, and a named end."""
        if self.ended:
            return []
        if self._contradicted and not whole:
            self._finish = None
        self.ended = self._finish is not None
        events = [*self._held(), *self._used()]
        return [*events, *self._finished(self._finish)] if self._finish is not None else events

    # ---- what comes beside the choices --------------------------------------------------------

    def _beside(self, data: Mapping[str, Any]) -> list[Event]:
        events: list[Event] = []
        if not self._opened:
            self._opened = True
            self._model = clean(data.get("model")) or None
            created = wire.moment(data.get("created"))
            events.append(Opened(clean(data.get("id")) or None, self._model, created))
        if usage := data.get("usage"):
            self._usage = wire.mapping(usage)  # cumulative: the last one counts
        citations = data.get("citations") or self._listed[0]
        results = data.get("search_results") or self._listed[1]
        # In every chunk the same again, or only in the last.
        if (citations, results) != self._listed:
            self._listed = (citations, results)
            if sources := _sources(citations, results):
                self._places = {source.url: source for source in reversed(sources)}
                events.append(SourcesFound(sources, replace=True))
        if (images := data.get("images")) and images != self._images:
            self._images = images
            if found := wire.images(images):
                events.append(ImagesFound(found))
        return events

    # ---- the choice ---------------------------------------------------------------------------

    def _choice(self, choice: Mapping[str, Any]) -> list[Event]:
        delta, message = wire.mapping(choice.get("delta")), wire.mapping(choice.get("message"))
        events: list[Event] = []
        brought = False
        for step in wire.mappings(delta.get("reasoning_steps") or message.get("reasoning_steps")):
            if step not in self._steps:  # they come again at the end of the reasoning
                self._steps.append(step)
                events += self._step(step)
                brought = True
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(reasoning, str) and reasoning:
            events += map(Thought, self._paragraphs(reasoning))
            brought = True
        content, refusal = _content(delta.get("content")), _content(delta.get("refusal"))
        if content:
            events += self._text(content)
        if refusal:
            self._refused = True
            events += self._text(refusal)
        whole = _content(message.get("content"))
        more = wire.missing("".join(self._given), whole) if len(whole) > self._length else ""
        if more:  # else it says what the deltas have said
            events += self._text(more)
        brought = brought or bool(content or refusal or more)
        self._note_finish(clean(choice.get("finish_reason")), brought=brought)
        return events

    def _note_finish(self, reason: str, *, brought: bool) -> None:
        """Take note of a chunk's finish reason, and of whether the chunk brought anything."""
        if brought and self._finish is not None:
            self._finish, self._contradicted = None, True
        if reason.strip().lower() not in _NO_REASON:
            self._finish = reason
            self._alone = self._spoke and not brought

    def _text(self, content: str) -> list[Event]:
        self._given.append(content)
        # The second half of a split surrogate pair is no character of its own in the whole.
        self._length += len(content) - ("\udc00" <= content[:1] <= "\udfff")
        return self._said(*self._splitter.feed(content))

    def _said(self, thought: str, text: str) -> list[Event]:
        events: list[Event] = list(map(Thought, self._paragraphs(thought))) if thought else []
        if text:
            self._spoke = True
            events += map(Thought, map(clean, self._thoughts.finish()))
            events.append(Text(text))
        return events

    def _paragraphs(self, reasoning: str) -> list[str]:
        return [clean(paragraph) for paragraph in self._thoughts.feed(reasoning)]

    def _step(self, step: Mapping[str, Any]) -> list[Event]:
        """Return the events of a step of the concise mode."""
        events: list[Event] = []
        if thought := clean(step.get("thought")):
            events.append(Thought(thought))
        search = wire.mapping(step.get("web_search"))
        queries = wire.texts(search.get("search_keywords"))
        if queries and queries not in self._searches:
            self._searches.add(queries)
            events.append(Searching(queries))
        if found := wire.mappings(search.get("search_results")):
            events.append(SourcesFound(self._placed(found, queries), queries))
        pages = wire.mapping(step.get("fetch_url_content")).get("contents")
        if urls := wire.texts(page.get("url") for page in wire.mappings(pages)):
            events += [Fetching(urls), PagesFetched(urls)]
        return events

    def _placed(
        self, results: list[Mapping[str, Any]], queries: tuple[str, ...]
    ) -> tuple[Source, ...]:
        """Return the sources of one search. Their places are a guess until the whole list comes."""
        found = []
        for result in results:
            place = len(self._places) + 1
            if source := wire.source(place, result, queries):
                found.append(self._places.setdefault(source.url, source))
        return tuple(found)

    # ---- the end ------------------------------------------------------------------------------

    def _held(self) -> list[Event]:
        events = self._said(*self._splitter.finish())
        return [*events, *map(Thought, map(clean, self._thoughts.finish()))]

    def _used(self) -> list[Event]:
        return [UsageReported(_usage(self._usage))] if self._usage else []

    def _finished(self, finish: str) -> list[Event]:
        if wire.word(finish) == "error":  # OpenRouter, if the error itself did not come
            return [Failed(wire.failure(None, self._host))]
        reason: str | None
        if wire.completes(finish):
            reason = wire.REFUSED if self._refused else None
        else:
            reason = wire.reason_of(finish) or wire.ended_as(finish)
        status: Literal["complete", "incomplete"] = "incomplete" if reason else "complete"
        return [Finished(status, reason, self._model)]


def _content(content: Any) -> str:
    """Return a text, also where it comes in parts."""
    if isinstance(content, str):
        return content
    parts = (part.get("text") for part in wire.mappings(content))
    return "".join(part for part in parts if isinstance(part, str))


def _sources(citations: Any, results: Any) -> tuple[Source, ...]:
    """Return the sources that the markers in the text count, from 1.

    The markers are places among the citations, which are bare addresses; the search results say what
    stands there, and count themselves where there are no citations.
    """
    known = wire.mappings(results)
    if not isinstance(citations, list) or not citations:
        entries: list[Mapping[str, Any]] = known
    else:
        by_url = {clean(result.get("url")): result for result in reversed(known)}
        urls = [clean(c if isinstance(c, str) else wire.mapping(c).get("url")) for c in citations]
        entries = [by_url.get(url) or {"url": url} for url in urls]
    places = enumerate(entries, start=1)
    return tuple(s for place, entry in places if (s := wire.source(place, entry)))


def _usage(usage: Mapping[str, Any]) -> Usage:
    cost = usage.get("cost")
    total = wire.mapping(cost).get("total_cost") if isinstance(cost, Mapping) else cost
    given, made = wire.count(usage.get("prompt_tokens")), wire.count(usage.get("completion_tokens"))
    details = wire.mapping(usage.get("completion_tokens_details"))
    thought = details.get("reasoning_tokens") or usage.get("reasoning_tokens")
    searches = wire.count(usage.get("num_search_queries"))
    search_cost = wire.amount(wire.mapping(cost).get("search_queries_cost"))
    return Usage(
        input_tokens=given,
        output_tokens=made,
        total_tokens=wire.count(usage.get("total_tokens")) or given + made,
        cost=wire.amount(total),
        currency=clean(wire.mapping(cost).get("currency")) or "USD",
        reasoning_tokens=wire.count(thought),
        tools=(ToolUse("search_web", searches, search_cost),) if searches else (),
    )
