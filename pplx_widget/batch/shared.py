"""Which rows of a batch this process asks, if other processes ask the rows of the same store."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..core.errors import PplxError, unforeseen
from ..core.runtime import TASK
from ..store.claims import LEASE, Claims

if TYPE_CHECKING:
    from ..store.row import Row
    from .kept import Kept

# The least rows that are claimed at once, and the most: those of one query.
_LEAST: Final = 8
_MOST: Final = 500

# Seconds between two looks whether another process has answered its rows.
_POLL: Final = 0.5


class Shared:
    """The rows that are claimed, ahead of those that are asked.

    Parameters
    ----------
    kept : Kept
        The store of the batch.
    questions : sequence of str
        The question of each row.
    found : callable
        Called with a row and its answer, if another process has asked it.
    failed : callable
        Called with an error of the store; the rows are then asked without a claim.
    wake : callable
        Called after each change.
    """

    def __init__(
        self,
        kept: Kept,
        questions: Sequence[str],
        found: Callable[[int, Row], None],
        failed: Callable[[PplxError], None],
        wake: Callable[[], None],
    ) -> None:
        self._kept = kept
        self._claims = Claims(kept.store, kept.name)
        self._questions = questions
        self._found, self._failed, self._wake = found, failed, wake
        self._mine: set[int] = set()  # claimed and not begun: the first rows of those to do
        self._task: asyncio.Task[None] | None = None
        self._vain = 0  # how many rows in succession were others'
        self._later = 0.0  # when to look again

    def has(self, row: int) -> bool:
        """Return whether a row that has not begun is claimed."""
        return row in self._mine

    def begun(self, row: int) -> None:
        """Note that a claimed row is asked."""
        self._mine.discard(row)

    def more(self, todo: deque[int], ahead: int) -> None:
        """Claim further rows, unless as many as ``ahead`` are claimed."""
        free = len(todo) - len(self._mine)
        loop = asyncio.get_running_loop()
        if self._task or not free or len(self._mine) >= ahead or loop.time() < self._later:
            return
        many = min(max(ahead, _LEAST), _MOST)
        rows = [*islice(todo, len(self._mine), len(self._mine) + many)]
        self._task = asyncio.create_task(self._claim(todo, rows), name=TASK)

    async def _claim(self, todo: deque[int], rows: Sequence[int]) -> None:
        """Claim rows, and move those of other processes to the end."""
        asked = {self._questions[row]: row for row in rows}
        try:
            taken, held, old = await asyncio.to_thread(self._took, [*asked])
        except Exception as error:  # noqa: BLE001 (rows that wait for ever are worse)
            self._failed(error if isinstance(error, PplxError) else unforeseen(error))
            taken, held, old = {*asked}, set(), {}
        finally:
            self._task = None
        if [*islice(todo, len(self._mine), len(self._mine) + len(rows))] != [*rows]:
            return  # the batch was stopped meanwhile
        first = [todo.popleft() for _ in self._mine]
        for _ in rows:
            todo.popleft()
        mine = [row for question, row in asked.items() if question in taken]
        todo.extendleft(reversed(first + mine))
        todo.extend(row for question, row in asked.items() if question in held)
        self._mine.update(mine)
        for question, row in old.items():
            self._found(asked[question], row)
        self._vain = 0 if mine or old else self._vain + len(rows)
        if self._vain >= len(todo) - len(self._mine):
            self._vain = 0
            loop = asyncio.get_running_loop()
            self._later = loop.time() + _POLL
            loop.call_at(self._later, self._wake)
        self._wake()

    def _took(self, questions: Sequence[str]) -> tuple[set[str], set[str], dict[str, Row]]:
        keys = {self._kept.key(question): question for question in questions}
        taken, held = self._claims.take([*keys])
        rest = [question for key, question in keys.items() if key not in taken and key not in held]
        old = self._kept.found(rest) if rest else {}
        claimed = {keys[key] for key in taken}
        # The store cannot have lost the answer of a row; if it has, the row is asked.
        return claimed | ({*rest} - {*old}), {keys[key] for key in held}, old

    async def renew(self) -> None:
        """Renew the claims until the batch is over."""
        while True:
            await asyncio.sleep(LEASE / 3)
            with contextlib.suppress(PplxError):  # the rows are then others', too
                await asyncio.to_thread(self._claims.renew)

    async def release(self) -> None:
        """End all claims, also those of rows that were not asked."""
        if self._task is not None:
            await asyncio.wait([self._task])
        self._mine.clear()
        with contextlib.suppress(PplxError):  # they end with the lease
            await asyncio.to_thread(self._claims.release)
