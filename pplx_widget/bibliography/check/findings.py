"""`Check` and its findings: how the sentences of an answer compare with what they cite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from ...core.finding import VERDICTS, Checked, Finding
from ...core.frames import frame

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "sentence": str,
    "verdict": str,
    "number": "Int64",
    "id": "Int64",
    "quote": str,
    "why": str,
    "doubt": float,
}


class Check(tuple[Finding, ...]):  # noqa: SLOT001 (it has attributes)
    """The findings on an answer's sentences: a tuple of `Finding` in the order of the text.

    Its display begins with the most doubtful sentence. It compares texts and does not know the facts:
    a passage can be wrong, and a snippet is only a part of a page.

    Attributes
    ----------
    uncited : int
        The number of sentences without a citation, which were not compared.
    """

    uncited: int

    def __new__(cls, findings: Iterable[Finding] = (), uncited: int = 0) -> Self:  # noqa: D102
        made = super().__new__(cls, findings)
        made.uncited = uncited
        return made

    @property
    def counts(self) -> dict[str, int]:
        """The number of findings with each verdict."""
        counts = Counter(finding.verdict for finding in self)
        return {verdict: counts[verdict] for verdict in VERDICTS}

    @property
    def kept(self) -> Checked:
        """The findings as the state of an answer keeps them."""
        return Checked(tuple(self), self.uncited)

    @property
    def doubtful(self) -> tuple[Finding, ...]:
        """The findings, the most doubtful first."""
        return tuple(sorted(self, key=lambda finding: -finding.doubt))

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with one row per finding, the most doubtful first.

        Returns
        -------
        pandas.DataFrame
            ``sentence``, ``verdict``, ``number``, ``id``, ``quote``, ``why`` and ``doubt``; see
            `Finding`.

        Raises
        ------
        PplxError
            pandas is not installed.
        """
        return frame(map(_row, self.doubtful), _COLUMNS)

    def __repr__(self) -> str:
        """Return the findings as text."""
        from . import shown  # noqa: PLC0415 (it imports the document room, which is slow)

        return shown.text(self.doubtful, self.counts, self.uncited)

    def _repr_html_(self) -> str:
        from . import shown  # noqa: PLC0415 (as above)

        return shown.html(self.doubtful, self.counts, self.uncited)


def _row(finding: Finding) -> dict[str, Any]:
    return {name: value for name, value in asdict(finding).items() if name in _COLUMNS}
