"""The code blocks of the Markdown pages, and what the commands in them are checked against."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from .paths import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
]

_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes
    ----------
    page : str
        Its page, from the checkout's folder.
    line : int
        The line of its fence, from 1.
    kind : str
        "python", "ipython" (a cell with magics), "sh", or its language as it is written.
    code : str
        Its text.
    reason : str
        Why it is not run; empty if it is.
    """

    page: str
    line: int
    kind: str
    code: str
    reason: str = ""

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """Return the blocks of a page in order, without directives of MyST."""
    page = path.relative_to(ROOT).as_posix()
    return list(read(path.read_text("utf-8"), page))


def read(text: str, page: str) -> Iterator[Block]:
    """Yield the blocks of a text."""
    before = ""
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "fence" and not token.info.startswith("{"):
            assert token.map
            marked = _NOT_RUN.fullmatch(before)
            reason = marked[1] if marked else ""
            yield Block(
                page, token.map[0] + 1, _kind(token.info, token.content), token.content, reason
            )
        before = token.content if token.type == "html_block" else ""


def _kind(info: str, code: str) -> str:
    if info == "" and code.startswith("%"):
        return "ipython"
    return info.partition(" ")[0]


def commands(code: str) -> Iterator[list[list[str]]]:
    """Yield each line of a shell block: the commands of its pipe as words, without redirections."""
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.split(line.strip("()"), comments=True)
        pipe: list[list[str]] = [[]]
        skip = False
        for word in words:
            if skip:
                skip = False
            elif word in {"|", "&&"}:
                pipe.append([])
            elif word in {">", ">/dev/null"}:
                skip = word == ">"
            elif word != "&":
                pipe[-1].append(word)
        if pipe != [[]]:
            yield pipe
