"""A list or tuple of answers as the value of a cell is a live table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .. import host


def show_lists() -> None:
    """Show lists and tuples of answers as tables from now on; other values are shown as before."""
    formatter = getattr(
        getattr(host.shell(), "display_formatter", None), "ipython_display_formatter", None
    )
    if formatter is None:
        return
    for kind in (list, tuple):
        before = formatter.type_printers.get(kind)
        if not isinstance(before, _Lists):
            formatter.for_type(kind, _Lists(before))


class _Lists:
    """Displays lists of answers, and leaves all other values to the earlier formatter."""

    def __init__(self, before: Callable[[Any], object] | None) -> None:
        self._before = before

    def __call__(self, value: Any) -> None:
        """Display a list of answers.

        Raises
        ------
        NotImplementedError
            It is none: IPython then goes on to the other formats.
        """
        if _is_of_answers(value):
            from .listed import Listed  # noqa: PLC0415 (a list of answers exists, so they are loaded)
            from .table import Table  # noqa: PLC0415

            Table(Listed(value), "")._ipython_display_()
        elif self._before is not None:
            self._before(value)
        # This formatter is asked for subclasses, too, before their own method.
        elif callable(own := getattr(type(value), "_ipython_display_", None)):
            own(value)
        else:
            raise NotImplementedError


def _is_of_answers(value: Any) -> bool:
    module = sys.modules.get("pplx_widget.widget.answer")
    if module is None or type(value) not in (list, tuple) or not value:
        return False
    return all(isinstance(each, module.Answer) for each in value)
