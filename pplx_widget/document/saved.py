"""Finding the records of answers in a notebook file, without a kernel, service or key."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import PplxError
from .compact import restored
from .conversation import SavedChat, answer_of, from_record
from .record import FURTHER, KEY, ROWS, is_batch


@dataclass(frozen=True, slots=True)
class Saved:
    """An unchecked record from a notebook.

    Attributes
    ----------
    cell : str
        The cell, for messages: "cell 3 (In [7])".
    record : object
        The value stored as the record, with the text that the output's Markdown contains.
    chat : SavedChat or None
        A whole chat, in place of a record.
    """

    cell: str
    record: Any
    chat: SavedChat | None = None

    @property
    def answers(self) -> list[Any]:
        """The unchecked record of each answer; a batch has several."""
        if not is_batch(self.record):
            return [self.record]
        return [_get(row, "record") for row in _items(self.record[ROWS])]


def find(path: str | os.PathLike[str], *, chats: bool = False) -> list[Saved]:
    """Return the records in a notebook file, without duplicates of answers shown several times.

    Parameters
    ----------
    path : str or path
        The file.
    chats : bool
        Whether to return a chat as one record. Otherwise the answers of its chosen branch are
        returned like others.

    Raises
    ------
    PplxError
        The file does not exist, or it is not a notebook.
    """
    found: dict[str, Saved] = {}
    for output in _records(_notebook(Path(os.path.expanduser(path)))):  # noqa: PTH111 (never raises)
        if chats and (chat := from_record(output.record, output.markdown)):
            known = found.setdefault(f"chat {chat.name}", Saved(output.cell, None, chat)).chat
            if known is not None and known is not chat:
                known.joined(chat)
            continue
        for saved in output.answers:
            found.setdefault(_same(saved.record), saved)
    return list(found.values())


def _same(value: Any) -> str:
    """Return a text that is equal for equal records."""
    try:
        return json.dumps(value, sort_keys=True)
    except RecursionError:  # not one of our records
        return ""


def _notebook(path: Path) -> dict[str, Any]:
    name = path.name or str(path)
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # the second: NUL or half of a surrogate pair
        raise PplxError(
            f"The file {name} cannot be read.",
            f"{getattr(error, 'strerror', None) or 'No file can have this name'}.",
            "Check the path. A relative path starts at the current working directory.",
        ) from None
    try:
        notebook = json.loads(content)
    # Not JSON, not UTF-8, nested too deeply, or a number with thousands of digits.
    except (ValueError, RecursionError):
        raise _no_notebook(name, "It is not valid JSON.") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise _no_notebook(name, "It has no cells.")
    return notebook


def _no_notebook(name: str, why: str) -> PplxError:
    return PplxError(
        f"{name} is not a readable notebook.",
        why,
        "Give the path of an .ipynb file. Convert a file from before 2015 with "
        "`jupyter nbconvert --to notebook` first.",
    )


def _records(notebook: dict[str, Any]) -> Iterator[_Output]:
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in _items(_get(cell, "outputs")):
            metadata = _get(output, "metadata")
            if isinstance(metadata, dict) and KEY in metadata:
                run = _get(cell, "execution_count")
                place = f"cell {number} (In [{run}])" if isinstance(run, int) else f"cell {number}"
                markdown = _joined(_get(_get(output, "data"), "text/markdown"))
                yield _Output(place, metadata[KEY], markdown)


@dataclass(frozen=True, slots=True)
class _Output:
    """An output with answers."""

    cell: str
    record: Any
    markdown: Any

    @property
    def answers(self) -> Iterator[Saved]:
        """The records of its answers, then those of follow-up questions in the same output."""
        alone = answer_of(self.record) if isinstance(self.record, dict) else self.record
        for each in (alone, *_items(_get(self.record, FURTHER))):
            whole = restored(answer_of(each) if isinstance(each, dict) else each, self.markdown)
            yield Saved(self.cell, whole)


def _joined(lines: Any) -> Any:
    """Return a text that a notebook contains as one or as its lines."""
    if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
        return "".join(lines)
    return lines


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
