"""What the table of a batch reads and does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ...core.errors import PplxError
from ...core.events import Source, Usage
from ...core.state import Status

if TYPE_CHECKING:
    from ..answer import Answer

Phase = Literal["running", "paused", "stopped", "complete"]
"""The status of a whole batch."""

STATES = ("running", "waiting", "complete", "incomplete", "stopped", "failed", "skipped")
"""The states of a row, in the order in which the table sorts them."""

UNDONE = ("running", "waiting")
"""The states of a row that is not over."""


class Outcome(Protocol):
    """What is known of a row that is over; an `Answer` is one, too."""

    @property
    def status(self) -> Status | str:
        """Its final state."""
        ...

    @property
    def error(self) -> PplxError | None:
        """The error of a failed row."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """Its sources."""
        ...

    @property
    def usage(self) -> Usage | None:
        """Its tokens and cost."""
        ...


class Rows(Protocol):
    """Questions by number. All methods work from any thread; none takes longer than a row needs."""

    @property
    def status(self) -> Phase:
        """The status of the whole."""
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
        """The expected cost of all rows; None if it is unknown."""
        ...

    @property
    def rate(self) -> float:
        """Rows that finish in a minute."""
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

    def result(self, row: int) -> Outcome | None:
        """Return what is known of a row that is over; None before."""
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

    def records(self, rows: list[int]) -> dict[str, Any]:
        """Return the record for a notebook, with the answers of some rows."""
        ...

    def wait(self) -> None:
        """Wait until all rows are over."""
        ...
