"""Check whether a claim says more than a passage: all for most, will for may, causes for linked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from .align import Ground
from .compare import likeness
from .doubts import Doubt
from .figure import COUNT, ORDINAL, SHARE, Figure
from .lexicon import poles_of, unspaced
from .texts import Piece, Word

_COVER: Final = 0.5
_COVER_PAIRS: Final = 0.35
_NEAR: Final = 40  # characters between a number and the word that it counts
# "Each meal costs 4 euros" says no more than "4 euros per meal".
_DISTRIBUTIVE: Final = frozenset(
    [
        "each",
        "every",
        "entire",
        "whole",
        "jede",
        "jeder",
        "jedes",
        "jeden",
        "jedem",
        "chaque",
        "cada",
        "ogni",
        "elk",
        "elke",
    ]
)
_HALF: Final = 50.0
_EVER: Final = re.compile(
    r"\b(in .{0,30}history|ever|of all time|jemals|aller zeiten|de l'histoire)\b"
)
_ALL_BUT: Final = re.compile(
    r"\b(?:all|everyone|every \w+) (?:but|except)\b|\balle außer\b|\btous sauf\b"
)
_ALMOST: Final = re.compile(
    r"\b(?:nearly|almost|not|most of|first of|at|after|above|fast|nicht|presque|casi|quasi|bijna|quase"
    r"|pas) \Z"
)
_SINCE: Final = re.compile(r"\b(since|seit|depuis|desde|dal|sinds)\b")
_DONE: Final = re.compile(
    r"\b(already|has|have|had|hat|haben|(?:a|ont) \w+(?:é|i|u|is)|bereits|schon|déjà|ya|già|ha|han)\b"
)
# A claim with one of them has a reserve of its own.
_RESERVED: Final = re.compile(
    r"\b(can|could|as (?:high|low|much|many|long|large|little) as|up to|rul(?:e|es|ed|ing) out|könnten?"
    r"|nicht aus(?:zuschließen|geschlossen)|pourrai(?:t|ent)|podrían?|potrebbe(?:ro)?)\b"
)
_SUPERLATIVE: Final = re.compile(r"\w{2,}est\Z|\b(?:most|least|best|worst)\Z")


def check(ground: Ground) -> Iterator[Doubt]:
    """Yield the words that make a claim stronger than its passage."""
    piece = ground.best
    if piece is None:
        return
    doubts = [
        *_quantifiers(ground, piece),
        *_hedges(ground, piece),
        *_links(ground, piece),
        *_superlatives(ground, piece),
    ]
    yield from doubts
    if not doubts:
        yield from _blocks(ground, piece)
    for other in ground.support[1:]:
        if any(_only_there(ground, figure, other) for figure in ground.claim.figures):
            yield from _hedges(ground, other)
            yield from _planned(ground, other)


def _only_there(ground: Ground, figure: Figure, there: Piece) -> bool:
    """Return whether a figure of the claim is in one of the passages only."""
    having = [p for p in ground.support if any(likeness(figure, g) == "same" for g in p.figures)]
    return having == [there]


def _has(piece: Piece, role: str, clauses: Iterable[int] | None = None) -> str:
    """Return a word of a role that a text has; empty if it has none."""
    words = piece.lexicon.words(role)
    if unspaced(piece.code):
        return next((word for word in words if word in piece.text), "")
    chosen = None if clauses is None else set(clauses)
    for word in piece.words:
        if word.text not in words or (chosen is not None and piece.clause(word.at) not in chosen):
            continue
        if role in {"hedge", "plan"} and piece.text[word.at].isupper() and word.at:
            continue  # the month of May
        if role == "all" and _ALMOST.search(piece.text[: word.at].lower()):
            continue
        return word.text
    return ""


def _fits(ground: Ground, piece: Piece) -> bool:
    return ground.cover(piece) >= (_COVER_PAIRS if unspaced(piece.code) else _COVER)


def _quantifiers(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    claim = ground.claim
    every, most = _has(claim, "all"), _has(claim, "most")
    if every and (but := _ALL_BUT.search(piece.text)):
        yield Doubt("differs", "check.exception", every, but[0], piece, 0.8)
    elif every and (other := _excepted(ground, piece, every)):
        exception = _has(other, "except") or _has(other, "only")
        yield Doubt("differs", "check.exception", every, exception, other, 0.7)
    elif every and not _has(piece, "all"):
        less = (
            _has(piece, "most")
            or _has(piece, "part")
            or _has(piece, "hedge")
            or _limit(piece)
            or _number(ground, piece, every)
        )
        if less and _fits(ground, piece):
            yield Doubt("differs", "check.quantity", every, less, piece, 0.85)
            return
        if every not in _DISTRIBUTIVE and _fits(ground, piece):
            yield Doubt("unclear", "check.stronger", every, "", piece, 0.6)
    elif most and not _has(piece, "most") and not _has(piece, "all"):
        less = _has(piece, "part") or (_has(piece, "only") if piece.figures else "")
        parts = [f for f in piece.figures if f.kind == SHARE]
        shares = [f for f in parts if f.values[0] < _HALF or (f.under and f.values[0] <= _HALF)]
        others = [f for f in parts if f not in shares]
        if less and _fits(ground, piece):
            yield Doubt("differs", "check.quantity", most, less, piece, 0.75)
        elif shares and _fits(ground, piece):
            words = ground.near(0)
            near = min(shares + others, key=lambda f: _gap(ground, piece, words, f.at))
            if near in shares:
                yield Doubt("differs", "check.quantity", most, near.text, piece, 0.75)


def _gap(ground: Ground, piece: Piece, words: list[Word], at: int) -> float:
    gaps = [abs(there.at - at) for word in words for there in ground.alike(word, piece)]
    return sum(gaps) / len(gaps) if gaps else float("inf")


def _limit(piece: Piece) -> str:
    return next((f"≤ {f.text}" for f in piece.figures if f.under and not f.approx), "")


def _number(ground: Ground, piece: Piece, every: str) -> str:
    """Return the number of a passage that the claim has "all" or "every" in place of."""
    counted = _counted(ground, every)
    if counted is None:
        return ""
    for there in ground.alike(counted, piece):
        for figure in piece.figures:
            near = 0 < there.at - figure.at < _NEAR
            if near and figure.kind in {COUNT, SHARE} and not _claimed(ground, figure):
                return figure.text
    return ""


def _claimed(ground: Ground, figure: Figure) -> bool:
    return any(likeness(mine, figure) == "same" for mine in ground.claim.figures)


def _excepted(ground: Ground, piece: Piece, every: str) -> Piece | None:
    """Return a passage with an exception to "all drones": "drones of the police are exempt"."""
    counted = _counted(ground, every)
    for other in ground.pieces:
        if other.title or not (_has(other, "except") or _has(other, "only")):
            continue
        if other is piece or (counted and ground.alike(counted, other)):
            return other
    return None


def _counted(ground: Ground, every: str) -> Word | None:
    """Return the word after "all" or "every"."""
    claim = ground.claim
    at = next((word.end for word in claim.words if word.text == every), 0)
    return next((word for word in claim.content if word.at >= at), None)


def _hedges(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    claim = ground.claim
    if _has(claim, "hedge") or not _fits(ground, piece):
        return
    if _RESERVED.search(claim.text.lower()) and not _has(claim, "certain"):
        return
    clauses = None if unspaced(claim.code) else _reached(ground, piece)
    hedge = _has(piece, "hedge", clauses)
    if hedge and not _has(claim, "part"):
        yield Doubt("differs", "check.hedge", _strong(claim), hedge, piece, 0.8)
        return
    condition = _has(piece, "condition", clauses)
    if condition and not _has(claim, "condition") and not _has(claim, "plan"):
        strong = _has(claim, "certain") or _has(claim, "all")
        verdict: Literal["differs", "unclear"] = "differs" if strong else "unclear"
        yield Doubt(verdict, "check.hedge", strong or claim.text, condition, piece, 0.7)
        return
    plan = _has(piece, "plan", clauses)
    if plan and not _has(claim, "plan"):
        done = _DONE.search(claim.text.lower())
        strong = _has(claim, "certain") or (done[0] if done else "")
        there = _DONE.search(piece.text.lower())
        if strong and not _has(piece, "certain") and not (done and there):
            yield Doubt("differs", "check.hedge", strong, plan, piece, 0.7)


def _reached(ground: Ground, piece: Piece) -> set[int]:
    """Return the clauses that share words with the claim, and those before them."""
    own = {
        piece.clause(there.at)
        for word in ground.claim.content
        for there in ground.alike(word, piece)
    }
    return own | {clause - 1 for clause in own} | {clause + 1 for clause in own}


def _strong(claim: Piece) -> str:
    return _has(claim, "certain") or claim.text


def _links(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    link = _has(piece, "linked")
    if not link or _has(ground.claim, "linked") or not _fits(ground, piece):
        return
    lower = ground.claim.text.lower()
    for cause in (*_phrases(ground.claim, "therefore"), *_phrases(ground.claim, "because")):
        if re.search(rf"\b{re.escape(cause)}\b", lower):
            yield Doubt("differs", "check.link", cause, link, piece, 0.8)
            return


def _phrases(piece: Piece, role: str) -> tuple[str, ...]:
    return piece.lexicon.phrases.get(role, ())


def _superlatives(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    claim = ground.claim
    if not _fits(ground, piece):
        return
    ordinal = any(f.kind == ORDINAL for f in claim.figures)
    for figure in () if ordinal else piece.figures:
        following = piece.text[figure.end :].lstrip(" -")[:30]
        word = re.match(r"\w+", following)
        if (
            figure.kind == ORDINAL
            and word
            and _SUPERLATIVE.search(word[0].lower())
            and word[0].lower() in claim.text.lower()
        ):
            said = f"{figure.text} {word[0]}"
            yield Doubt("differs", "check.quantity", word[0], said, piece, 0.8)
            return
    ever = _EVER.search(claim.text.lower())
    since = _SINCE.search(piece.text.lower())
    if ever and since and not _EVER.search(piece.text.lower()):
        yield Doubt("differs", "check.quantity", ever[0], since[0], piece, 0.7)


def _blocks(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    """Yield the stronger words of a claim that keep it from being found, without being a difference."""
    claim = ground.claim
    for role in ("all", "most", "only", "certain"):
        word = _has(claim, role)
        if word and word not in _DISTRIBUTIVE and not any(_has(p, role) for p in ground.support):
            if word == "will":
                continue
            yield Doubt("unclear", "check.stronger", word, "", piece, 0.5)
            return
    yield from _planned(ground, piece)
    for best in claim.words:
        if (
            _SUPERLATIVE.search(best.text)
            and poles_of(best.text, claim.code)
            and not any(
                ground.alike(best, p) or best.text in p.text.lower() for p in ground.support
            )
        ):
            yield Doubt("unclear", "check.stronger", best.text, "", piece, 0.5)
            return


def _planned(ground: Ground, piece: Piece) -> Iterator[Doubt]:
    claim = ground.claim
    plan = _has(piece, "plan", _reached(ground, piece))
    if plan and not (_has(claim, "plan") or _has(claim, "hedge")):
        yield Doubt("unclear", "check.stronger", claim.text, plan, piece, 0.5)
