"""The lists of sources in a lesson."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..core.errors import PplxError
from ..core.events import Source, site_of
from ..core.text import clean, shortened
from ..markdown.urls import safe_url

_TEXTS: Final = ("heading_open", "paragraph_open", "fence", "blockquote_open")

QUOTED: Final = 60
"""Characters of a line that an error quotes."""

DEFINITION: Final = re.compile(r" {0,3}\[\^?(?P<number>\d{1,6})\]:\s*(?P<rest>.*)")
"""A source in the form ``[1]: …``."""

_HEADINGS: Final = frozenset({"sources", "source", "quellen"})
_DEFINED = re.compile(
    r"<?(?P<url>https?://[^\s>]+)>?(?:\s+(?:\"(?P<title>.*)\"|'(?P<other>.*)'|\((?P<third>.*)\)))?\s*"
)
_ADDRESS = re.compile(r"<?(https?://[^\s>]+)>?")
_DATE = re.compile(r"^\(?(\d{4}-\d{2}-\d{2})\)?")
_BETWEEN: Final = " \t\n—–-:;,.·|"  # noqa: RUF001 (what people write between title and snippet)


class LessonError(PplxError, ValueError):
    """The lesson cannot be read; the error names the line."""

    kind = "lesson"


class SourceLists:
    """The lines of a lesson, and the sources in them.

    Parameters
    ----------
    text : str
        The lesson.
    name : str
        Its name in errors.
    """

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        # Only these ends of lines count in Markdown.
        self._lines = clean(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._blank_settings()
        self._tokens = MarkdownIt("commonmark").parse("\n".join(self._lines))

    def _blank_settings(self) -> None:
        """Read the settings at the top, and leave their lines empty."""

    def _wrong(self, line: int, what: str, try_this: str, why: str = "") -> NoReturn:
        raise LessonError(f"{self._name}, line {line + 1}: {what}", why, try_this)

    def _between(self, start: int, end: int) -> list[Token]:
        """Return the tokens with lines that begin between two lines."""
        return [token for token in self._tokens if token.map and start <= token.map[0] < end]

    def _sources_at(self, tokens: list[Token]) -> int | None:
        """Return the line at which the list of sources begins, with its heading."""
        outer = [t for t in tokens if t.level == 0 or t.type == "inline"]
        for place, token in enumerate(outer):
            if token.type not in ("heading_open", "paragraph_open") or not token.map:
                continue
            after = next((t for t in outer[place + 2 :] if t.level == 0), None)
            listed = after is not None and after.type in ("ordered_list_open", "bullet_list_open")
            # Sources in the form `[1]: …` make no list.
            if is_sources(outer[place + 1]) and (listed or after is None):
                return token.map[0]
        return None

    def _listed(self, into: dict[int, Source], start: int, end: int) -> None:
        number = 0
        inside = self._between(start, end)
        for place, token in enumerate(inside):
            if token.type == "ordered_list_open" and token.level == 0:
                number = int(token.attrs.get("start", 1)) - 1
            if token.type == "list_item_open" and token.level == 1 and token.map:
                number += 1
                item = [t for t in inside[place + 1 :] if t.type == "inline" and _within(t, token)]
                self._source(into, token.map[0], number, item)
            elif token.level == 0 and token.type in _TEXTS and token.map and token.map[0] > start:
                self._wrong(
                    token.map[0],
                    "this text comes after the sources.",
                    "Write the answer before `Sources`.",
                )
        line = start
        while line < end:
            found = DEFINITION.fullmatch(self._lines[line])
            line = self._definition(into, line, end, found) if found else line + 1

    def _source(self, into: dict[int, Source], line: int, number: int, item: list[Token]) -> None:
        title, url, rest = _link(item)
        if not url:
            self._wrong(
                line,
                f"source {number} has no link.",
                f"Write `{number}. [Title](https://…) Snippet`.",
            )
        self._add(into, line, number, title, url, rest)

    def _definition(
        self, into: dict[int, Source], line: int, end: int, found: re.Match[str]
    ) -> int:
        """Read a source in the form ``[1]: …``; return the line after it."""
        after = line + 1
        rest = found["rest"]
        while after < end and re.match(r"(?: {2,}|\t)\S", self._lines[after]):
            rest += " " + self._lines[after].strip()
            after += 1
        number = int(found["number"])
        if plain := _DEFINED.fullmatch(rest):
            title = plain["title"] or plain["other"] or plain["third"] or ""
            self._add(into, line, number, title, plain["url"], "")
        else:
            self._source(into, line, number, MarkdownIt("commonmark").parseInline(rest))
        return after

    def _add(  # noqa: PLR0917 (the parts of a source)
        self, into: dict[int, Source], line: int, number: int, title: str, url: str, rest: str
    ) -> None:
        if number in into:
            self._wrong(line, f"source {number} is there twice.", "Give it another number.")
        address = self._address(line, url)
        snippet = rest.lstrip(_BETWEEN)
        date = _DATE.match(snippet)
        if date:
            snippet = snippet[date.end() :].lstrip(_BETWEEN)
        into[number] = Source(
            number, title.strip() or site_of(address), address, site_of(address),
            date=date[1] if date else None, snippet=snippet.rstrip(),
        )  # fmt: skip

    def _address(self, line: int, url: str) -> str:
        address = safe_url(url)
        if address is None or not address.href.startswith(("http://", "https://")):
            said = shortened(url, QUOTED)
            self._wrong(
                line, f"{said!r} is not a web address.", "Write it as `https://example.org/page`."
            )
        return address.href


def is_sources(inline: Token) -> bool:
    """Return whether the text of a heading or paragraph announces a list of sources."""
    return inline.type == "inline" and inline.content.strip(" *_:").casefold() in _HEADINGS


def _within(token: Token, item: Token) -> bool:
    return bool(token.map and item.map and item.map[0] <= token.map[0] < item.map[1])


def _link(item: list[Token]) -> tuple[str, str, str]:
    """Return the title and the address of the first link of a list item, and the text after it."""
    title, url, rest = "", "", ""
    inside = False
    for inline in item:
        for child in inline.children or ():
            if child.type == "link_open" and not url:
                url, inside = str(child.attrs.get("href", "")), True
            elif child.type == "link_close":
                inside = False
            elif inside or not url:
                title += " " if child.type == "softbreak" else child.content
            else:
                rest += " " if child.type in ("softbreak", "hardbreak") else child.content
        rest += " "
    if not url and (bare := _ADDRESS.search(title)):
        return title[: bare.start()].strip(_BETWEEN), bare[1], title[bare.end() :] + " " + rest
    if not url:
        return "", "", ""
    title = title.strip(_BETWEEN)
    return "" if _ADDRESS.fullmatch(title) else title, url, " ".join(rest.split())
