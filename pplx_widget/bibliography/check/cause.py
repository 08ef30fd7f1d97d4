"""Check the causes of a claim: the same cause and effect as in a passage, or turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from .align import Ground
from .doubts import Doubt
from .lexicon import unspaced
from .texts import Piece, Word

_MARGIN: Final = 0.3
_COVER: Final = 0.4
_STATED: Final = 0.6  # of both sides


class Reason(NamedTuple):
    """A cause and its effect in a sentence: the word between them, and the words of each."""

    word: str
    cause: list[Word]
    effect: list[Word]


def reasons(sentence: Piece) -> Iterator[Reason]:
    """Yield the causes of a sentence with their effects."""
    lower = sentence.text.lower()
    wide = unspaced(sentence.code)
    for role in ("because", "therefore"):
        for phrase in sentence.lexicon.phrases.get(role, ()):
            edge = "" if wide else r"\b"
            match = re.search(f"{edge}{re.escape(phrase)}{edge}", lower)
            if not match:
                continue
            start, end = _sentence(sentence.text, match.start())
            before = [w for w in sentence.content if start <= w.at < match.start()]
            after = [w for w in sentence.content if match.end() <= w.at < end]
            if role == "therefore":
                if before and after:
                    yield Reason(phrase, before, after)
            elif before:
                yield Reason(phrase, after, before)
            elif after:  # "Because A, B"
                cut = lower.find(",", match.end())
                cut = cut if cut > 0 else lower.find("，", match.end())
                if cut > 0:
                    yield Reason(
                        phrase, [w for w in after if w.at < cut], [w for w in after if w.at > cut]
                    )
            return


def _sentence(text: str, at: int) -> tuple[int, int]:
    start = max(text.rfind(";", 0, at), 0)
    end = text.find(";", at)
    return start, end if end > 0 else len(text)


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield a cause that the passages give as the effect, or do not give."""
    own = next(reasons(ground.claim), None)
    if own is None or not own.cause or not own.effect:
        return
    stated = False
    for piece in ground.support:
        for there in reasons(piece):
            stated = True
            if not there.cause or not there.effect:
                continue
            straight = _share(ground, own.cause, there.cause, piece) + _share(
                ground, own.effect, there.effect, piece
            )
            turned = _share(ground, own.cause, there.effect, piece) + _share(
                ground, own.effect, there.cause, piece
            )
            if turned > straight + _MARGIN and turned >= 2 * _COVER:
                yield Doubt("differs", "check.cause", own.word, there.word, piece, 0.8)
                return
    if not stated:
        sides = min(ground.covered(ground.support, side) for side in (own.cause, own.effect))
        verdict: Literal["not found", "unclear"] = "not found" if sides >= _STATED else "unclear"
        yield Doubt(verdict, "check.no_cause", own.word, "", ground.best, 0.6)


def _share(ground: Ground, mine: list[Word], theirs: list[Word], piece: Piece) -> float:
    places = {word.at for word in theirs}
    found = [w for w in mine if any(there.at in places for there in ground.alike(w, piece))]
    return len(found) / len(mine) if mine else 0.0
