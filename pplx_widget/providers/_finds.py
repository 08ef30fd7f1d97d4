"""What the Agent API's tools find: sources in one space of numbers, images, and the steps to them.

The service tells of a tool's work in events of the stream, in an item, and again at the end. A step is
taken from the events, or from the item if there are none: an answer as JSON has items alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..core.events import (
    Event,
    Fetching,
    Image,
    ImagesFound,
    PagesFetched,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
)
from ..core.text import clean, shortened
from . import _citing as citing
from . import _wire as wire

TOLD: Final = re.compile(r"response\.reasoning\.(\w+)_(queries|results)")
"""The type of an event by which a tool begins, or by which it is over."""

ITEMS: Final = {
    "search_results": "search",
    "people_search_results": "people_search",
    "finance_results": "finance_search",
    "fetch_url_results": "fetch_url",
    "image_search_results": "image_search",
    "image_results": "image_search",
}
"""The types of the items with results, and the names of their tools in events."""

# A fetched page may come whole.
_LONGEST_EXTRACT: Final = 4000

_Queries = tuple[str, ...]


class Finds:
    """Turns what tools report into events, once each."""

    def __init__(self) -> None:
        self.numbers = citing.Numbers()
        self._queries: dict[str, _Queries] = {}  # call id → the queries of that search
        self._told: set[str] = set()  # tools that the stream itself told of
        self._asked: set[tuple[str, _Queries]] = set()  # steps, by their look and their queries
        self._pages: set[str] = set()
        self._images: set[str] = set()

    def told(self, tool: str, begins: bool, data: Mapping[str, Any]) -> list[Event]:  # noqa: FBT001
        """Return the events for an event of the stream about a tool."""
        self._told.add(tool)
        queries = _queries(data)
        if tool == "fetch_url":
            if begins:
                return [Fetching(wire.texts(data.get("urls")))]
            return [self._fetched(wire.mappings(data.get("contents")))]
        if tool == "image_search":
            if begins:
                return [SearchingImages(queries)]
            return self._images_of(data)
        call = clean(data.get("call_id"))
        if begins:
            self._queries[call] = queries
            self._asked.add(("search", queries))
            return [Searching(queries)]
        queries = self._queries.get(call, ())
        return [self._sources(data.get("results"), queries)]

    def item(self, kind: str, item: Mapping[str, Any]) -> list[Event]:
        """Return the events for an item with results, of which events may have told already."""
        tool, queries = ITEMS[kind], _queries(item)
        if tool == "fetch_url":
            pages = [p for p in wire.mappings(item.get("contents")) if _url(p) not in self._pages]
            fetched = self._fetched(pages)
            return [Fetching(fetched.urls), fetched] if fetched.urls else []
        if tool == "image_search":
            step = self._step("images", tool, queries)
            new = any(image.url not in self._images for image in _images(item))
            return [*step, *self._images_of(item)] if step or new else []
        found = self._sources(item.get("results"), queries)
        step = self._step("search", tool, queries) if queries else []
        return [*step, found] if step or found.sources else []

    def _step(self, look: str, tool: str, queries: _Queries) -> list[Event]:
        """Return the event that begins a step, unless one has told of it."""
        if tool in self._told or (look, queries) in self._asked:
            return []
        self._asked.add((look, queries))
        return [SearchingImages(queries) if look == "images" else Searching(queries)]

    # ---- pages and images -----------------------------------------------------------------------

    def _fetched(self, pages: list[Mapping[str, Any]]) -> PagesFetched:
        """Return the pages, and as sources those that nothing else has found."""
        urls = tuple(filter(None, map(_url, pages)))
        self._pages.update(urls)
        sources: list[Source] = []
        for page in pages:
            snippet = shortened(clean(page.get("snippet")), _LONGEST_EXTRACT)
            named = {**page, "snippet": snippet}
            id_ = wire.place(page.get("id"))
            if id_ is None:
                sources += self.numbers.invent(named, (), first=0)
            elif one := wire.source(id_, named):
                sources += [one, *self.numbers.know(one)]
        return PagesFetched(urls, tuple(sources))

    def _images_of(self, data: Mapping[str, Any]) -> list[Event]:
        """Return the images, and their pages as sources if the service numbers them."""
        images = _images(data)
        self._images.update(image.url for image in images)
        pages = [
            {**each, "url": each.get("origin_url") or each.get("url") or each.get("image_url")}
            for each in wire.mappings(_listed(data))
            if "id" in each
        ]
        found = self._sources(pages, ())
        return [ImagesFound(images), *([found] if found.sources else [])]

    # ---- sources --------------------------------------------------------------------------------

    def _sources(self, results: Any, queries: _Queries) -> SourcesFound:
        found: list[Source] = []
        moved: dict[str, Source] = {}  # at last; it may move several times
        for result in wire.mappings(results):
            for named in _named(result):
                id_ = wire.place(result.get("id"))
                if "id" not in result:
                    found += self.numbers.invent(named, queries)
                elif id_ is not None and (
                    # Results about a company's figures may have no address.
                    one := wire.source(id_, named, queries, bare=bool(clean(named.get("title"))))
                ):
                    found.append(one)
                    moved |= {other.url: other for other in self.numbers.know(one)}
        return SourcesFound((*found, *moved.values()), queries, replace=bool(moved))


def _named(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a result as one of a search, once for each of its addresses.

    Figures have a category and companies in place of a title, and a list of addresses.
    """
    named = citing.entry(result)
    if not clean(named.get("title")):
        companies = ", ".join(wire.texts(result.get("tickers")))
        category = clean(result.get("category")).replace("_", " ")
        named = {**named, "title": " ".join(filter(None, (companies, category)))}
    listed = result.get("sources")
    urls = [
        clean(citing.entry(each).get("url"))
        for each in (listed if isinstance(listed, list) else [])
    ]
    if clean(named.get("url")) or not any(urls):
        yield named
        return
    for url in filter(None, urls if "id" not in result else urls[:1]):
        yield {**named, "url": url}


def _queries(data: Mapping[str, Any]) -> _Queries:
    """Return the queries of a search; of one about figures, its companies and categories."""
    asked = ("queries",) if data.get("queries") else ("tickers", "categories")
    return tuple(text for name in asked for text in wire.texts(data.get(name)))


def _url(page: Mapping[str, Any]) -> str:
    return clean(page.get("url"))


def _listed(data: Mapping[str, Any]) -> Any:
    return data.get("results") or data.get("images")


def _images(data: Mapping[str, Any]) -> tuple[Image, ...]:
    return wire.images(_listed(data))
