"""A text as the differences from another one that contains most of it.

The record of an answer does not repeat the text, which the document's Markdown contains with other
citations and escapes. The differences are one string of steps, ``copied,skipped,added:text``, each for
a position in the Markdown.
"""

from __future__ import annotations

import re

_STEP = re.compile(r"(\d{1,9}),(\d{1,9}),(\d{1,9}):")
_ANCHOR = 6  # characters that must be the same after a difference
_NEAR = 60  # characters after a difference in which both texts are searched for the same ones
_FAR = 4_000  # the same for lines, of which so many are tried
_LINES = 8


def differences(base: str, start: int, text: str) -> str:
    """Return the steps that make a text from ``base``, which they read from ``start`` on."""
    steps: list[str] = []
    at, done = start, 0
    while done < len(text):
        same = _common(base, at, text, done)
        at, done = at + same, done + same
        skipped, added = _gap(base, at, text, done)
        steps.append(f"{same},{skipped},{added}:{text[done : done + added]}")
        at, done = at + skipped, done + added
    return "".join(steps)


def applied(base: str, start: int, steps: str) -> str:
    """Return the text that the steps make.

    Raises
    ------
    ValueError
        The steps are not those of this base.
    """
    pieces: list[str] = []
    at, place = start, 0
    while place < len(steps):
        step = _STEP.match(steps, place)
        if step is None:
            raise ValueError("not a step")
        same, skipped, added = map(int, step.groups())
        place = step.end() + added
        if place > len(steps) or at + same > len(base):
            raise ValueError("a step beyond the end")
        pieces += [base[at : at + same], steps[step.end() : place]]
        at += same + skipped
    return "".join(pieces)


def _common(base: str, at: int, text: str, done: int) -> int:
    """Return how many characters are the same from two positions on."""
    same, step = 0, 64
    while step:
        here = base[at + same : at + same + step]
        if here and here == text[done + same : done + same + step]:
            same += len(here)
            if len(here) == step:
                step *= 2
                continue
        step //= 2
    return same


def _gap(base: str, at: int, text: str, done: int) -> tuple[int, int]:
    """Return how much of both texts to pass over until they are the same again."""
    best: tuple[int, int] | None = None
    for added in range(min(_NEAR, len(text) - done)):
        if best and added >= sum(best):
            return best
        anchor = text[done + added : done + added + _ANCHOR]
        found = base.find(anchor, at, at + _NEAR + _ANCHOR)
        if found >= 0 and (best is None or found - at + added < sum(best)):
            best = found - at, added
    if best:
        return best
    line = done
    for _ in range(_LINES):
        line = text.find("\n", line) + 1
        if not line:
            break
        anchor = text[line - 1 : line + _ANCHOR]
        if (found := base.find(anchor, at, at + _FAR)) >= 0:
            return found - at, line - 1 - done
    # Nothing is the same for a while: take the text as it is up to the next line.
    end = text.find("\n", done + 1)
    return 0, (len(text) if end < 0 else end) - done
