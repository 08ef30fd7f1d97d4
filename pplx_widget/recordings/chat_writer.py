"""Writes events as chunks of chat completions."""

from __future__ import annotations

from collections.abc import Mapping
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

Chunk = dict[str, Any]

# A source's id is its place in the list of citations; the caller gives ids without gaps.
_LONGEST_LIST = 1000

_FINISH = {
    None: "stop",
    "cut off at the output limit (max_tokens)": "length",
    "withheld by a content filter": "content_filter",
}


class ChatWriter:
    """Writes the events of one answer as chunks of a stream.

    Parameters
    ----------
    id, model : str
        Their values in every chunk.
    created : int, optional
        The time in every chunk, in seconds of Unix time.
    sources : mapping of int to Source, optional
        All sources of the answer by id, if they are known before its first event. Every chunk then
        lists them.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 (its name)
        model: str = "local/replayed",
        *,
        created: int = 0,
        sources: Mapping[int, Source] | None = None,
    ) -> None:
        self._id = id
        self._model = model
        self._created = created
        self._text: list[str] = []
        self._sources = dict(sources or {})
        self._known = bool(self._sources)
        self._queries: tuple[str, ...] = ()
        self._searches = 0
        self._usage: Usage | None = None
        self._finish: str | None = None

    def write(self, event: Event) -> list[Chunk]:  # noqa: C901, PLR0912 (a case an event)
        """Return the chunks of an event; none if the format cannot express it."""
        match event:
            case Opened(model=model):
                self._model = model or self._model
                return [self._chunk(role="assistant", content="") | self._lists()]
            case Searching(queries=queries):
                self._queries = queries
                self._searches += 1
                return [self._step("web_search", {"search_keywords": [*queries]})]
            case SourcesFound(sources=sources, queries=queries, replace=newer):
                new = {s.id: s for s in reversed(sources)}
                self._sources = self._sources | new if newer else new | self._sources
                search = {
                    "search_keywords": [*(queries or self._queries)],
                    "search_results": [_result(s) for s in sources],
                }
                return [self._step("web_search", search) | self._lists()]
            case ImagesFound(images=images):
                return [self._chunk() | {"images": [*map(_image, images)]}]
            case PagesFetched(urls=urls, sources=sources):
                self._sources = {s.id: s for s in reversed(sources)} | self._sources
                contents = [{"url": url} for url in urls]
                return [self._step("fetch_url_content", {"contents": contents}) | self._lists()]
            case Thought(text=text):
                return [self._chunk(reasoning_content=f"{text}\n\n")]
            case Text(delta=delta):
                self._text.append(delta)
                return [self._chunk(content=delta)]
            case TextWithdrawn():
                self._text = []
                return [self._chunk(content="</think>")]
            case UsageReported(usage=usage):
                self._usage = usage
                return []
            case Finished(status=status, reason=reason, model=model):
                self._model = model or self._model
                if status == "stopped":  # a stream that ends without a finish reason
                    return []
                self._finish = _FINISH.get(reason, "length" if reason else "stop")
                return [self._end()]
            case Failed(error=error):
                said = " ".join(filter(None, (error.what, error.why)))
                return [{"error": {"message": said, "type": error.kind, "code": 500}}]
            case Fetching() | SearchingImages() | Noted() | Retrying() | Unknown() | Waiting():
                return []
            case _:
                assert_never(event)

    def whole(self) -> Chunk:
        """Return the answer so far as a response that is not streamed."""
        message = {"role": "assistant", "content": "".join(self._text)}
        choice = {"index": 0, "message": message, "finish_reason": self._finish}
        return self._with_lists("chat.completion", choice)

    def _end(self) -> Chunk:
        choice = {"index": 0, "delta": {}, "finish_reason": self._finish}
        return self._with_lists("chat.completion.chunk", choice)

    def _with_lists(self, kind: str, choice: Chunk) -> Chunk:
        usage = {"usage": self._used(self._usage)} if self._usage else {}
        return self._named(kind, choice) | self._lists() | usage

    # Every chunk has a choice: naive readers use the first one without a check.
    def _chunk(self, **delta: Any) -> Chunk:
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        citations = {"citations": self._citations()} if self._known else {}
        return self._named("chat.completion.chunk", choice) | citations

    def _step(self, kind: str, content: Chunk) -> Chunk:
        return self._chunk(reasoning_steps=[{"type": kind, kind: content}])

    def _named(self, kind: str, choice: Chunk) -> Chunk:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": self._model,
            "choices": [choice],
        }

    def _lists(self) -> Chunk:
        if not self._sources:
            return {}
        return {
            "citations": self._citations(),
            "search_results": [_result(self._sources[i]) for i in sorted(self._sources)],
        }

    def _citations(self) -> list[str]:
        placed = {i: s.url for i, s in self._sources.items() if 0 < i <= _LONGEST_LIST}
        return [placed.get(i, "") for i in range(1, max(placed, default=0) + 1)]

    def _used(self, usage: Usage) -> Chunk:
        cost = {"currency": usage.currency, "total_cost": usage.cost}
        searches = {t.name: t for t in usage.tools}.get("search_web")
        if searches and searches.cost is not None:
            cost["search_queries_cost"] = searches.cost
        return {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            "num_search_queries": searches.calls if searches else 0,
        } | ({"cost": cost} if usage.cost is not None else {})


def _result(source: Source) -> Chunk:
    dates = {"date": source.date, "last_updated": source.last_updated}
    return {
        "title": encoded(source.title),
        "url": source.url,
        "snippet": encoded(source.snippet),
    } | {name: value for name, value in dates.items() if value}


def _image(image: Image) -> Chunk:
    fields = {"title": encoded(image.title), "width": image.width, "height": image.height}
    return {"image_url": image.url, "origin_url": image.origin} | {
        name: value for name, value in fields.items() if value
    }
