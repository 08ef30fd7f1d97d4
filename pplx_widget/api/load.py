"""`load`: read saved answers and chats from a notebook file, without a kernel, the service or a key."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from ..config import settings
from ..core.errors import PplxError
from ..document.record import is_batch
from ..document.saved import find
from ..widget.answer import Answer
from ..widget.batch.batch import Batch
from ..widget.chat.chat import Chat
from ..widget.chat.loaded import chat_of


def load(path: str | os.PathLike[str]) -> list[Answer | Batch | Chat]:
    """Return the saved answers, batches and chats of a notebook.

    Parameters
    ----------
    path : str or path
        The path of an ``.ipynb`` file.

    Returns
    -------
    list of Answer, Batch or Chat
        The finished answers, the batches and the chats in the order of the notebook; empty if it has
        none. A batch has all rows if its store is beside the notebook, in the current folder or beside
        that of the settings; else those that its document holds: the first ones, and those that failed.
        A chat has all its branches, and goes on from the chosen one; two versions of it, as after a
        merge by git, become one. Its options of `ask` are those of the saved chat, without keys and
        files. Text, sources, citations, steps, usage, timing (in seconds) and error are unchanged, but
        the file keeps only 300 characters of each snippet and thought. You can show the answers; this
        opens no connection. `Answer.retry` raises `InvalidRequest`, since the file does not keep the
        options of the question.

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
    store = settings().store
    folders = [Path(os.fsdecode(path)).parent, Path(), *([store.parent] if store else [])]
    answers: list[Answer | Batch | Chat] = []
    for saved in find(path, chats=True):
        if saved.chat is not None:
            chat, failures = chat_of(saved.chat)
            for error in failures:
                warnings.warn(f"{saved.cell}: {error}", stacklevel=2)
            if len(chat):
                answers.append(chat)
            continue
        try:
            if is_batch(saved.record):
                answers.append(Batch.from_record(saved.record, folders))
            else:
                answers.append(Answer.from_record(saved.record))
        except PplxError as error:
            warnings.warn(f"{saved.cell}: {error}", stacklevel=2)
    return answers
