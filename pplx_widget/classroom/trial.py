"""A table of the effect of each fault on each reader, the naive ones and this package's own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..config import Connection, Timeout
from ..core.state import AnswerState
from ..markdown.html_writer import escaped
from ..providers import describe
from ..question.request import Request
from ..runs.session import Session
from ..server.faults import FAULTS, Fault, known
from ..server.server import LocalServer
from .readers import READERS, Reader

End: TypeAlias = Literal["whole", "said", "lost", "wrong", "hangs"]

OURS = "pplx_widget"
QUESTION = "Why do emoji break when I decode a stream chunk by chunk?"

_SPEED = 10.0  # the sample then takes a second
_SILENCE = 2.5  # seconds without a byte after which our own reader gives up
_RETRIES = 2
_AT_ONCE = 6

_SIGNS: dict[End, str] = {"whole": "✓", "said": "◐", "lost": "✗", "wrong": "≠", "hangs": "∞"}
_MEANINGS: dict[End, str] = {
    "whole": "the whole answer",
    "said": "an error that explains what happened; the text received so far is kept",
    "lost": "an exception; the text is lost",
    "wrong": "a wrong or incomplete text, returned as if it were the answer",
    "hangs": "still waiting when the trial timed out",
}
_COLOURS: dict[End, str] = {
    "whole": "60,160,90",
    "said": "60,120,200",
    "lost": "210,60,60",
    "wrong": "220,140,20",
    "hangs": "140,90,180",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one reader with one fault.

    Attributes
    ----------
    end : {"whole", "said", "lost", "wrong", "hangs"}
        ``whole``: the complete answer. ``said``: an error that explains what happened; the text so far
        is kept. ``lost``: an exception; the text is lost. ``wrong``: a wrong or incomplete text,
        returned as if it were the answer. ``hangs``: no result in time.
    share : float
        The share of the answer that was read, from 0 to 1.
    says : str
        The name of the exception or error; empty if there was none.
    """

    end: End
    share: float = 0.0
    says: str = ""

    def __str__(self) -> str:
        share = f" {self.share:.0%}" if self.end in ("said", "wrong") else ""
        return f"{_SIGNS[self.end]} {self.says or self.end}{share}"


class Trial:
    """A table of outcomes, which a notebook shows as HTML.

    Attributes
    ----------
    outcomes : dict
        Maps (fault or None, name of the reader) to an `Outcome`.
    """

    def __init__(self, outcomes: Mapping[tuple[Fault | None, str], Outcome]) -> None:
        self.outcomes = dict(outcomes)
        self._faults = list(dict.fromkeys(fault for fault, _ in outcomes))
        self._readers = list(dict.fromkeys(reader for _, reader in outcomes))

    def __getitem__(self, place: tuple[str | None, str]) -> Outcome:
        """Return one outcome: ``trial["cut", "trust_the_end"]``."""
        fault, reader = place
        return self.outcomes[known(fault), reader]

    def _rows(self) -> list[list[str]]:
        head = ["", *self._readers]
        rows = [
            [fault or "no fault", *(str(self.outcomes[fault, reader]) for reader in self._readers)]
            for fault in self._faults
        ]
        return [head, *rows]

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        meanings = [f"{_SIGNS[end]} {meaning}" for end, meaning in _MEANINGS.items()]
        return "\n".join([*lines, "", *meanings])

    def _repr_html_(self) -> str:
        rules = [
            f".pplx-trial .pplx-{end}{{background:rgba({colour},.22)}}"
            for end, colour in _COLOURS.items()
        ]
        style = (
            ".pplx-trial td,.pplx-trial th{padding:.3em .6em;text-align:start;"
            "border:1px solid rgba(128,128,128,.25);font-weight:400}" + "".join(rules)
        )
        head = "".join(
            f'<th title="{escaped(FAULTS[fault] if fault else "")}">{fault or "no fault"}</th>'
            for fault in self._faults
        )
        body = "".join(
            f"<tr><th>{escaped(reader)}</th>"
            + "".join(map(_cell, (self.outcomes[fault, reader] for fault in self._faults)))
            + "</tr>"
            for reader in self._readers
        )
        meanings = "<br>".join(f"{_SIGNS[end]} {meaning}" for end, meaning in _MEANINGS.items())
        return (
            f'<div class="pplx-trial"><style>{style}</style><table><thead><tr><th></th>{head}</tr>'
            f"</thead><tbody>{body}</tbody></table><p>{meanings}</p></div>"
        )


def _cell(outcome: Outcome) -> str:
    """Return a short table cell; its tooltip names the error."""
    says = escaped(outcome.says)
    share = f"{outcome.share:.0%}" if outcome.share and outcome.end != "whole" else ""
    shown = f"{_SIGNS[outcome.end]} {share or outcome.end}"
    return f'<td class="pplx-{outcome.end}" title="{says}">{shown}</td>'


def trial(
    faults: Iterable[str | None] = (None, *FAULTS),
    readers: Mapping[str, Reader] = READERS,
    *,
    patience: float = 3.0,
) -> Trial:
    """Try every reader, and this package's own, with every fault, each on a local server of its own.

    This takes about 15 seconds. Nothing is sent to another machine.

    Parameters
    ----------
    faults : iterable of str or None, optional
        Names in `FAULTS`; None means no fault. All by default.
    readers : mapping of str to callable, optional
        Maps a name to ``reader(base_url, question)``, which returns the text; `READERS` by default.
        Writing a reader is a good exercise.
    patience : float, optional
        Seconds after which a reader counts as hanging.

    Returns
    -------
    Trial
        The table of outcomes.

    Raises
    ------
    ValueError
        If a fault is unknown.

    Examples
    --------
    >>> trial(["cut"], {})["cut", "pplx_widget"].end
    'said'
    """
    with LocalServer(speed=0) as server:
        whole = _ask(server.base_url).text
    cells: dict[tuple[Fault | None, str], Future[Outcome]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for fault in map(known, faults):
            for name, read in readers.items():
                cells[fault, name] = pool.submit(_naive, read, fault, str(whole), patience)
            cells[fault, OURS] = pool.submit(_ours, fault, str(whole))
        return Trial({place: outcome.result() for place, outcome in cells.items()})


def _naive(read: Reader, fault: str | None, whole: str, patience: float) -> Outcome:
    with LocalServer(speed=_SPEED, fault=fault) as server:
        reading = _beside(lambda: read(server.base_url, QUESTION))
        try:
            text = reading.result(patience)
        except TimeoutError as error:
            # The reader itself may raise a TimeoutError too.
            return _lost(error) if reading.done() else Outcome("hangs")
        except Exception as error:  # noqa: BLE001 (any exception of a reader is an outcome)
            return _lost(error)
    return _judged(text, whole)


def _beside(work: Callable[[], str]) -> Future[str]:
    """Run a function on a daemon thread, which ends when the server closes the connection."""
    future: Future[str] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)

    threading.Thread(target=run, name="naive reader", daemon=True).start()
    return future


def _lost(error: Exception) -> Outcome:
    return Outcome("lost", says=type(error).__name__)


def _judged(text: str, whole: str) -> Outcome:
    if text == whole:
        return Outcome("whole", 1.0)
    return Outcome("wrong", min(len(text) / len(whole), 1.0))


def _ours(fault: str | None, whole: str) -> Outcome:
    with LocalServer(speed=_SPEED, fault=fault) as server:
        state = _ask(server.base_url)
    if state.error:
        return Outcome("said", len(str(state.text)) / len(whole), type(state.error).__name__)
    return _judged(str(state.text), whole)


def _ask(base_url: str) -> AnswerState:
    """Ask as `pplx_widget.ask` does, but without a widget and with the given base URL."""
    where = Connection(base_url, None, None, Timeout(read=_SILENCE), _RETRIES)

    asked = Request(question=QUESTION)
    session = Session(asked, functools.partial(describe("raw").make, where))
    session.start()
    session.wait()
    return session.snapshot()
