"""Reasoning in the chat shape: apart from the text, and in pieces that a person can read.

What comes out does not depend on how the text was split into deltas.
"""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Parts ``<think>…</think>`` at the beginning of a text from what follows.

    Some servers leave a model's tags in the text. Only the beginning counts: further on the word may
    be part of an answer about it.
    """

    def __init__(self) -> None:
        self._held = ""  # what may turn out to be part of a tag, or space around one
        self._where = self._beginning

    def feed(self, delta: str) -> tuple[str, str]:
        """Take a delta in; return what of it is thought, and what is text."""
        if not self._held and self._where == self._text:
            return "", delta
        delta, self._held = self._held + delta, ""
        return self._where(delta)

    def finish(self) -> tuple[str, str]:
        """Return what is still held back."""
        held, self._held = self._held, ""
        if self._where == self._thinking:
            return held, ""
        return "", "" if self._where == self._gap else held

    def _beginning(self, text: str) -> tuple[str, str]:
        words = text.lstrip()
        if words.startswith(_OPEN):
            self._where = self._thinking
            return self._thinking(words[len(_OPEN) :])
        if _OPEN.startswith(words):
            self._held = text
            return "", ""
        self._where = self._text
        return "", text

    def _thinking(self, text: str) -> tuple[str, str]:
        thought, closed, rest = text.partition(_CLOSE)
        if closed:
            self._where = self._gap
            return thought, self._gap(rest)[1]
        keep = _overlap(text, _CLOSE)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], ""

    def _gap(self, text: str) -> tuple[str, str]:
        if text := text.lstrip():
            self._where = self._text
        return "", text

    @staticmethod
    def _text(text: str) -> tuple[str, str]:
        return "", text


def _overlap(text: str, tag: str) -> int:
    """Return how many characters at the end of a text are the beginning of a tag."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)


class Thoughts:
    """Collects reasoning that comes token by token into paragraphs, one step each.

    A step a token would be a list as long as the reasoning.
    """

    LONGEST = 1000

    def __init__(self) -> None:
        self._buffer = ""

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
        """Return what is left."""
        rest, self._buffer = self._buffer.strip(), ""
        return [rest] if rest else []
