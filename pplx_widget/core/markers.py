"""The syntax of citation markers, which the scanner and the parser share.

A marker names one source, ``[1]`` or ``[web:11]``, or several, ``[1, 2]``, ``[1-3]``,
``[web:1; web:2]``.
It may have CJK brackets (``【1】``), and a note after a dagger (``【1†L5】``), which is ignored.
"""

from __future__ import annotations

import re
from typing import Final

from .tables import LONGEST_RANGE, MARKED, MARKER_ID, MARKER_PREFIX, MARKER_SEPARATOR

MARKER: Final = (
    rf"[\[【\uff3b](?:(?:(?<=[\[【\uff3b])|(?<=[0-9]){MARKER_SEPARATOR}){MARKER_PREFIX}{MARKER_ID}){{1,31}}"
    r"(?:†[^\]】\n]{1,40})?[\]】\uff3d]"
)
"""The pattern of a marker."""

_MARKED = re.compile(MARKED)


def ids_of(marker: str) -> tuple[int, ...]:
    """Return the ids that a marker names; none for a bad range or a list with 0, which are text."""
    ids: list[int] = []
    for dash, digits in _MARKED.findall(marker.partition("†")[0]):
        id_ = int(digits)
        if dash:
            if not 0 < id_ - ids[-1] <= LONGEST_RANGE:
                return ()
            ids += range(ids[-1] + 1, id_)
        ids.append(id_)
    return () if len(ids) > 1 and 0 in ids else tuple(ids)
