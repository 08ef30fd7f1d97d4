"""Reasoning, parted from the text of an answer and put together in pieces that a person can read.

The result does not depend on how the text was split into deltas.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ..core.events import Event, Text, TextWithdrawn, Thought
from ..core.text import clean

_NAMES: Final = ("think", "thinking", "thought", "reasoning", "seed:think")
_OPENING: Final = tuple(f"<{name}>" for name in _NAMES)
_CLOSING: Final = tuple(f"</{name}>" for name in _NAMES)
_OPEN = re.compile("|".join(_OPENING), re.IGNORECASE)
_CLOSE = re.compile("|".join(_CLOSING), re.IGNORECASE)
_MENTION = re.compile("|".join(f"<{name}\\b" for name in _NAMES), re.IGNORECASE)
_MOST_TAGS: Final = 20
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


class Speech:
    """Turns what a model sends into `Text` and `Thought` events.

    Some servers leave a model's tags in the text. Only the beginning counts: further on the word may be
    part of an answer about it. A closing tag alone also ends a thought, since prompts may hold the
    opening one. The text before it was given as the answer's by then, and is withdrawn.
    """

    def __init__(self) -> None:
        self._held = ""  # text that may be part of a tag, or white space around one
        self._where: Callable[[str], list[Event]] = self._beginning
        self._before: list[str] | None = []  # the text so far, while a closing tag may come
        self._tags = 0  # closing tags that are words of the answer
        self._close = ""
        self._thoughts = Thoughts()
        self.spoke = False
        """Whether there is text, and not only thought."""

    def text(self, delta: str) -> list[Event]:
        """Take a piece of the text in."""
        if not self._held and self.spoke and "<" not in delta and self._where == self._answer:
            if self._before is not None:
                self._before.append(delta)
            return [*self._flushed(), Text(delta)] if self._thoughts.held else [Text(delta)]
        delta, self._held = self._held + delta, ""
        return self._where(delta)

    def thought(self, reasoning: str) -> list[Event]:
        """Take a piece of reasoning in."""
        return [Thought(clean(paragraph)) for paragraph in self._thoughts.feed(reasoning)]

    def pause(self) -> list[Event]:
        """End a thought: what follows is another one."""
        return self._flushed()

    def finish(self) -> list[Event]:
        """Return the text that is still held back."""
        held, self._held = self._held, ""
        events: list[Event] = []
        if self._where == self._thinking:
            events = self.thought(held)
        elif held.strip() if self._where == self._gap else held:
            events = self._said(held)
        return [*events, *self._flushed()]

    # ---- where we are: at the beginning, in a thought, behind one, or in the answer --------------

    def _beginning(self, text: str) -> list[Event]:
        words = text.lstrip()
        if opened := _OPEN.match(words):
            self._close = f"</{opened[0][1:]}".lower()
            self._where = self._thinking
            return self._thinking(words[opened.end() :])
        if any(tag.startswith(words.lower()) for tag in _OPENING):
            self._held = text
            return []
        self._where = self._answer
        return self._answer(text)

    def _thinking(self, text: str) -> list[Event]:
        end = text.lower().find(self._close)
        if end >= 0:
            return [*self.thought(text[:end]), *self._after(text[end + len(self._close) :])]
        keep = _overlap(text, (self._close,))
        self._held = text[len(text) - keep :]
        return self.thought(text[: len(text) - keep])

    def _after(self, rest: str) -> list[Event]:
        self._where, self._before = self._gap, None
        return self._gap(rest)

    def _gap(self, text: str) -> list[Event]:
        words = text.lstrip()
        if not words:
            return []
        return self._beginning(words)

    def _answer(self, text: str) -> list[Event]:
        events: list[Event] = []
        while self._before is not None and (closed := _CLOSE.search(text)):
            before = "".join(self._before) + text[: closed.start()]
            if not _ends_a_thought(before):
                events += self._said(text[: closed.end()])
                text = text[closed.end() :]
                self._tags += 1
                if self._tags >= _MOST_TAGS:  # each one costs the whole text
                    self._before = None
                continue
            if self.spoke:
                events.append(TextWithdrawn())
                self.spoke = False
            return [*events, *self.thought(before), *self._after(text[closed.end() :])]
        if self._before is not None and (keep := _overlap(text, _CLOSING)):
            self._held, text = text[len(text) - keep :], text[: len(text) - keep]
        return [*events, *self._said(text)]

    def _said(self, text: str) -> list[Event]:
        if not text:
            return []
        if self._before is not None:
            self._before.append(text)
        self.spoke = self.spoke or not text.isspace()
        return [*self._flushed(), Text(text)]

    def _flushed(self) -> list[Event]:
        return [Thought(clean(paragraph)) for paragraph in self._thoughts.finish()]


def _ends_a_thought(before: str) -> bool:
    """Return whether a closing tag after a text ends a thought, and is not part of an answer."""
    if _MENTION.search(before):
        return False
    fences = _FENCE.findall(before)
    paragraph = before.rpartition("\n\n")[2]
    return len(fences) % 2 == 0 and paragraph.count("`") % 2 == 0


def _overlap(text: str, tags: tuple[str, ...]) -> int:
    """Return how many characters at the end of a text are the beginning of a tag."""
    at = text.rfind("<")
    end = text[at:].lower()
    return len(end) if at >= 0 and any(tag.startswith(end) and tag != end for tag in tags) else 0


class Thoughts:
    """Collects reasoning that comes token by token into paragraphs, one step each.

    A step a token would be a list as long as the reasoning.
    """

    LONGEST = 1000

    def __init__(self) -> None:
        self._buffer = ""

    @property
    def held(self) -> bool:
        """Whether there is a rest."""
        return bool(self._buffer)

    def feed(self, delta: str) -> list[str]:
        """Take a piece in; return the paragraphs that are complete."""
        self._buffer += delta  # never longer than a paragraph and a delta
        whole, at = [], 0
        while True:
            end = self._buffer.find("\n\n", at, at + self.LONGEST)
            after = end + 2
            if end < 0:
                if len(self._buffer) - at < self.LONGEST:
                    break
                after = self._buffer.rfind(" ", at, at + self.LONGEST) + 1 or at + self.LONGEST
                end = after
            whole.append(self._buffer[at:end])
            at = after
        self._buffer = self._buffer[at:]
        return [paragraph for text in whole if (paragraph := text.strip())]

    def finish(self) -> list[str]:
        """Return the rest."""
        if not self._buffer:
            return []
        rest, self._buffer = self._buffer.strip(), ""
        return [rest] if rest else []
