"""Sources that servers name beside the text: lists of citations, results of searches, annotations.

The names of the fields differ from server to server; what they hold is an address, and often a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ..core.events import Source, SourcesFound
from ..core.text import clean
from ._wire import mapping, mappings, source

_ADDRESSES: Final = ("url", "uri", "link", "href")
_TITLES: Final = ("title", "name", "document_title", "site_name", "symbol", "ticker")
_SNIPPETS: Final = ("snippet", "content", "cited_text", "description", "text", "summary")
_DATES: Final = ("date", "published_date", "publish_date", "publishedDate", "page_age")
_NESTED: Final = ("url_citation", "web", "source", "document")

_CITED: Final = ("citations", "vertex_ai_grounding_metadata", "grounding_metadata")
_RESULTS: Final = ("search_results", "web_search_results", "web_search", "references")
_INSIDE: Final = ("provider_specific_fields", "context")
KEYS: Final = frozenset((*_CITED, *_RESULTS, *_INSIDE, "annotations", "citation"))
"""Fields of a chunk, a delta or a message that may name sources."""

_MARKER = re.compile(r"\[(?:web:)?(\d{1,4})\]")

# Of an answer, the annotations whose place in the text is looked up.
_MOST_LOOKED_UP: Final = 300


def entry(value: Any) -> Mapping[str, Any]:
    """Return an address, a result or a citation of any server as a search result."""
    if isinstance(value, str):
        return {"url": value}
    found = mapping(value)
    for name in _NESTED:
        if isinstance(inner := found.get(name), Mapping):
            found = {**found, **inner}
    named = {"url": _ADDRESSES, "title": _TITLES, "snippet": _SNIPPETS, "date": _DATES}
    read = {field: _first(found, names) for field, names in named.items()}
    return {**found, **{field: text for field, text in read.items() if text}}


def citing(values: Any) -> list[Mapping[str, Any]]:
    """Return the annotations of a list that cite an address."""
    found = (entry(value) for value in mappings(values))
    return [each for each in found if clean(each.get("url"))]


def marked(annotation: Mapping[str, Any], text: str) -> int | None:
    """Return the number of the marker that an annotation is about; None if it is about other text."""
    start, end = annotation.get("start_index"), annotation.get("end_index")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        return None
    found = _MARKER.fullmatch(text[start:end].strip())
    return int(found[1]) if found else None


class Numbers:
    """Numbers the sources that come without a number of their own, by their addresses."""

    def __init__(self) -> None:
        self._by_url: dict[str, Source] = {}
        self._by_id: dict[int, str] = {}
        self._invented: set[str] = set()  # the addresses of those that the service did not number
        self._highest = 0
        self._looked_up = 0

    def know(self, found: Source) -> tuple[Source, ...]:
        """Take note of a source that has its number from the service.

        Return the source that had this number without the service, if there is one, with another.
        """
        key, held = _key(found), self._by_id.get(found.id)
        self._highest = max(self._highest, found.id)
        self._by_url.setdefault(key, found)
        if held == key:
            self._invented.discard(key)
        if held in self._invented and held is not None:
            self._by_id[found.id] = key
            return (self._put(replace(self._by_url[held], id=self.free)),)
        self._by_id.setdefault(found.id, key)
        return ()

    def invent(
        self, result: Mapping[str, Any], queries: tuple[str, ...], *, first: int = 1
    ) -> tuple[Source, ...]:
        """Return the source of a result without a number; none if it is known or has no address.

        A result about figures may have a title and no address. ``first`` is the number if there is no
        source so far.
        """
        number = self.free if self._by_id else first
        found = source(number, result, queries, bare=bool(clean(result.get("title"))))
        if not found or _key(found) in self._by_url:
            return ()
        self._invented.add(_key(found))
        return (self._put(found),)

    def forget(self) -> None:
        """Start again, because another list of sources has arrived."""
        self._by_url.clear()
        self._by_id.clear()
        self._invented.clear()
        self._highest = 0

    @property
    def free(self) -> int:
        """The number after all that are taken."""
        return self._highest + 1

    def add(
        self, result: Mapping[str, Any], queries: tuple[str, ...] = (), number: int | None = None
    ) -> tuple[Source, ...]:
        """Return the new sources of a result: none, its source, or two sources that change numbers.

        ``number`` is the one that the text has for it.
        """
        url = clean(result.get("url"))
        known = self._by_url.get(url)
        if known is not None and number in (None, known.id):
            better = source(known.id, result, queries)
            if better is None or known.title not in (known.site, known.url):
                return ()
            if better.title == known.title:
                return ()
            self._by_url[url] = better
            return (better,)
        place = number or self.free
        found = source(place, result, queries)
        if found is None:
            return ()
        changed = [found]
        holder = self._by_url.get(self._by_id.get(place, ""))
        if holder is not None:  # they change numbers
            other = source(known.id if known else self.free, _again(holder))
            changed += [self._put(other)] if other else []
        self._put(found)
        if number is None:
            self._invented.add(url)
        return tuple(changed)

    def cite(self, annotation: Mapping[str, Any], text: Any) -> tuple[Source, ...]:
        """Return the events of an annotation; ``text()`` returns the annotated text."""
        number = None
        if annotation.get("end_index") and self._looked_up < _MOST_LOOKED_UP:
            self._looked_up += 1
            number = marked(annotation, text())
        return self.add(annotation, (), number)

    def _put(self, found: Source) -> Source:
        self._by_url[_key(found)] = found
        self._by_id[found.id] = _key(found)
        self._highest = max(self._highest, found.id)
        return found


def _key(found: Source) -> str:
    """Return what tells a source from others: its address, or its title if it has none."""
    return found.url or found.title


class Listed:
    """The sources of an answer in the chat-completions format.

    A source's number is its place among the citations, or among the results of searches if there are
    no citations. What only annotations name comes behind them.
    """

    def __init__(self) -> None:
        self._lists: tuple[Any, Any] = (None, None)  # citations and results, as last sent
        self._annotated: dict[str, Mapping[str, Any]] = {}
        self._numbers = Numbers()

    def look(self, holders: list[Mapping[str, Any]], text: Any) -> list[SourcesFound]:
        """Return the event for the sources that objects of a chunk name, if there are new ones.

        ``text()`` is the text so far.
        """
        holders = [each for holder in holders for each in (holder, *_inner(holder))]
        citations = next(_values(holders, _CITED), None) or self._lists[0]
        results = next(_values(holders, _RESULTS), None) or self._lists[1]
        events: list[SourcesFound] = []
        # In every chunk the same again, or only in the last.
        if (citations, results) != self._lists:
            self._lists = (citations, results)
            if found := self._all():
                events.append(SourcesFound(found, replace=True))
        for holder in holders:
            for each in citing(_annotations_of(holder)):
                self._annotated.setdefault(clean(each.get("url")), each)
                if found := self._numbers.cite(each, text):
                    events.append(SourcesFound(found, replace=True))
        return events

    def _all(self) -> tuple[Source, ...]:
        citations, results = self._lists
        known = [entry(result) for result in _flat(results)]
        by_url = {clean(each.get("url")): each for each in reversed(known)}
        entries = known
        if isinstance(citations, list) and citations:
            named = [entry(citation) for citation in _flat(citations)]
            if any(isinstance(each, list) for each in citations):  # a list for each piece of text
                named = list({clean(each.get("url")): each for each in named}.values())
            urls = [clean(each.get("url")) for each in named]
            entries = [
                by_url.get(url) or (self._annotated.get(url, each) if len(each) == 1 else each)
                for url, each in zip(urls, named, strict=True)
            ]
        self._numbers.forget()
        found = []
        for place, each in enumerate(entries, start=1):
            if one := source(place, each):
                found.append(one)
                self._numbers.know(one)
        for each in self._annotated.values():
            found += self._numbers.add(each)
        return tuple(found)


def _inner(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (found for name in _INSIDE if (found := mapping(holder.get(name))))


def _values(holders: list[Mapping[str, Any]], names: tuple[str, ...]) -> Iterator[Any]:
    for holder in holders:
        for name in names:
            value = holder.get(name)
            if isinstance(value, Mapping):
                value = [value]
            if value and isinstance(value, list):
                yield value


def _annotations_of(holder: Mapping[str, Any]) -> list[Any]:
    found = [*mappings(holder.get("annotations")), *mappings([holder.get("citation")])]
    for part in mappings(holder.get("content")):
        found += mappings(part.get("annotations"))
    return found


def _flat(values: Any) -> list[Any]:
    """Return the citations of a list, of a list of lists, or of Google's grounding."""
    found: list[Any] = []
    for value in values if isinstance(values, list) else []:
        if isinstance(value, list):
            found += value
        elif isinstance(value, Mapping) and isinstance(value.get("groundingChunks"), list):
            found += value["groundingChunks"]
        else:
            found.append(value)
    return found


def _first(found: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := clean(found.get(name)))), "")


def _again(known: Source) -> dict[str, Any]:
    return {
        "title": known.title,
        "url": known.url,
        "snippet": known.snippet,
        "date": known.date,
        "last_updated": known.last_updated,
    }
