"""Writes events as payloads of the Agent API.

This serves answers without known payloads (a saved notebook, a provider object), and recordings of the
other API format. Reading the payloads gives the events again.
"""

from __future__ import annotations

from typing import Any, assert_never

from ..core.entities import encoded
from ..core.events import (
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

Payload = dict[str, Any]

_MESSAGE = "msg_1"

# The reader's reasons → the service's codes.
_REASONS = {
    "cut off at the output limit (max_tokens)": "max_output_tokens",
    "withheld by a content filter": "content_filter",
    "out of steps (max_steps)": "max_steps",
}


class AgentWriter:
    """Writes the events of one answer as payloads.

    Parameters
    ----------
    model : str, optional
        The name of the model until an event names it.
    """

    def __init__(self, model: str = "") -> None:
        self._model = model
        self._sequence = 0
        self._text: list[str] = []
        self._sources: dict[int, Source] = {}
        self._calls = 0
        self._usage: Usage | None = None

    def write(self, event: Event) -> list[Payload]:  # noqa: C901, PLR0912 (a case an event)
        """Return the payloads of an event; none if the format cannot express it."""
        match event:
            case Opened(model=model):
                self._model = model or self._model
                return [self._payload("response.created", response=self._response("in_progress"))]
            case Searching(queries=queries):
                self._calls += 1
                return [self._reasoning("search_queries", queries=[*queries])]
            case SourcesFound(sources=sources, replace=newer):
                new = {s.id: s for s in reversed(sources)}
                self._sources = self._sources | new if newer else new | self._sources
                return [self._reasoning("search_results", results=[_result(s) for s in sources])]
            case SearchingImages(queries=queries):
                self._calls += 1
                return [self._reasoning("image_search_queries", queries=[*queries])]
            case ImagesFound(images=images):
                return [self._reasoning("image_search_results", results=[*map(_image, images)])]
            case Fetching(urls=urls):
                return [self._reasoning("fetch_url_queries", urls=[*urls])]
            case PagesFetched(urls=urls, sources=sources):
                self._sources |= {s.id: s for s in sources}
                by_url = {s.url: _result(s) for s in self._sources.values()}
                contents = [by_url.get(url) or _page(url) for url in urls]
                return [self._reasoning("fetch_url_results", contents=contents)]
            case Thought(text=text):
                return [self._payload("response.reasoning.started", thought=text)]
            case Text(delta=delta):
                self._text.append(delta)
                return [self._part("delta", delta=delta)]
            case TextWithdrawn():
                # This format cannot withdraw deltas; the whole text is sent without them.
                self._text = []
                return []
            case UsageReported(usage=usage):
                self._usage = usage
                return []
            case Finished():
                return [*self._closed(), self._end(event)]
            case Failed(error=error):
                said = {"message": " ".join(filter(None, (error.what, error.why)))}
                response = self._response("failed") | {"error": said | {"type": error.kind}}
                return [self._payload("response.failed", response=response)]
            case Retrying() | Waiting() | Noted() | Unknown():
                return []
            case _:
                assert_never(event)

    def _closed(self) -> list[Payload]:
        if not self._text:
            return []
        item = self._message()
        return [
            self._part("done", text="".join(self._text)),
            self._payload("response.output_item.done", output_index=0, item=item),
        ]

    def _end(self, end: Finished) -> Payload:
        self._model = end.model or self._model
        match end.status:
            case "complete":
                return self._payload("response.completed", response=self._response("completed"))
            case "incomplete":
                reason = _REASONS.get(end.reason or "", end.reason)
                response = self._response("incomplete") | {"incomplete_details": {"reason": reason}}
                return self._payload("response.incomplete", response=response)
            case "stopped":
                return self._payload("response.cancelled", response=self._response("cancelled"))

    def _payload(self, kind: str, **fields: Any) -> Payload:
        self._sequence += 1
        return {"type": kind, "sequence_number": self._sequence, **fields}

    def _reasoning(self, kind: str, **fields: Any) -> Payload:
        return self._payload(f"response.reasoning.{kind}", call_id=f"call_{self._calls}", **fields)

    def _part(self, kind: str, **fields: Any) -> Payload:
        place = {"item_id": _MESSAGE, "output_index": 0, "content_index": 0}
        return self._payload(f"response.output_text.{kind}", **place, **fields)

    def _message(self) -> Payload:
        text = {"type": "output_text", "text": "".join(self._text), "annotations": []}
        return {
            "type": "message",
            "id": _MESSAGE,
            "role": "assistant",
            "status": "completed",
            "content": [text],
        }

    def _response(self, status: str) -> Payload:
        over = status != "in_progress"
        results = [_result(source) for source in self._sources.values()]
        output: list[Payload] = [{"type": "search_results", "results": results}] if results else []
        output += [self._message()] if self._text else []
        return {
            "id": "resp_replayed",
            "object": "response",
            "created_at": 0,
            "model": self._model,
            "status": status,
            "output": output if over else [],
            "usage": _usage(self._usage) if over and self._usage else None,
            "error": None,
        }


def _result(source: Source) -> Payload:
    result = {
        "id": source.id,
        "title": encoded(source.title),
        "url": source.url,
        "snippet": encoded(source.snippet),
    }
    dates = {"date": source.date, "last_updated": source.last_updated}
    return result | {"source": "web"} | {name: v for name, v in dates.items() if v}


def _image(image: Image) -> Payload:
    size = {"width": image.width, "height": image.height}
    return {
        "image_url": image.url,
        "origin_url": image.origin,
        "title": encoded(image.title),
    } | {name: pixels for name, pixels in size.items() if pixels}


def _page(url: str) -> Payload:
    return {"title": "", "url": url, "snippet": ""}


def _usage(usage: Usage) -> Payload:
    tools = usage.tools
    cost = {
        "currency": usage.currency,
        "total_cost": usage.cost,
        "tool_calls_cost_details": {t.name: t.cost for t in tools if t.cost is not None},
    }
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "tool_calls_details": {t.name: {"invocation": t.calls} for t in tools},
    } | ({"cost": cost} if usage.cost is not None else {})
