"""Limits on the size of an answer: above what any service sends, below what a kernel has."""

from __future__ import annotations

from typing import Final

from ..core import errors
from ..core.events import Event, ImagesFound, PagesFetched, SourcesFound, Text, Unknown

MOST_TEXT: Final = 32 * 2**20
"""Characters of one answer."""

MOST_SOURCES: Final = 20_000
"""Sources and images of one answer; repetitions count."""

MOST_STEPS: Final = 10_000
"""Searches, pages, thoughts and other events beside the text."""


class Bounds:
    """Checks the size of one answer."""

    def __init__(self) -> None:
        self._text = self._sources = self._steps = 0

    def check(self, event: Event) -> None:
        """Count an event.

        Raises
        ------
        ProviderFailed
            The answer exceeds one of the limits.
        """
        if isinstance(event, Text):
            self._text += len(event.delta)
            if self._text > MOST_TEXT:
                raise errors.oversized("error.oversized.text", MOST_TEXT // 2**20)
        elif not isinstance(event, Unknown):  # only the first few of those are kept
            self._steps += 1
            if isinstance(event, SourcesFound | PagesFetched):
                self._sources += len(event.sources)
            elif isinstance(event, ImagesFound):
                self._sources += len(event.images)
            if self._steps > MOST_STEPS:
                raise errors.oversized("error.oversized.steps", MOST_STEPS)
            if self._sources > MOST_SOURCES:
                raise errors.oversized("error.oversized.sources", MOST_SOURCES)
