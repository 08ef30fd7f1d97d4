"""Split an answer's text into sentences with their markers, for the audit.

The language is not detected: the rules are those that work for most languages. Code blocks are skipped,
a table row counts as one sentence, and formulas and inline code never end a sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Literal

from markdown_it.token import Token

from ..markdown.parser import parse

Kind = Literal["prose", "heading", "row"]

# The ends of a sentence, with closing quotes and brackets. Wide ones need no space after them.
_WIDE = "。！？｡．"
_END = re.compile(
    rf"[{_WIDE}.!?…‽؟۔।॥։።፧။៕]+[\"'”’“‘»›«‹)\]）」』】》]*",
)
_WORD_BEFORE = re.compile(r"[^\s(\[„“\"'«‹–—/]*\Z")
_NEXT = re.compile(r"[\s\"'“‘„«‹(\[¿¡]*(.?)", re.DOTALL)
_NEXT_WORD = re.compile(r"\s*(\w*)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_GAP = re.compile(r" (?=[.,](?: |\Z))")
# The most characters between two texts of one block; mostly the address of a link.
_MARKUP = 4_000
_ORDINAL = re.compile(r"[0-9]{1,2}")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A full stop after one of these does not end a sentence.
_SHORT = _set(
    "adm approx apr aug bspw bzw ca capt cf co col corp dec dept dez dr dra eds engl evtl feb figs ft "
    "gen ggf gov hr hrsg inc incl inkl jhd jr ltd mio mlle mme mr mrd mrs ms mt nov núm oct okt pág pp "
    "prof resp rev sen sep sept sgt sog sr sra sta ste univ ud uds vgl vs zzt млн млрд руб см стр тыс"
)
# A full stop after one of these does not end a sentence if a digit follows.
_BEFORE_FIGURES = _set(
    "abs abt art av bd ch eq fig jan jul jun kap mar no nr par sec str tab vol ст"
)
# A full stop after one of these ends a sentence only if a capital follows.
_SHORT_OR_LAST = _set("al etc usw ff")
_MONTHS = _set(
    "januar jänner februar märz april mai juni juli august september oktober november dezember "
    "jahrhundert janvier février mars avril juin juillet août septembre octobre novembre décembre "
    "ledna února března dubna května června července srpna září října listopadu prosince "
    "januari februari marts maj mei juin oktober december tammikuuta helmikuuta maaliskuuta"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker in the text, with or without a source.

    Attributes
    ----------
    id : int
        The source id that it names.
    at : int
        Its position in the answer's text, in characters.
    """

    id: int
    at: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer, or a heading or table row.

    Attributes
    ----------
    text : str
        The text on one line, without Markdown and markers.
    at : int
        The position of its start in the answer's text, in characters.
    markers : tuple of Marker
        The markers in it and directly after it.
    kind : {"prose", "heading", "row"}
        The kind of block that it is in.
    around : tuple of int
        The ids of all markers in its paragraph.
    """

    text: str
    at: int
    markers: tuple[Marker, ...]
    kind: Kind
    around: tuple[int, ...]


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text in Markdown, in order."""
    return [sentence for block in _blocks(text) for sentence in block.sentences()]


@dataclass(slots=True)
class _Block:
    """The plain text of a paragraph, heading or row, with the positions of its parts.

    ``hidden`` is the text with formulas and code replaced by letters, so that they end no sentence.
    """

    kind: Kind
    length: int = 0
    shown: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    origins: list[tuple[int, int]] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)  # the position of each marker in the plain text

    def add(self, text: str, at: int, *, opaque: bool = False) -> None:
        self.origins.append((self.length, at))
        self.shown.append(text)
        self.hidden.append("x" * len(text) if opaque else text)
        self.length += len(text)

    def mark(self, marker: Marker) -> None:
        self.markers.append(marker)
        self.marked.append(self.length)

    def sentences(self) -> Iterator[Sentence]:
        text = "".join(self.shown)
        around = tuple(dict.fromkeys(marker.id for marker in self.markers))
        spans = [(0, len(text))]
        if self.kind == "prose":
            spans = split("".join(self.hidden), self.marked) or [(0, 0)]  # markers alone
        taken = 0
        for number, (start, end) in enumerate(spans):
            # A marker belongs to the sentence before it.
            last = number + 1 == len(spans)
            until = len(self.marked) if last else bisect_right(self.marked, spans[number + 1][0])
            # A marker between a word and its full stop leaves a gap.
            words = _GAP.sub("", " ".join(text[start:end].split()))
            own = tuple(self.markers[taken:until])
            yield Sentence(words, self._origin(start), own, self.kind, around)
            taken = until

    def _origin(self, position: int) -> int:
        """Return the position in the answer's text of a character of the block."""
        part = bisect_right(self.origins, position, key=itemgetter(0)) - 1
        here, there = self.origins[part] if part >= 0 else (position, 0)
        return there + position - here


def _blocks(text: str) -> Iterator[_Block]:
    lines = [0, *(match.end() for match in re.finditer("\n", text)), len(text)]
    at, row, kind = 0, None, "prose"
    for token in parse(text):
        match token.type:
            case "heading_open":
                kind = "heading"
            case "heading_close":
                kind = "prose"
            case "tr_open":
                row = _Block("row")
            case "tr_close" if row is not None:
                yield row
                row = None
            case "inline":
                block = row if row is not None else _Block(kind)  # type: ignore[arg-type]
                first, end = token.map or (0, len(lines))
                at = max(at, lines[min(first, len(lines) - 1)])
                until = lines[min(end, len(lines) - 1)]
                at = _read(token.children or (), text, (at, until), block)
                if row is not None:
                    row.add(" ", at)
                else:
                    yield block
            case _:
                pass


def _read(children: Iterable[Token], text: str, place: tuple[int, int], block: _Block) -> int:
    """Add a parsed text to a block; return the position of its end in the whole text."""
    at, until = place
    for token in children:
        # The parser joins escaped characters with the text around them, so that the content is not in
        # the source as it is. Then its first word gives the position.
        written = token.content
        near = min(until, at + len(written) + _MARKUP)
        found = text.find(written, at, near) if written else -1
        if found < 0 and written.strip():
            written = written.split(maxsplit=1)[0]
            found = text.find(written, at, near)
        here = found if found >= 0 else at
        match token.type:
            case "text" | "image":
                block.add(token.content, here)
            case "code_inline" | "math":
                block.add(token.content, here, opaque=True)
            case "softbreak" | "hardbreak":
                block.add(" ", here)
                continue
            case "citation":
                for id_ in token.meta["ids"]:
                    block.mark(Marker(id_, here))
            case _:
                continue
        at = here + len(written) if found >= 0 else at
    return at


def split(text: str, markers: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Return the start and end of each sentence in a text.

    Parameters
    ----------
    text : str
        Plain text.
    markers : iterable of int
        Positions of removed markers; like a space, a marker may follow the end of a sentence.
    """
    stood = set(markers)
    cuts = [0]
    for end in _END.finditer(text):
        follows = text[end.end() : end.end() + 1]
        wide = end[0][0] in _WIDE
        if (wide or not follows or follows.isspace() or end.end() in stood) and not (
            not wide and _goes_on(text, end)
        ):
            cuts.append(end.end())
    spans = []
    for start, end_ in pairwise([*cuts, len(text)]):
        part = text[start:end_]
        if part.strip():
            spans.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
    return spans


def _goes_on(text: str, end: re.Match[str]) -> bool:
    """Return whether the sentence continues after its possible end."""
    following = _NEXT.match(text, end.end())
    first = following[1] if following else ""
    if first.islower():
        return True
    before = _WORD_BEFORE.search(text[max(0, end.start() - 30) : end.start()])
    word = before[0] if before else ""
    if not end[0].startswith(".") or end[0].startswith("..") or not first:
        return False
    if word.lower() in _SHORT_OR_LAST:
        return not first.isupper()
    if word.lower() in _SHORT or _INITIALS.fullmatch(word):
        return True
    if word.lower() in _BEFORE_FIGURES:
        return first.isdecimal()
    if not _ORDINAL.fullmatch(word):
        return False
    begins_text = end.start() == len(word)
    next_word = _NEXT_WORD.match(text, end.end())
    return begins_text or bool(next_word and next_word[1].lower() in _MONTHS)
