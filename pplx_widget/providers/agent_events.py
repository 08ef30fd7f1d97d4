"""Reads the Agent API's stream: wire payloads in, events out.

The format is that of OpenAI's Responses API with Perplexity's additions, which other servers of the
format do not have. Formats as recorded and documented in autumn 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..core import http_errors
from ..core.events import (
    Event,
    Failed,
    Fetching,
    Finished,
    Opened,
    PagesFetched,
    Searching,
    SourcesFound,
    TextWithdrawn,
    Thought,
    UsageReported,
)
from ..core.text import clean
from . import _citing as citing
from . import _wire as wire
from ._finds import ITEMS, TOLD, Finds
from ._reasoning import reasoning_in
from ._usage import usage_of
from .thoughts import Speech

CANCELLED = "cancelled by the service"
"""The reason of an answer that the service stopped."""

STORED = "pplx.stored"
"""The type of our own payload for a whole response that is fetched after its stream was cut."""

# Events that say nothing that another one does not say.
_QUIET = frozenset(
    {
        "response.queued",
        "response.in_progress",
        "response.keepalive",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_part.done",
        "response.reasoning_part.added",
        "response.reasoning_part.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.web_search_call.in_progress",
        "response.web_search_call.searching",
        "response.web_search_call.completed",
    }
)
_QUIET_ITEMS = frozenset({"function_call_output", "mcp_list_tools"})

# Items by which a model asks for something that only the asker can do.
_CALLS = frozenset(
    {
        *("function_call", "custom_tool_call", "mcp_approval_request", "computer_call"),
        *("local_shell_call", "shell_call", "apply_patch_call", "tool_call"),
    }
)
_ENDS = frozenset(
    f"response.{end}"
    for end in ("completed", "incomplete", "failed", "cancelled", "requires_action", "done")
)

_TOOLS = frozenset(ITEMS.values())

_Place = tuple[str, int]


class AgentReader:
    """Turns payloads into events, once each.

    The service says most things several times: sources in an event, an item and the end; text in
    deltas, at the close of its part, and at the end. Missing text is taken from the later places,
    and no text is emitted twice. Unknown payloads become `Unknown`; malformed ones are ignored.

    Parameters
    ----------
    host : str
        The host that was asked, for messages.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._id: str | None = None
        self._parts: dict[_Place, list[str]] = {}  # (item, part) → text given so far
        self._done: set[_Place] = set()  # parts whose whole text has been given
        self._speech = Speech()
        self._reasoned: dict[_Place, list[str]] = {}
        self._finds = Finds()
        self._seen_items: set[str] = set()
        self._call = ""  # the name of a tool that the model waits for
        self._refused = False
        self.ended = False

    @property
    def closing(self) -> bool:
        """Whether only usage is still to come: here it comes with the end."""
        return self.ended

    def end(self, *, whole: bool) -> list[Event]:  # noqa: ARG002 (the terminal event alone is an end)
        """Return the events that were held back: the last words."""
        return [] if self.ended else self._speech.finish()

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
                part = _part(data)
                if not isinstance(delta, str) or not delta or part in self._done:
                    return []
                return self._text(part, delta)
            case "response.output_text.done":
                events = self._rest(_part(data), data.get("text"))
                events += self._annotated(_part(data), data.get("annotations"))
                if data.get("item_id"):  # without a name it may be another part that follows
                    self._done.add(_part(data))
                return events
            case "response.refusal.done":
                self._refused = True
                return self._rest(_part(data), data.get("refusal"))
            case "response.content_part.done":
                return self._content(_part(data), wire.mapping(data.get("part")))
            case "response.output_text.annotation.added" | "response.output_text_annotation.added":
                return self._annotated(_part(data), [data.get("annotation")])
            case "response.created":
                response = wire.mapping(data.get("response"))
                # Here the model is only the preset's name; the resolved one comes at the end.
                self._id = clean(response.get("id")) or self._id
                created = wire.moment(response.get("created_at"))
                return [Opened(response_id=self._id, created=created)]
            case "response.reasoning.started" | "response.reasoning.stopped":
                thought = clean(data.get("thought"))
                return [Thought(thought)] if thought else []
            case "response.output_item.done":
                return self._item(wire.mapping(data.get("item")), data.get("output_index"))
            case "pplx.stored":
                return self._stored(wire.mapping(data.get("response")))
            case str() if kind in _ENDS:
                return self._end(kind.removeprefix("response."), data)
            case str() if kind.startswith("response.reasoning") and kind.endswith(".delta"):
                return self._reasoning(_thought(data), data.get("delta"), more=True)
            case str() if kind.startswith("response.reasoning") and kind.endswith(".done"):
                whole = data.get("text") or wire.mapping(data.get("part")).get("text")
                return [*self._reasoning(_thought(data), whole), *self._speech.pause()]
            case str() if kind in _QUIET or kind in wire.KEEPALIVES:
                return []
            case str() if (told := TOLD.fullmatch(kind)) and _is_tool(told[1]):
                return self._finds.told(told[1], told[2] == "queries", data)
            case _ if (error := wire.error_in(data)) is not None:
                self.ended = True
                failed = Failed(http_errors.reported(error, host=self._host))
                return [*self._speech.finish(), failed]
            case _:
                return [wire.unknown(kind, data)] if data else []

    # ---- text and reasoning ---------------------------------------------------------------------

    def _text(self, place: _Place, delta: str) -> list[Event]:
        # A further message begins a paragraph of its own.
        self._call = ""
        if (known := self._parts.get(place)) is not None:
            known.append(delta)
            return self._speech.text(delta)
        apart = any(item != place[0] for item, _ in self._parts)
        self._parts[place] = [delta]
        return [*(self._speech.text("\n\n") if apart else ()), *self._speech.text(delta)]

    def _rest(self, place: _Place, whole: Any) -> list[Event]:
        """Give what a part's whole text has beyond its deltas; a text that differs is left alone."""
        if not isinstance(whole, str) or not whole:
            return []
        if place not in self._parts:
            # Servers that name or count their items otherwise at the end are not believed twice.
            known = {"".join(part) for part in self._parts.values()}
            return [] if whole in known else self._text(place, whole)
        more = wire.missing("".join(self._parts[place]), whole)
        return self._text(place, more) if more else []

    def _content(self, place: _Place, part: Mapping[str, Any]) -> list[Event]:
        """Return the rest of a whole part of a message after its deltas."""
        if part.get("type") == "reasoning_text":
            return self._reasoning(place, part.get("text"))
        self._refused |= part.get("type") == "refusal"
        events = self._rest(place, part.get("text") or part.get("refusal"))
        return [*events, *self._annotated(place, part.get("annotations"))]

    def _reasoning(self, place: _Place, said: Any, *, more: bool = False) -> list[Event]:
        """Return what a piece of reasoning adds, or a whole one that may have come in pieces."""
        if not isinstance(said, str) or not said:
            return []
        known = self._reasoned.get(place)
        if not more:
            if known is None and said in map("".join, self._reasoned.values()):
                return []
            said = wire.missing("".join(known or ()), said)
        paused = [] if known or not self._reasoned else self._speech.pause()
        self._reasoned.setdefault(place, []).append(said)
        return [*paused, *self._speech.thought(said)]

    # ---- items ----------------------------------------------------------------------------------

    def _item(self, item: Mapping[str, Any], index: Any) -> list[Event]:
        match item.get("type"):
            case str() as kind if kind in ITEMS:
                return self._finds.item(kind, item)
            case "message":
                events: list[Event] = []
                for number, part in enumerate(wire.mappings(item.get("content"))):
                    events += self._content(_place(item.get("id"), index, number), part)
                return events
            case "reasoning":
                return self._reasoning_item(item, index)
            case str() as kind if kind.endswith("search_call"):
                return [] if self._seen(kind, item, index) else self._search(item)
            case str() as kind if kind in _CALLS:
                if not self._seen(kind, item, index):
                    self._call = clean(item.get("name")) or kind
                return []
            case "function_call_output":
                self._call = ""
                return []
            case str() as kind if kind not in _QUIET_ITEMS:
                # It comes again at the end.
                return [] if self._seen(kind, item, index) else [wire.unknown(kind, item)]
            case _:
                return []

    def _seen(self, kind: str, item: Mapping[str, Any], index: Any) -> bool:
        """Return whether an item has come already, and take note of it."""
        name = f"{kind} {clean(item.get('id')) or clean(item.get('call_id')) or index}"
        seen = name in self._seen_items
        self._seen_items.add(name)
        return seen

    def _reasoning_item(self, item: Mapping[str, Any], index: Any) -> list[Event]:
        """Return the reasoning of an item, of which events may have told already."""
        events: list[Event] = []
        for name in ("summary", "content"):
            parts = item.get(name)
            for number, part in enumerate(parts if isinstance(parts, list) else [parts]):
                id_, _ = _place(item.get("id"), index, number)
                text = part if isinstance(part, str) else reasoning_in({"thinking": part})
                place = (f"{id_} {name}", number)
                events += [*self._reasoning(place, text), *self._speech.pause()]
        return events

    def _search(self, item: Mapping[str, Any]) -> list[Event]:
        """Return the steps of a search of OpenAI's or xAI's, or of a page that it has opened."""
        action = wire.mapping(item.get("action")) or item
        listed = action.get("sources") or item.get("results")
        found = [citing.entry(each) for each in listed] if isinstance(listed, list) else []
        queries = wire.texts(action.get("queries")) or wire.texts([action.get("query")])
        if url := clean(action.get("url")):
            return [Fetching((url,)), PagesFetched((url,))]
        events: list[Event] = [Searching(queries)] if queries else []
        sources = tuple(s for each in found for s in self._finds.numbers.add(each, queries))
        if found:
            events.append(SourcesFound(sources, queries))
        return events

    # ---- sources --------------------------------------------------------------------------------

    def _annotated(self, place: _Place, values: Any) -> list[Event]:
        def text() -> str:
            return "".join(self._parts.get(place, ()))

        found = (self._finds.numbers.cite(each, text) for each in citing.citing(values))
        return [SourcesFound(each, replace=True) for each in found if each]

    # ---- the end --------------------------------------------------------------------------------

    def _end(self, kind: str, data: Mapping[str, Any]) -> list[Event]:
        response = wire.mapping(data.get("response"))
        events: list[Event] = []
        if (id_ := clean(response.get("id"))) and self._id is None:
            events.append(Opened(response_id=id_))
        for index, item in enumerate(wire.mappings(response.get("output"))):
            events += self._item(item, index)
        cited = response.get("citations")  # xAI
        for each in cited if isinstance(cited, list) else []:
            if found := self._finds.numbers.add(citing.entry(each)):
                events.append(SourcesFound(found))
        events += self._speech.finish()
        if usage := wire.mapping(response.get("usage")):
            events.append(UsageReported(usage_of(usage)))
        self.ended = True
        # The response's own status counts: it may differ from the event's name.
        status = clean(response.get("status")).strip().lower() or kind
        if status == "failed" or (status != "cancelled" and response.get("error")):
            error = response.get("error") or data.get("error")
            return [*events, Failed(http_errors.reported({"error": error}, host=self._host))]
        outcome, reason = self._outcome(status, response)
        return [*events, Finished(outcome, reason, clean(response.get("model")) or None)]

    def _stored(self, response: Mapping[str, Any]) -> list[Event]:
        """Return what a whole response has beyond the part of its stream that came before a cut."""
        whole = AgentReader(self._host)
        events = whole.read({"type": "response.done", "response": response})
        given, texts = (["".join(p) for p in each._parts.values()] for each in (self, whole))  # noqa: SLF001
        last = len(given) - 1
        fits = last < len(texts) and all(
            text.startswith(part) and (place == last or text == part)
            for place, (part, text) in enumerate(zip(given, texts, strict=False))
        )
        if texts and not fits:
            self.ended = True
            return [TextWithdrawn(), *(e for e in events if not isinstance(e, Thought))]
        if texts:
            # The stored response may name its items in another way than the stream did.
            self._parts = dict(zip(whole._parts, self._parts.values(), strict=False))
        return self._end("done", {"response": response})

    def _outcome(
        self, status: str, response: Mapping[str, Any]
    ) -> tuple[Literal["complete", "incomplete", "stopped"], str | None]:
        if status == "cancelled":
            return "stopped", CANCELLED
        if status == "incomplete":
            return "incomplete", _why_incomplete(response.get("incomplete_details"))
        if status not in ("completed", "done"):
            call = f" to call {self._call!r}" if self._call else ""
            return "incomplete", wire.ended_as(status) + call
        if self._refused:
            return "incomplete", wire.REFUSED
        if self._call:
            return "incomplete", wire.to_a_tool(self._call)
        return ("complete", None) if self._speech.spoke else ("incomplete", wire.NO_TEXT)


def _why_incomplete(details: Any) -> str | None:
    """Return the reason of an incomplete response; None if the service names none."""
    code = clean(wire.mapping(details).get("reason"))
    if wire.word(code) == "max_steps":
        return "out of steps (max_steps)"
    return wire.reason_of(code) or (wire.ended_as(code) if code.strip() else None)


def _is_tool(name: str) -> bool:
    return name in _TOOLS or name.endswith("search")


def _part(data: Mapping[str, Any]) -> _Place:
    """Return the name of the part of an item that an event speaks of."""
    return _place(data.get("item_id"), data.get("output_index"), data.get("content_index"))


def _thought(data: Mapping[str, Any]) -> _Place:
    """Return the name of the part of a reasoning item that an event speaks of."""
    summary = "summary_text" in clean(data.get("type")) or "summary_index" in data
    name, index = ("summary", "summary_index") if summary else ("content", "content_index")
    id_, number = _place(data.get("item_id"), data.get("output_index"), data.get(index))
    return f"{id_} {name}", number


def _place(item_id: Any, item_index: Any, part: Any) -> _Place:
    """Return the name of a part of an item: by the item's id, or its index if it has none."""
    return clean(item_id) or str(item_index), part if isinstance(part, int) else 0
