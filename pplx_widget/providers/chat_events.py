"""Reads a stream of chat completions: wire payloads in, events out.

The counterpart of `agent_events`, for the format that gateways and local servers speak and that
Perplexity spoke until September 2026. Servers differ in what they send beside the text. All known forms
are read, so that no option has to say which server it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from ..core import http_errors
from ..core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    ImagesFound,
    Noted,
    Opened,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Thought,
    UsageReported,
)
from ..core.text import clean
from ..core.words import say
from . import _citing as citing
from . import _wire as wire
from ._reasoning import content_of, reasoning_in
from ._usage import usage_of
from .thoughts import Speech

# What a sloppy server writes for null.
_NO_REASON = frozenset({"", "null", "none"})

# A payload without `choices` that has one of these is a chunk all the same.
_BESIDE = frozenset({"usage", "x_groq", "prompt_filter_results"}) | citing.KEYS


_PLAIN = frozenset({"role", "content"})
_OF_A_CHOICE = frozenset({"index", "delta", "finish_reason", "logprobs"})


class ChatReader:
    """Turns payloads into events, once each.

    The end has three forms: a finish reason (usage may follow it), ``chat.completion.done``, or both.
    A stream that ends without any was cut, unless it has text and says ``[DONE]``: then the answer
    counts as complete, with a notice. A finish reason is believed until something follows it: some
    servers send ``"stop"`` with every chunk, or already with the reasoning. One that was taken back is
    believed again only at an end in order.

    Parameters
    ----------
    host : str
        The host that was asked, for messages.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._id: str | None = None
        self._model: str | None = None
        self._opened = False
        self._given: list[str] = []  # content so far, tags of thought included
        self._length = 0
        self._reasoned: list[str] = []
        self._speech = Speech()
        self._listed = citing.Listed()
        self._places: dict[str, Source] = {}  # address → source
        self._searches: set[tuple[str, ...]] = set()
        self._steps: list[Any] = []
        self._images: Any = None
        self._usage: Mapping[str, Any] = {}
        self._finish: str | None = None
        self._alone = False  # whether the finish reason came in a chunk of its own, after text
        self._contradicted = False  # whether something followed a finish reason
        self._done = False  # whether the frame [DONE] has come
        self._called = ""  # the name of a tool that the model wants to be called
        self._refused = False
        self.ended = False

    @property
    def closing(self) -> bool:
        """Whether only usage is still to come."""
        return self._finish is not None and self._alone and not self._contradicted

    def read(self, payload: Any) -> list[Event]:
        """Return the events that a payload stands for; none after the end."""
        self._done = self._done or payload == wire.DONE
        data = wire.mapping(payload)
        if self.ended or not data:
            return []
        if (error := wire.error_in(data)) is not None:
            return self._failed(data, error)
        choices = data.get("choices")
        if choices is None and not data.keys() & _BESIDE:
            kind = data.get("object") or data.get("type")
            if isinstance(kind, str) and kind in wire.KEEPALIVES:
                return []
            return [wire.unknown(kind, data)]
        events = self._beside(data)
        if choices:
            for choice in wire.mappings(choices):
                if choice.get("index"):  # a further answer, which no option asks for
                    continue
                if isinstance(choice.get("error"), Mapping | str) and choice["error"]:
                    return [*events, *self._failed(data, choice)]
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
        events = [*self._speech.finish(), *self._used()]
        if self._finish is None and self._done:
            if self._speech.spoke:
                events.append(Noted(say("notice.unfinished")))
            self._finish = "stop"
        self.ended = self._finish is not None
        return [*events, *self._finished(self._finish)] if self._finish is not None else events

    def _failed(self, data: Mapping[str, Any], error: Mapping[str, Any]) -> list[Event]:
        """Return the end of an answer whose chunk reports an error; what it has of the text counts."""
        events = self._beside(data) if data.get("choices") else []
        for choice in wire.mappings(data.get("choices")):
            if not choice.get("index"):
                events += self._choice({**choice, "finish_reason": None})
        self.ended = True
        failed = Failed(http_errors.reported(error, host=self._host))
        return [*events, *self._speech.finish(), *self._used(), failed]

    # ---- fields beside the choices ------------------------------------------------------------

    def _beside(self, data: Mapping[str, Any]) -> list[Event]:
        events: list[Event] = []
        if not self._opened or self._id is None or self._model is None:
            # Azure's first chunk has neither.
            known = self._id, self._model
            self._id = self._id or clean(data.get("id")) or None
            self._model = self._model or clean(data.get("model")) or None
            if not self._opened or (self._id, self._model) != known:
                events.append(Opened(self._id, self._model))
            self._opened = True
        self._note_usage(data.get("usage") or wire.mapping(data.get("x_groq")).get("usage"))
        if data.keys() & citing.KEYS:
            events += self._cited([data])
        if (images := data.get("images")) and images != self._images:
            self._images = images
            if found := wire.images(images):
                events.append(ImagesFound(found))
        return events

    def _note_usage(self, usage: Any) -> None:
        if usage:
            self._usage = wire.mapping(usage) or self._usage  # cumulative: the last one counts

    def _cited(self, holders: list[Mapping[str, Any]]) -> list[Event]:
        events: list[Event] = []
        for found in self._listed.look(holders, lambda: "".join(self._given)):
            self._places |= {source.url: source for source in reversed(found.sources)}
            events.append(found)
        return events

    # ---- the choice ---------------------------------------------------------------------------

    def _choice(self, choice: Mapping[str, Any]) -> list[Event]:
        delta, message = wire.mapping(choice.get("delta")), wire.mapping(choice.get("message"))
        content = delta.get("content")
        if isinstance(content, str) and delta.keys() <= _PLAIN and choice.keys() <= _OF_A_CHOICE:
            # By far the most.
            events = self._text(content) if content else []
            self._note_finish(clean(choice.get("finish_reason")), brought=bool(content))
            return events
        events = []
        brought = False
        for step in wire.mappings(delta.get("reasoning_steps") or message.get("reasoning_steps")):
            if step not in self._steps:  # they come again at the end of the reasoning
                self._steps.append(step)
                events += self._step(step)
                brought = True
        for tool in wire.mappings(delta.get("executed_tools") or message.get("executed_tools")):
            events += self._executed(tool)
        if reasoning := reasoning_in(delta):
            self._reasoned.append(reasoning)
            events += self._speech.thought(reasoning)
            brought = True
        if (whole := reasoning_in(message)) and (
            more := wire.missing("".join(self._reasoned), whole)
        ):
            self._reasoned.append(more)
            events += self._speech.thought(more)
            brought = True
        content = content_of(delta.get("content")) or content_of(choice.get("text"))
        refusal = content_of(delta.get("refusal"))
        if content:
            events += self._text(content)
        if refusal:
            self._refused = True
            events += self._text(refusal)
        events += self._message(message) if message else []
        brought = brought or len(events) > 0 or bool(content or refusal)
        self._note_calls(delta or message)
        self._note_usage(choice.get("usage") or delta.get("usage"))
        holders = [each for each in (choice, delta, message) if each.keys() & citing.KEYS]
        if not holders and isinstance(delta.get("content") or message.get("content"), list):
            holders = [delta, message]
        if holders:
            events += self._cited(holders)
        self._note_finish(clean(choice.get("finish_reason")), brought=brought)
        return events

    def _message(self, message: Mapping[str, Any]) -> list[Event]:
        """Return what a whole message has beyond the deltas."""
        if refusal := content_of(message.get("refusal")):
            self._refused = True
        whole = content_of(message.get("content")) or refusal
        more = wire.missing("".join(self._given), whole) if len(whole) > self._length else ""
        return self._text(more) if more else []  # else it says what the deltas have said

    def _note_calls(self, delta: Mapping[str, Any]) -> None:
        calls = wire.mappings(delta.get("tool_calls"))
        functions = [wire.mapping(call.get("function")) or call for call in calls]
        functions += wire.mappings([delta.get("function_call")])
        for function in functions:
            self._called = self._called or clean(function.get("name")) or " "

    def _note_finish(self, reason: str, *, brought: bool) -> None:
        """Take note of a chunk's finish reason, and of whether the chunk brought anything."""
        if brought and self._finish is not None:
            self._finish, self._contradicted = None, True
        if reason and reason.strip().lower() not in _NO_REASON:
            self._finish = reason
            self._alone = self._speech.spoke and not brought

    def _text(self, content: str) -> list[Event]:
        self._given.append(content)
        # In the whole text, the second half of a split surrogate pair is not a separate character.
        self._length += len(content) - ("\udc00" <= content[:1] <= "\udfff")
        return self._speech.text(content)

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

    def _executed(self, tool: Mapping[str, Any]) -> list[Event]:
        """Return the events of a tool that Groq has run: a search, if it is one."""
        found = wire.mappings(wire.mapping(tool.get("search_results")).get("results"))
        try:
            arguments = wire.mapping(json.loads(clean(tool.get("arguments"))))
        except (ValueError, RecursionError):
            arguments = {}
        queries = wire.texts([arguments.get("query")])
        if not queries or (queries in self._searches and not found):
            return []
        events: list[Event] = [] if queries in self._searches else [Searching(queries)]
        self._searches.add(queries)
        if found:
            placed = self._placed([citing.entry(each) for each in found], queries)
            events.append(SourcesFound(placed, queries))
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

    def _used(self) -> list[Event]:
        return [UsageReported(usage_of(self._usage))] if self._usage else []

    def _finished(self, finish: str) -> list[Event]:
        if wire.word(finish) == "error":  # OpenRouter, if the error itself did not come
            return [Failed(http_errors.reported(None, host=self._host))]
        reason: str | None
        if not wire.completes(finish):
            reason = wire.reason_of(finish) or wire.ended_as(finish)
        elif self._refused:
            reason = wire.REFUSED
        elif self._speech.spoke:
            reason = None
        else:
            reason = wire.TO_A_TOOL if self._called else wire.NO_TEXT
        if reason == wire.TO_A_TOOL and self._called.strip():
            reason = wire.to_a_tool(self._called)
        status: Literal["complete", "incomplete"] = "incomplete" if reason else "complete"
        return [Finished(status, reason, self._model)]
