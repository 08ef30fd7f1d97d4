"""Texts made ready for a comparison: their words, figures, clauses, and the scope of negations."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Final

from ..sentences import sentences
from .figure import DATE, Figure
from .figures import figures
from .lexicon import Lexicon, keys_of, language, lexicon, pairs, stem, unspaced, words_of

_CLAUSE: Final = re.compile(r"[,;:，；：、。()（）«»“”]|\s[–—-]\s|—")
_HARD: Final = re.compile(r"[;；。]|(?<=\w)\.\s")
_TABLE: Final = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z))+", re.MULTILINE)
_RULE: Final = re.compile(r"[\s|:–-]*")
_CJK_RUN: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_HIRAGANA: Final = re.compile("[\u3040-\u309f]{2}")
_NEGATED_VERB: Final = re.compile(
    r"\brul(?:e|es|ed|ing) out\b|\bfail(?:s|ed|ing)?(?= to\b)"
    r"|\bdeclin(?:e|ed|es)\s+(?:the|a|an|to(?=\s[a-z])|his|her|its|their|any)\b"
)
_NT: Final = re.compile(r"n['’]t\Z")
_RELATIVE: Final = re.compile(r"\b(?:that|which|who)\b")
_FINITE: Final = re.compile(r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|must)\b")
_TURNS: Final = (
    "fail",
    "without",
    "lack",
    "refus",
    "reject",
    "den",
    "unable",
    "rul",
    "declin",
    "prevent",
    "ohne",
    "sans",
    "sin ",
)
# Languages in which a negation may follow its verb; then its scope is the whole clause.
WHOLE_CLAUSE: Final = frozenset({"de", "nl", "fr", "zh", "ja"})
_ELLIPTIC: Final = 2  # words with a meaning that a sentence of its own has more of
_STEM: Final = 4  # letters at the start that two related words must share
_PLACE: Final = 0.6
_ADJECTIVE: Final = re.compile(r"(?:an|ish|ese|ic|i|isch\w*|iens?|ais|ois|ano|eño|ense)\Z")
_ALIKE: Final = 0.7
_COMPOUND: Final = 6
_MOST_LETTERS: Final = 20_000  # of a source; longer ones are cut


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes
    ----------
    text : str
        The word in lower case.
    at, end : int
        Its place, in characters.
    keys : frozenset of str
        Its stem and its groups; two words are alike if they share a key.
    stem : str
        Its stem.
    content : bool
        Whether it carries meaning, unlike "the".
    name : bool
        Whether it is probably a name.
    """

    text: str
    at: int
    end: int
    keys: frozenset[str]
    stem: str
    content: bool
    name: bool


@dataclass(slots=True, eq=False)
class Piece:
    """A sentence with what a comparison reads.

    Attributes
    ----------
    text : str
        The sentence.
    code : str
        Its language.
    words : tuple of Word
        Its words outside figures.
    figures : tuple of Figure
        Its figures.
    clauses : tuple of int
        The places at which its clauses begin.
    negated : tuple of (int, int)
        The parts that a negation covers.
    source : int
        The id of its source.
    title : bool
        Whether it is the title of the source.
    before : Piece or None
        The passage before it, if it goes on with that: "in 2020 it was 84 percent".
    index : dict of str to list of Word
        The words with a meaning by their keys.
    """

    text: str
    code: str
    words: tuple[Word, ...]
    figures: tuple[Figure, ...]
    clauses: tuple[int, ...]
    negated: tuple[tuple[int, int], ...]
    source: int = 0
    title: bool = False
    before: Piece | None = None
    index: dict[str, list[Word]] = field(default_factory=dict)

    @property
    def lexicon(self) -> Lexicon:
        """The words of its language."""
        return lexicon(self.code)

    @property
    def content(self) -> list[Word]:
        """Its words with a meaning."""
        return [word for word in self.words if word.content]

    def clause(self, at: int) -> int:
        """Return the number of the clause that a place is in."""
        return bisect_right(self.clauses, at) - 1

    def span(self, clause: int) -> tuple[int, int]:
        """Return the start and end of a clause."""
        ends = (*self.clauses[1:], len(self.text))
        return self.clauses[clause], ends[clause]

    def is_negated(self, at: int) -> bool:
        """Return whether an odd number of negations covers a place."""
        return sum(start <= at < end for start, end in self.negated) % 2 == 1

    def alike(self, word: Word) -> list[Word]:
        """Return its words that are like a word of another text."""
        found = self.index.get(word.stem) or [
            each for key in word.keys for each in self.index.get(key, ())
        ]
        if found or unspaced(self.code):
            return found
        near = self.index.get(f"^{word.stem[:_STEM]}", ())
        if word.name:
            return [each for each in near if _of_a_place(word.stem, each.stem)]
        found = [each for each in near if _related(word.stem, each.stem, self.code)]
        if not found and self.code in {"de", "nl"} and len(word.stem) >= _COMPOUND:
            found = [
                each
                for each in self.words
                if len(each.stem) >= _COMPOUND
                and (each.stem.endswith(word.stem) or word.stem.endswith(each.stem))
            ]
        return found


def _shared(first: str, second: str) -> int:
    """Return how many letters two words begin with in common."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    )


def _of_a_place(first: str, second: str) -> bool:
    """Return whether one of two names is probably the adjective of the other: Norway, Norwegian."""
    shorter, longer = sorted((first, second), key=len)
    shared = _shared(shorter, longer)
    return bool(_ADJECTIVE.search(longer)) and shared >= max(_STEM, _PLACE * len(shorter))


@lru_cache(maxsize=16384)
def _related(first: str, second: str, code: str) -> bool:
    """Return whether two stems probably belong to one word family."""
    shorter, longer = sorted((first, second), key=len)
    shared = _shared(shorter, longer)
    if shared == len(shorter) and shared >= _STEM:
        return len(longer) - shared <= _STEM or code in {"de", "nl"}
    return shared >= _STEM + 1 and shared >= _ALIKE * len(longer)


def piece(
    text: str,
    code: str | None = None,
    *,
    capitals: Iterable[str] = (),
    source: int = 0,
    title: bool = False,
) -> Piece:
    """Return a sentence made ready.

    Parameters
    ----------
    text : str
        The sentence, without Markdown.
    code : str, optional
        Its language; guessed if not given.
    capitals : iterable of str
        Words in lower case that are names elsewhere, for the first word of the sentence.
    source : int
        The id of its source.
    title : bool
        Whether it is the title of the source.
    """
    code = code or language(text)
    found = figures(text, code)
    words = tuple(_words(text, code, found, frozenset(capitals)))
    index: dict[str, list[Word]] = {}
    for word in words:
        if word.content:
            for key in (*word.keys, f"^{word.stem[:_STEM]}"):
                index.setdefault(key, []).append(word)
    clauses = _clauses(text, code, words)
    made = Piece(text, code, words, found, clauses, (), source, title, index=index)
    made.negated = tuple(_negations(made))
    return made


def _words(
    text: str, code: str, found: Iterable[Figure], capitals: frozenset[str]
) -> Iterator[Word]:
    taken = bytearray(len(text))
    for figure in found:
        taken[figure.at : figure.end] = b"\1" * (figure.end - figure.at)
    if unspaced(code):
        yield from _pairs(text, taken)
        return
    own = lexicon(code)
    function = own.words("function") | own.words("approx") | own.words("negation")
    matches = [m for m in words_of(text) if not taken[m.start()]]
    for place, match in enumerate(matches):
        written = match[0]
        word = _folded(written)
        lower = written.lower()
        content = lower not in function and len(lower) > 1 and not _NT.search(lower)
        name = content and _is_name(text, place, matches, code, capitals)
        keys = keys_of(lower, code) | ({word} if name else set())
        yield Word(lower, match.start(), match.end(), keys, stem(lower, code), content, name)


def _folded(word: str) -> str:
    """Return a word in lower case, without accents and the ending of a possessive."""
    plain = unicodedata.normalize("NFD", word.lower().removesuffix("'s").removesuffix("’s"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _is_name(
    text: str, place: int, matches: list[re.Match[str]], code: str, capitals: frozenset[str]
) -> bool:
    written = matches[place][0]
    if not written[0].isupper():
        return False
    if written.isupper() and len(written) > 1:
        return True
    if code == "de":
        return any(sign.isupper() for sign in written[1:] if sign != "-")
    before = text[: matches[place].start()].rstrip("\"'“„«( ")
    if before and before[-1] not in ".!?:;•":
        return True
    if _folded(written) in capitals:
        return True
    following = matches[place + 1] if place + 1 < len(matches) else None
    return bool(
        following
        and following[0][0].isupper()
        and text[matches[place].end() : following.start()] == " "
        and following[0].lower() not in lexicon(code).months
    )


def _pairs(text: str, taken: bytearray) -> Iterator[Word]:
    for run in _CJK_RUN.finditer(text):
        for place, pair in enumerate(pairs(run[0])):
            at = run.start() + place
            if not taken[at] and not taken[at + 1] and not _HIRAGANA.fullmatch(pair):
                yield Word(pair, at, at + 2, frozenset({pair}), pair, content=True, name=False)
    for match in re.finditer(r"[A-Za-z]{2,}", text):
        if not taken[match.start()]:
            word = match[0].lower()
            yield Word(word, *match.span(), frozenset({word}), word, content=True, name=True)


def _clauses(text: str, code: str, words: Iterable[Word]) -> tuple[int, ...]:
    cuts = {0, *(match.end() for match in _CLAUSE.finditer(text) if not _in_number(text, match))}
    breaks = lexicon(code).words("breaks")
    if not unspaced(code):
        cuts |= {word.at for word in words if word.text in breaks}
    return tuple(sorted(cut for cut in cuts if cut < len(text)))


def _in_number(text: str, match: re.Match[str]) -> bool:
    return (
        text[match.start() - 1 : match.start()].isdigit()
        and text[match.end() : match.end() + 1].isdigit()
    )


# ---- negation ---------------------------------------------------------------------------------------


# Prepositions, which negate only their noun.
_WITHOUT: Final = frozenset({"without", "ohne", "sans", "sin", "senza", "sem", "zonder"})


def _negations(sentence: Piece) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence that its negations cover."""
    lower = sentence.text.lower()
    words = sentence.lexicon
    harmless = [
        (at, at + len(phrase))
        for phrase in words.phrases.get("unnegated", ())
        if phrase in lower
        for at in _places(lower, phrase, wide=unspaced(sentence.code))
    ]
    done: list[tuple[int, int]] = []
    for at, end in sorted(_cues(sentence, lower)):
        if any(start <= at < stop for start, stop in harmless):
            continue
        # "neither … nor" and "ne … pas" are one negation, "did not fail" is two.
        again = any(start <= at < stop for start, stop in done)
        if again and not lower.startswith(_TURNS, at):
            continue
        done.append(_scope(sentence, at, end))
    yield from done


def _places(text: str, phrase: str, *, wide: bool) -> Iterator[int]:
    edge = "" if wide else r"\b"
    yield from (m.start() for m in re.finditer(f"{edge}{re.escape(phrase)}{edge}", text))


def _cues(sentence: Piece, lower: str) -> Iterator[tuple[int, int]]:
    cues = sentence.lexicon.words("negation")
    if unspaced(sentence.code):
        for cue in sorted(cues, key=len, reverse=True):
            yield from ((m.start(), m.end()) for m in re.finditer(re.escape(cue), lower))
        return
    for word in sentence.words:
        if word.text in cues or _NT.search(word.text):
            yield word.at, word.end
    if sentence.code == "fr":
        for match in re.finditer(r"\bn['’](?=\w)", lower):
            yield match.start(), match.end()
    for match in _NEGATED_VERB.finditer(lower):
        yield match.start(), match.end()


def _scope(sentence: Piece, at: int, end: int) -> tuple[int, int]:
    """Return the part that a negation covers: from it to the end of its clause, or the whole clause."""
    clause = sentence.clause(at)
    start, stop = sentence.span(clause)
    after = [w for w in sentence.content if end <= w.at < stop]
    if (
        not after
        and clause + 1 < len(sentence.clauses)
        and sentence.text[stop - 1 :][:1] not in ";,."
    ):
        stop = sentence.span(clause + 1)[1]  # "did not sign and seal"
    own = [w for w in sentence.content if start <= w.at < stop and w.at != at]
    if not own and clause:  # "…, but failed"
        return sentence.span(clause - 1)[0], stop
    if not after:  # "ordered none"
        return start, stop
    if sentence.code == "en" and _RELATIVE.search(sentence.text[start:at]):
        # "tabs that have not been used | are put to sleep"
        stop = min(
            [m.start() for m in _FINITE.finditer(sentence.text, after[0].end, stop)] or [stop]
        )
    if sentence.text[at:end].lower() in _WITHOUT:  # "Without jitter, clients come back together"
        comma = sentence.text.find(",", end, stop)
        return at, stop if comma < 0 else comma
    if sentence.code in WHOLE_CLAUSE:
        return start, stop
    return at, stop


# ---- sources ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def passages(source: int, title: str, snippet: str) -> list[Piece]:
    """Return the title and the sentences of a snippet, made ready."""
    text = _TABLE.sub(_cells, snippet[:_MOST_LETTERS])
    code = language(f"{title}\n{text}")
    said = [sentence.text for sentence in sentences(text)]
    said = [part for sentence in said for part in _parts(sentence) if part.strip()]
    capitals = frozenset(_capitals([title, *said]))
    first = [piece(title, code, capitals=capitals, source=source, title=True)] if title else []
    made = [piece(part, language(part, code), capitals=capitals, source=source) for part in said]
    for earlier, later in pairwise(made):
        begins = later.words[0].text if later.words else ""
        goes_on = earlier.text.endswith((";", "；")) or begins in later.lexicon.words("pronouns")
        if goes_on or len(later.content) <= _ELLIPTIC:
            later.before = earlier
    return first + made


def _parts(sentence: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[;；])\s*", sentence)]


def _capitals(said: Iterable[str]) -> Iterator[str]:
    """Yield the words that have a capital inside a sentence, folded."""
    for text in said:
        for match in words_of(text):
            before = text[: match.start()].rstrip("\"'“„«( ")
            if match[0][0].isupper() and before and before[-1] not in ".!?:;•":
                yield _folded(match[0])


def capitals(sentence: str) -> frozenset[str]:
    """Return the words that are names inside a sentence, folded."""
    return frozenset(_capitals([sentence]))


def _cells(match: re.Match[str]) -> str:
    """Return a table as one sentence for each cell: its row, its column, its value."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in match[0].strip().splitlines()
        if not _RULE.fullmatch(line)
    ]
    if not rows:
        return ""
    head, *body = rows
    lines = []
    for row in body or [head]:
        for place, cell in enumerate(row[1:], 1):
            column = head[place] if place < len(head) else ""
            lines.append(f"{row[0]}, {column}: {cell}.")
    return "\n\n" + "\n\n".join(lines) + "\n\n"


def dates_before(sentence: Piece) -> list[int]:
    """Return the years that a sentence names indirectly: "40 % less than in the year before"."""
    lower = sentence.text.lower()
    if not any(phrase in lower for phrase in sentence.lexicon.phrases.get("earlier", ())):
        return []
    return [day.year - 1 for f in sentence.figures if f.kind == DATE for day in f.days if day.year]
