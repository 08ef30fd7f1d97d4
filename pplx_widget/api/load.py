"""Answers back from a notebook's file: no kernel, no service, no key."""

from __future__ import annotations

import os
import warnings

from ..core.errors import PplxError
from ..document.saved import find
from ..widget import Answer


def load(path: str | os.PathLike[str]) -> list[Answer]:
    """Return the answers that a notebook holds.

    Parameters
    ----------
    path : str or path
        An ``.ipynb`` file.

    Returns
    -------
    list of Answer
        In the order of the notebook; empty where it holds none. They are finished: text, sources,
        citations, steps, usage, timing (in seconds) and error are as they were, but for snippets and
        thoughts, of which the file keeps 300 characters. They can be shown, and nothing opens a
        connection. `Answer.retry` raises `InvalidRequest`, since the file does not say how it was
        asked.

    Raises
    ------
    PplxError
        There is no such file, or it is not a notebook.

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
    answers = []
    for saved in find(path):
        try:
            answers.append(Answer.from_record(saved.record))
        except PplxError as error:
            warnings.warn(f"{saved.cell}: {error}", stacklevel=2)
    return answers
