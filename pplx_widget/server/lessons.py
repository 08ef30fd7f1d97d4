"""Samples of one's own: a folder of recordings, such as those of lessons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..recordings.format import Exchange, RecordingError, read
from .library import Library
from .talk import as_agent

# If the phrasings of another question have more than this weighted share of the words of a wording, a
# paraphrase of it may find the other one.
_ALIKE: Final = 0.75


def lessons(folder: Path) -> Library:
    """Return the samples of a folder.

    Raises
    ------
    RecordingError
        There is no such folder, a recording in it is damaged, or none contains a complete answer.
    """
    if not folder.is_dir():
        raise RecordingError(
            f"There is no folder {str(folder)!r}.",
            "",
            "Check the path. `pplx-widget sample lesson.md -o FOLDER` makes the folder.",
        )
    found = [*exchanges_of(folder)]
    if not any(exchange.final and exchange.question for exchange in found):
        raise RecordingError(
            f"There is no sample in {str(folder)!r}.",
            "No `.jsonl` file in it contains a complete answer.",
            "Make one: `pplx-widget sample lesson.md -o FOLDER`.",
        )
    return Library(found)


def exchanges_of(folder: Path, *, without: str = "") -> Iterator[Exchange]:
    """Yield the recordings of a folder, except those of a file, with ids that are unique in it.

    Raises
    ------
    RecordingError
        A recording is damaged.
    """
    for path in sorted(folder.glob("*.jsonl")):
        if path.name != without:
            for exchange in read(path):
                yield replace(as_agent(exchange), id=f"{path.name}/{exchange.id}")


@dataclass(frozen=True, slots=True)
class Alike:
    """A wording of a question that another question's answer may answer.

    Attributes
    ----------
    wording : str
        The wording.
    of : Exchange
        The exchange whose wording it is.
    other : Exchange
        The exchange that answers it as well, or instead.
    """

    wording: str
    of: Exchange
    other: Exchange


def alike(exchanges: Sequence[Exchange], beside: Sequence[Exchange] = ()) -> list[Alike]:
    """Return the questions of a lesson that are too like another: a paraphrase may find either.

    Parameters
    ----------
    exchanges : sequence of Exchange
        The lesson.
    beside : sequence of Exchange
        The other samples of its folder, with other ids.
    """
    library = Library((*exchanges, *beside))
    found: dict[frozenset[str], Alike] = {}
    for exchange in exchanges:
        for other in library.exchanges:
            for wording in (exchange.question, *exchange.also):
                if other.id != exchange.id and library.known(wording, other) > _ALIKE:
                    pair = frozenset({exchange.id, other.id})
                    found.setdefault(pair, Alike(wording, exchange, other))
    return [*found.values()]
