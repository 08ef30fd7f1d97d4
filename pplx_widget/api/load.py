"""`load`: read saved answers from a notebook file, without a kernel, the service or a key."""

from __future__ import annotations

import os
import warnings

from ..core.errors import PplxError
from ..document.record import is_batch
from ..document.saved import find
from ..widget.answer import Answer
from ..widget.batch.batch import Batch


def load(path: str | os.PathLike[str]) -> list[Answer | Batch]:
    """Return the saved answers and batches of a notebook.

    Parameters
    ----------
    path : str or path
        The path of an ``.ipynb`` file.

    Returns
    -------
    list of Answer or Batch
        The finished answers and batches in the order of the notebook; empty if it has none. A batch
        has the rows that its document holds: the first rows, and those that failed. Text, sources,
        citations, steps, usage, timing (in seconds) and error are unchanged, but the file keeps only
        300 characters of each snippet and thought. You can show the answers; this opens no connection.
        `Answer.retry` raises `InvalidRequest`, since the file does not keep the options of the
        question.

    Raises
    ------
    PplxError
        The file does not exist or is not a notebook.

    Warns
    -----
    UserWarning
        An answer cannot be read; the others are returned.

    Examples
    --------
    >>> import pplx_widget as pplx
    >>> first, *others = pplx.load("research.ipynb")
    >>> [c.source.url for c in first.citations]
    ['https://...']
    """
    answers: list[Answer | Batch] = []
    for saved in find(path):
        kind = Batch if is_batch(saved.record) else Answer
        try:
            answers.append(kind.from_record(saved.record))
        except PplxError as error:
            warnings.warn(f"{saved.cell}: {error}", stacklevel=2)
    return answers
