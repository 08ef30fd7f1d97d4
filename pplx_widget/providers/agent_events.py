"""Reads the Agent API's stream: wire payloads in, events out.

Knows the shape (the Responses API's, with Perplexity's additions) and no transport: whoever has the
payloads, as the SDK's objects turned into mappings or as parsed JSON, reads them with this.
Shapes as recorded in September and October 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from .. import errors
from .._text import clean
from ..events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Opened,
    PagesFetched,
    Searching,
    Source,
    SourcesFound,
    Text,
    Thought,
    Usage,
    UsageReported,
    site_of,
)

_REASONS = {
    "max_output_tokens": "cut off at the output limit (max_tokens)",
    "content_filter": "withheld by a content filter",
    "max_steps": "out of steps (max_steps)",
}


class AgentReader:
    """Turns payloads into events, once each.

    The service says most things several times: sources in an event, an item and the end; text in
    deltas, at the close of its part, and at the end. What is missing is taken from the later places
    and nothing is given twice. Whatever is unknown or malformed is passed over.

    Parameters
    ----------
    host : str
        Who was asked, for messages.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._queries: dict[str, tuple[str, ...]] = {}  # call id → the queries of that search
        self._parts: dict[tuple[str, int], list[str]] = {}  # (item, part) → text given so far
        self._refused = False
        self.ended = False

    def read(self, payload: Any) -> list[Event]:  # noqa: C901, PLR0912 (a case a type)
        """Return the events that a payload stands for; none after the end."""
        data = _mapping(payload)
        if self.ended:
            return []
        kind = data.get("type")
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                self._refused |= kind == "response.refusal.delta"
                delta = data.get("delta")
                return self._text(_part(data), delta) if isinstance(delta, str) and delta else []
            case "response.output_text.done":
                return self._rest(_part(data), data.get("text"))
            case "response.refusal.done":
                self._refused = True
                return self._rest(_part(data), data.get("refusal"))
            case "response.created":
                response = _mapping(data.get("response"))
                # Here the model is only the preset's name; the resolved one comes at the end.
                return [Opened(response_id=clean(response.get("id")) or None)]
            case "response.reasoning.search_queries":
                queries = _texts(data.get("queries"))
                self._queries[clean(data.get("call_id"))] = queries
                return [Searching(queries)]
            case "response.reasoning.search_results":
                queries = self._queries.get(clean(data.get("call_id")), ())
                return [SourcesFound(_sources(data.get("results"), queries), queries)]
            case "response.reasoning.fetch_url_queries":
                return [Fetching(_texts(data.get("urls")))]
            case "response.reasoning.fetch_url_results":
                return [PagesFetched(_texts(p.get("url") for p in _mappings(data.get("contents"))))]
            case "response.reasoning.started" | "response.reasoning.stopped":
                thought = clean(data.get("thought"))
                return [Thought(thought)] if thought else []
            case "response.output_item.done":
                return self._item(_mapping(data.get("item")), data.get("output_index"))
            case (
                "response.completed"
                | "response.incomplete"
                | "response.failed"
                | "response.cancelled"
            ):
                return self._end(kind.removeprefix("response."), data)
            case "error":
                self.ended = True
                return [Failed(failure(data.get("error") or data, self._host))]
            case _:
                return []

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
        given = "".join(self._parts[place])
        more = len(whole) > len(given) and whole.startswith(given)
        return self._text(place, whole[len(given) :]) if more else []

    def _item(self, item: Mapping[str, Any], index: Any) -> list[Event]:
        match item.get("type"):
            case "search_results":
                queries = _texts(item.get("queries"))
                found = _sources(item.get("results"), queries)
                return [SourcesFound(found, queries)] if found else []
            case "message":
                events: list[Event] = []
                for number, part in enumerate(_mappings(item.get("content"))):
                    self._refused |= part.get("type") == "refusal"
                    whole = part.get("text", part.get("refusal"))
                    events += self._rest(_place(item.get("id"), index, number), whole)
                return events
            case _:
                return []

    def _end(self, kind: str, data: Mapping[str, Any]) -> list[Event]:
        response = _mapping(data.get("response"))
        events: list[Event] = []
        for index, item in enumerate(_mappings(response.get("output"))):
            events += self._item(item, index)
        usage = _mapping(response.get("usage"))
        if usage:
            events.append(UsageReported(_usage(usage)))
        self.ended = True
        # A run may end otherwise than its event's name says: the response's own status counts.
        status = clean(response.get("status")) or kind
        if status == "failed" or (status != "cancelled" and response.get("error")):
            error = response.get("error") or data.get("error")
            return [*events, Failed(failure(error, self._host))]
        outcome: Literal["complete", "incomplete", "stopped"]
        reason: str | None = None
        if status == "cancelled":
            outcome, reason = "stopped", "cancelled by the service"
        elif status == "incomplete":
            code = clean(_mapping(response.get("incomplete_details")).get("reason"))
            outcome, reason = "incomplete", _REASONS.get(code, code.replace("_", " ") or None)
        elif self._refused:
            outcome, reason = "incomplete", "refused"
        else:
            outcome = "complete"
        return [*events, Finished(outcome, reason, clean(response.get("model")) or None)]


def failure(error: Any, host: str) -> errors.PplxError:
    """Return the error for an error object inside a stream that began well (HTTP 200)."""
    said = _mapping(error)
    code = said.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500  # noqa: PLR2004
    if status != 500:  # noqa: PLR2004
        return errors.from_response(status, {}, {"error": said}, host=host)
    message = clean(said.get("message"))
    return errors.ServiceFailed(
        "The service reported that the answer failed.",
        message[:280],
        "Usually this passes: try again in a moment.",
    )


def _sources(results: Any, queries: tuple[str, ...]) -> tuple[Source, ...]:
    found = []
    for result in _mappings(results):
        id_, url = result.get("id"), clean(result.get("url"))
        if isinstance(id_, str) and id_.isdecimal():
            id_ = int(id_)
        if not isinstance(id_, int) or isinstance(id_, bool) or not url:
            continue
        site = site_of(url)
        found.append(
            Source(
                id=id_,
                title=" ".join(clean(result.get("title")).split()) or site or url,
                url=url,
                site=site,
                date=clean(result.get("date")) or None,
                last_updated=clean(result.get("last_updated")) or None,
                snippet=clean(result.get("snippet")),
                query=" · ".join(queries) or None,
            )
        )
    return tuple(found)


def _usage(usage: Mapping[str, Any]) -> Usage:
    cost = _mapping(usage.get("cost"))
    total = cost.get("total_cost")
    given, made = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    return Usage(
        input_tokens=given,
        output_tokens=made,
        total_tokens=_count(usage.get("total_tokens")) or given + made,
        cost=float(total) if isinstance(total, int | float) else None,
        currency=clean(cost.get("currency")) or "USD",
        reasoning_tokens=_count(
            _mapping(usage.get("output_tokens_details")).get("reasoning_tokens")
        ),
    )


def _part(data: Mapping[str, Any]) -> tuple[str, int]:
    """Return the name of the part of an item that an event speaks of."""
    return _place(data.get("item_id"), data.get("output_index"), data.get("content_index"))


def _place(item_id: Any, item_index: Any, part: Any) -> tuple[str, int]:
    """Return the name of a part of an item: by the item's id, or its index where it has none."""
    return clean(item_id) or str(item_index), part if isinstance(part, int) else 0


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(values: Any) -> list[Mapping[str, Any]]:
    return [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []


def _texts(values: Any) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        return ()
    return tuple(text for text in map(clean, values) if text)
