"""A doubt: what speaks against a claim, and the two parts that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .texts import Piece


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason not to call a claim found.

    Attributes
    ----------
    verdict : {"differs", "not found", "unclear"}
        What it makes of the claim.
    why : str
        The id of the words that explain it.
    claim : str
        The part of the claim.
    said : str
        The part of the passage; empty if the passage lacks it.
    piece : Piece or None
        The passage.
    sure : float
        How sure it is, from 0 to 1.
    """

    verdict: Literal["differs", "not found", "unclear"]
    why: str
    claim: str
    said: str = ""
    piece: Piece | None = None
    sure: float = 0.8
