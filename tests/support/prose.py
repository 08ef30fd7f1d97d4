"""The sentences of the project, and the marks of a dialect that it had.

``python -m tests.support.prose PATH…`` lists the marks in files and folders.
"""

from __future__ import annotations

import io
import json
import pathlib
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .paths import ROOT

# Each pattern is followed by a suggestion. A question ("What is HTTP/3?") is not a mark.
_QUESTION = r"(?![^.!;:\n]*\?)"
MARKS = {
    r"nobody|somebody|anybody": "name who it is: the user, the server, a caller",
    rf"what (is|was|are|were|has|had|came|comes|stands|stood|can|may|must){_QUESTION}": "name the thing",
    r"that which|all that (is|was|there|can|may)|of it all": "name the thing; everything",
    r"one may|one can|one has to": "you, or the passive",
    r"waited for": "wait for, in the active voice",
    r"heed(s|ed)?": "respect, follow",
    r"there (is|are) not": "name it: unknown, missing",
    r"(none|nothing|empty|false|true|raised?|raises|error|also|even|but|except|only|not|as) (?-i:where)": "if, when",
    r"where (there|none|no|nothing|not|one)": "if there is, if none",
    r"where (it|they|that|this) (has|have|does|do|can|could|would|may|will|did)": "if it has",
    r"(?<!there\s)(is|are|was) no (?!longer|more|less|such|matter)[a-z]+": "is not a",
    r"otherwise than": "differently from, unlike",
    r"to the letter": "verbatim",
    r"anew|wherein|thereof|whereof|hereby": "again; in which; of it",
    r"save (for|that|where|of)": "except",
    r"stands?(?! for)|stood": "is, appears",
    r"(is|are|was) (said|told) (of|to be|nothing)": "active: the page shows",
}
_MARK = {
    re.compile(rf"\b(?:{mark})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE): instead
    for mark, instead in MARKS.items()
}
_AT_LINE_START = re.compile(r"\n[ \t]*(?:#|//|\*(?!/))?")
_PROSE = re.compile(r"[A-Z][\w'’,-]* (?:\S+ ){2}")  # a literal that begins like a sentence
_BY_OTHERS = ("tests/golden/", "tests/corpora/", "pplx_widget/server/samples/", "js/package")


class Mark(NamedTuple):
    """A mark of the dialect: its file and line, the words, and what to write instead."""

    path: str
    line: int
    words: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: “{self.words}” ({self.instead})"


def files(*under: str) -> list[pathlib.Path]:
    """Return the files of the project that hold prose of its own."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *under]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [
        ROOT / name
        for name in names.splitlines()
        if not name.startswith(_BY_OTHERS) and (ROOT / name).is_file() and _reader(ROOT / name)
    ]


def marks(path: pathlib.Path) -> list[Mark]:
    """Return the marks of the dialect in a file."""
    read = _reader(path)
    name = path.relative_to(ROOT).as_posix()
    return [
        Mark(name, line + text.count("\n", 0, found.start()), " ".join(found[0].split()), instead)
        for line, raw in (read(path.read_text("utf-8")) if read else ())
        for text in [_AT_LINE_START.sub("\n", raw)]
        for mark, instead in _MARK.items()
        for found in mark.finditer(text)
    ]


def _reader(path: pathlib.Path) -> Callable[[str], Iterator[tuple[int, str]]] | None:
    if path.suffix in _READERS:
        return _READERS[path.suffix]
    if path.suffix == "" and path.parent.name in ("scripts", ".ci"):
        return _python if b"python" in path.read_bytes()[:40] else _whole
    return None


def _python(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments, a run of them together, and literals that read like prose."""
    block: list[str] = []
    first = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            if block and not (alone and token.start[0] == first + len(block)):
                yield first, "\n".join(block)
                block = []
            first = first if block else token.start[0]
            block.append(token.string)
        elif token.type in _LITERALS and (
            token.string.startswith('"""') or _PROSE.search(token.string)
        ):
            yield token.start[0], token.string
    if block:
        yield first, "\n".join(block)


_LITERALS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def _script(source: str) -> Iterator[tuple[int, str]]:
    for found in re.finditer(
        r"/\*.*?\*/|(?:^[ \t]*//[^\n]*\n)+|(?<![:\"'])//[^\n]*|([\"'`])[A-Z][^\"'`\n]* [^\"'`\n]* [^\"'`\n]*\1",
        source,
        re.DOTALL | re.MULTILINE,
    ):
        yield source.count("\n", 0, found.start()) + 1, found[0]


def _whole(source: str) -> Iterator[tuple[int, str]]:
    yield 1, source


def _notebook(saved: str) -> Iterator[tuple[int, str]]:
    for cell in json.loads(saved)["cells"]:
        source = "".join(cell["source"])
        yield from (_whole if cell["cell_type"] == "markdown" else _cell)(source)


def _cell(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        if "#" in line:
            yield number, line[line.index("#") :]


_READERS = {
    ".py": _python,
    ".ts": _script,
    ".js": _script,
    ".mjs": _script,
    ".jsx": _script,
    ".css": _script,
    ".md": _whole,
    ".toml": _whole,
    ".yml": _whole,
    ".yaml": _whole,
    ".ipynb": _notebook,
}


def main() -> None:
    """Print the marks under the paths of the command line, and how many there are."""
    found = [mark for path in files(*sys.argv[1:]) for mark in marks(path)]
    for mark in found:
        print(mark)
    print(f"{len(found)} marks")


if __name__ == "__main__":
    main()
