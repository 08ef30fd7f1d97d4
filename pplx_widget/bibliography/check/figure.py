"""A figure of a text, and its kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .days import Day

COUNT: Final = "count"
SHARE: Final = "share"
DATE: Final = "date"
ORDINAL: Final = "ordinal"
FACTOR: Final = "factor"
LABEL: Final = "label"
CLOCK: Final = "clock"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a text.

    Attributes
    ----------
    text : str
        The figure as written, with its unit.
    at, end : int
        Its place in the text, in characters.
    kind : str
        The dimension of its unit, or `COUNT`, `SHARE`, `DATE`, `ORDINAL`, `FACTOR`, `LABEL`, `CLOCK`.
    values : tuple of float
        Its possible values, in the base unit of its dimension.
    written : tuple of float
        Its possible values without the unit and words such as "million".
    unit : str
        The name of its unit; empty without one.
    step : float
        The value of its last digit, in the base unit.
    coarse : float
        The value of its last digit that is not zero.
    steps : tuple of float
        The value of the last digit in each of its values, if they differ.
    approx, over, under : bool
        Whether the words before it call it rounded, a lower limit, an upper limit.
    days : tuple of Day
        For a date: its possible readings.
    label : str
        For `LABEL` and `CLOCK`: the text that must be equal.
    per : str
        The name of the unit that it is a rate of, as in "3 euros a day".
    """

    text: str
    at: int
    end: int
    kind: str
    values: tuple[float, ...] = ()
    written: tuple[float, ...] = ()
    unit: str = ""
    step: float = 1.0
    coarse: float = 1.0
    steps: tuple[float, ...] = ()
    approx: bool = False
    over: bool = False
    under: bool = False
    days: tuple[Day, ...] = ()
    label: str = ""
    per: str = ""

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of a currency."""
        return self.kind.startswith("money:")
