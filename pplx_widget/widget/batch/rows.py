"""What the table of a batch reads and does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ...core.errors import PplxError

if TYPE_CHECKING:
    from ..answer import Answer

STATES = ("running", "waiting", "complete", "incomplete", "stopped", "failed", "skipped")
"""The states of a row, in the order in which the table sorts them."""

UNDONE = ("running", "waiting")
"""The states of a row that is not over."""


class Rows(Protocol):
    """Questions by number, with their answers. All methods work from any thread."""

    @property
    def status(self) -> str:
        """The status of the whole: ``running, paused, stopped, complete``."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of rows in each state."""
        ...

    @property
    def spent(self) -> float:
        """The cost of the rows so far, in US dollars."""
        ...

    @property
    def projected(self) -> float | None:
        """The expected cost of all rows, in US dollars; None if it is unknown."""
        ...

    @property
    def rate(self) -> float:
        """The number of rows that end in a minute."""
        ...

    @property
    def left(self) -> float | None:
        """The expected seconds until the end; None if they are unknown."""
        ...

    def __len__(self) -> int: ...

    def state(self, row: int) -> str:
        """Return the state of a row, one of `STATES`."""
        ...

    def question(self, row: int) -> str:
        """Return the question of a row."""
        ...

    def text(self, row: int) -> str:
        """Return the text of a row so far."""
        ...

    def error(self, row: int) -> PplxError | None:
        """Return the error of a row that failed or was skipped."""
        ...

    def cost(self, row: int) -> float | None:
        """Return the cost of a row in US dollars; None if it is unknown, or before the end."""
        ...

    def found(self, row: int) -> int | None:
        """Return the number of a row's sources; None before the end."""
        ...

    def sources(self, row: int) -> Iterable[Mapping[str, Any]]:
        """Return the sources of a row that is over, as in its record."""
        ...

    def records(self, rows: list[int]) -> dict[str, Any]:
        """Return the record for the output, with the answers of these rows."""
        ...

    def answer(self, row: int) -> Answer:
        """Return the answer of a row, to be shown."""
        ...

    def watch(self, changed: Callable[[int], None]) -> None:
        """Call ``changed(row)`` after each change of a row, ``changed(-1)`` after one of the whole."""
        ...

    def can(self) -> tuple[str, ...]:
        """Return the actions that are possible now: ``pause, resume, stop, retry``."""
        ...

    def do(self, action: str) -> None:
        """Carry out one of these actions."""
        ...

    def wait(self) -> None:
        """Wait until all rows are over."""
        ...
