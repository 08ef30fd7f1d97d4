"""Reads the Agent API's stream: wire payloads in, events out.

Knows the shape (the Responses API's, with Perplexity's additions) and no transport: whoever has the
payloads, as the SDK's objects turned into mappings or as parsed JSON, reads them with this.
Shapes as recorded in September and October 2026.
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

CANCELLED = "cancelled by the service"
"""The reason of an answer that the service stopped."""

# What has nothing to say that something else does not.
_QUIET = frozenset(
    {
        "response.queued",
        "response.in_progress",
        "response.keepalive",
        "response.output_item.added",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.annotation.added",
        "response.reasoning.image_search_queries",
        # Other servers of this shape; the whole comes with what they end in.
        "response.reasoning_text.delta",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_part.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
    }
)
_QUIET_ITEMS = frozenset(
    {"function_call", "function_call_output", "fetch_url_results", "reasoning"}
)


class AgentReader:
    """Turns payloads into events, once each.

    The service says most things several times: sources in an event, an item and the end; text in
    deltas, at the close of its part, and at the end. What is missing is taken from the later places
    and nothing is given twice. What is unknown becomes `Unknown`; what is malformed is passed over.

    Parameters
    ----------
    host : str
        Who was asked, for messages.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._queries: dict[str, tuple[str, ...]] = {}  # call id → the queries of that search
        self._parts: dict[tuple[str, int], list[str]] = {}  # (item, part) → text given so far
        self._done: set[tuple[str, int]] = set()  # parts whose whole text has been given
        self._pages: set[str] = set()
        self._unknown_items: set[str] = set()
        self._refused = False
        self.ended = False

    @property
    def closing(self) -> bool:
        """Whether only usage is still to come: here it comes with the end."""
        return self.ended

    def end(self, *, whole: bool) -> list[Event]:  # noqa: ARG002 (the terminal event alone is an end)
        """Return the events that were held back: there never are any."""
        return []

    def read(self, payload: Any) -> list[Event]:  # noqa: C901, PLR0912 (a case a type)
        """Return the events that a payload stands for; none after the end."""
        data = wire.mapping(payload)
        if self.ended:
            return []
        kind = data.get("type")
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                self._refused |= kind == "response.refusal.delta"
                delta = data.get("delta")
                if not isinstance(delta, str) or not delta or _part(data) in self._done:
                    return []
                return self._text(_part(data), delta)
            case "response.output_text.done":
                events = self._rest(_part(data), data.get("text"))
                if data.get("item_id"):  # without a name it may be another part that follows
                    self._done.add(_part(data))
                return events
            case "response.refusal.done":
                self._refused = True
                return self._rest(_part(data), data.get("refusal"))
            case "response.created":
                response = wire.mapping(data.get("response"))
                # Here the model is only the preset's name; the resolved one comes at the end.
                created = wire.moment(response.get("created_at"))
                return [Opened(clean(response.get("id")) or None, created=created)]
            case "response.reasoning.search_queries":
                queries = wire.texts(data.get("queries"))
                self._queries[clean(data.get("call_id"))] = queries
                return [Searching(queries)]
            case "response.reasoning.search_results":
                queries = self._queries.get(clean(data.get("call_id")), ())
                return [SourcesFound(_sources(data.get("results"), queries), queries)]
            case "response.reasoning.fetch_url_queries":
                return [Fetching(wire.texts(data.get("urls")))]
            case "response.reasoning.fetch_url_results":
                urls = _pages(data)
                self._pages.update(urls)
                return [PagesFetched(urls)]
            case "response.reasoning.started" | "response.reasoning.stopped":
                thought = clean(data.get("thought"))
                return [Thought(thought)] if thought else []
            case "response.reasoning_summary_text.done" | "response.reasoning_text.done":
                thought = clean(data.get("text"))
                return [Thought(thought)] if thought else []
            case "response.output_item.done":
                return self._item(wire.mapping(data.get("item")), data.get("output_index"))
            case (
                "response.completed"
                | "response.incomplete"
                | "response.failed"
                | "response.cancelled"
            ):
                return self._end(kind.removeprefix("response."), data)
            case "error":
                self.ended = True
                return [Failed(wire.failure(data.get("error") or data, self._host))]
            case "response.reasoning.image_search_results":
                return _images(data.get("results") or data.get("images"))
            case _:
                known = (
                    kind in _QUIET or kind in wire.KEEPALIVES if isinstance(kind, str) else not data
                )
                return [] if known else [wire.unknown(kind, data)]

    def _text(self, place: tuple[str, int], delta: str) -> list[Event]:
        # A further message begins a paragraph of its own.
        apart = place not in self._parts and any(item != place[0] for item, _ in self._parts)
        self._parts.setdefault(place, []).append(delta)
        return [Text("\n\n"), Text(delta)] if apart else [Text(delta)]

    def _rest(self, place: tuple[str, int], whole: Any) -> list[Event]:
        """Give what a part's whole text has beyond its deltas; a text that differs is left alone."""
        if not isinstance(whole, str) or not whole:
            return []
        if place not in self._parts:
            # Servers that name or count their items otherwise at the end are not believed twice.
            known = {"".join(part) for part in self._parts.values()}
            return [] if whole in known else self._text(place, whole)
        more = wire.missing("".join(self._parts[place]), whole)
        return self._text(place, more) if more else []

    def _item(self, item: Mapping[str, Any], index: Any) -> list[Event]:
        match item.get("type"):
            case "search_results":
                queries = wire.texts(item.get("queries"))
                found = _sources(item.get("results"), queries)
                return [SourcesFound(found, queries)] if found else []
            case "message":
                events: list[Event] = []
                for number, part in enumerate(wire.mappings(item.get("content"))):
                    self._refused |= part.get("type") == "refusal"
                    whole = part.get("text") or part.get("refusal")
                    events += self._rest(_place(item.get("id"), index, number), whole)
                return events
            case "fetch_url_results":
                # Where the stream itself said nothing of it.
                urls = tuple(url for url in _pages(item) if url not in self._pages)
                self._pages.update(urls)
                return [Fetching(urls), PagesFetched(urls)] if urls else []
            case "image_search_results" | "image_results":
                return _images(item.get("results") or item.get("images"))
            case kind if isinstance(kind, str) and kind not in _QUIET_ITEMS:
                # It comes again at the end.
                name = f"{kind} {clean(item.get('id')) or index}"
                if name in self._unknown_items:
                    return []
                self._unknown_items.add(name)
                return [wire.unknown(kind, item)]
            case _:
                return []

    def _end(self, kind: str, data: Mapping[str, Any]) -> list[Event]:
        response = wire.mapping(data.get("response"))
        events: list[Event] = []
        for index, item in enumerate(wire.mappings(response.get("output"))):
            events += self._item(item, index)
        usage = wire.mapping(response.get("usage"))
        if usage:
            events.append(UsageReported(_usage(usage)))
        self.ended = True
        # A run may end otherwise than its event's name says: the response's own status counts.
        status = clean(response.get("status")).strip().lower() or kind
        if status == "failed" or (status != "cancelled" and response.get("error")):
            error = response.get("error") or data.get("error")
            return [*events, Failed(wire.failure(error, self._host))]
        outcome: Literal["complete", "incomplete", "stopped"]
        reason: str | None = None
        if status == "cancelled":
            outcome, reason = "stopped", CANCELLED
        elif status == "incomplete":
            outcome, reason = "incomplete", _why_incomplete(response.get("incomplete_details"))
        elif status != "completed":
            outcome, reason = "incomplete", wire.ended_as(status)
        elif self._refused:
            outcome, reason = "incomplete", wire.REFUSED
        else:
            outcome = "complete"
        return [*events, Finished(outcome, reason, clean(response.get("model")) or None)]


def _why_incomplete(details: Any) -> str | None:
    """Return the reason of an incomplete response; None if the service names none."""
    code = clean(wire.mapping(details).get("reason"))
    if wire.word(code) == "max_steps":
        return "out of steps (max_steps)"
    return wire.reason_of(code) or (wire.ended_as(code) if code.strip() else None)


def _pages(data: Mapping[str, Any]) -> tuple[str, ...]:
    return wire.texts(page.get("url") for page in wire.mappings(data.get("contents")))


def _images(values: Any) -> list[Event]:
    found = wire.images(values)
    return [ImagesFound(found)] if found else []


def _sources(results: Any, queries: tuple[str, ...]) -> tuple[Source, ...]:
    found = []
    for result in wire.mappings(results):
        id_ = wire.place(result.get("id"))
        if id_ is not None and (source := wire.source(id_, result, queries)):
            found.append(source)
    return tuple(found)


def _usage(usage: Mapping[str, Any]) -> Usage:
    cost = wire.mapping(usage.get("cost"))
    given, made = wire.count(usage.get("input_tokens")), wire.count(usage.get("output_tokens"))
    details = wire.mapping(usage.get("output_tokens_details"))
    return Usage(
        input_tokens=given,
        output_tokens=made,
        total_tokens=wire.count(usage.get("total_tokens")) or given + made,
        cost=wire.amount(cost.get("total_cost")),
        currency=clean(cost.get("currency")) or "USD",
        reasoning_tokens=wire.count(details.get("reasoning_tokens")),
        tools=_tools(usage.get("tool_calls_details"), cost.get("tool_calls_cost_details")),
    )


def _tools(details: Any, costs: Any) -> tuple[ToolUse, ...]:
    """Return what each tool took; its calls and its cost come in two places, or in one."""
    used, costs = wire.mapping(details), wire.mapping(costs)
    tools = []
    for name in dict.fromkeys((*used, *costs)):
        use = wire.mapping(used.get(name))
        cost = wire.amount(costs.get(name, use.get("cost_usd")))
        tools.append(ToolUse(clean(name), wire.count(use.get("invocation")), cost))
    return tuple(tools)


def _part(data: Mapping[str, Any]) -> tuple[str, int]:
    """Return the name of the part of an item that an event speaks of."""
    return _place(data.get("item_id"), data.get("output_index"), data.get("content_index"))


def _place(item_id: Any, item_index: Any, part: Any) -> tuple[str, int]:
    """Return the name of a part of an item: by the item's id, or its index where it has none."""
    return clean(item_id) or str(item_index), part if isinstance(part, int) else 0
