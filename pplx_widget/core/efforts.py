"""The names of efforts: the five of today, the older names of presets, and pinned versions."""

from __future__ import annotations

import re
from typing import Final, get_args

from . import checks
from .errors import nearest
from .options import EffortName

EFFORTS: Final = get_args(EffortName)

# An older name of a preset, which the service still accepts → the effort that it means.
OLDER: Final = {
    "fast-search": "fast",
    "pro-search": "low",
    "deep-research": "medium",
    "advanced-deep-research": "high",
}

EXAMPLE: Final = "fast@2026-10-16.0"
"""An effort with a pinned version."""

_VERSION = re.compile(r"@[0-9A-Za-z][\w.+-]*", re.ASCII)


def meant(effort: object) -> str | None:
    """Return which of the five efforts a name means; None if it is not the name of an effort.

    Examples
    --------
    >>> meant("high"), meant("fast@2026-10-16.0"), meant("pro-search"), meant("slow")
    ('high', 'fast', 'low', None)
    """
    if not isinstance(effort, str):
        return None
    name, at, version = effort.partition("@")
    if at and not _VERSION.fullmatch(at + version):
        return None
    return name if name in EFFORTS else OLDER.get(name)


def check(name: str, effort: object) -> None:
    """Raise `InvalidRequest` unless the value is None or the name of an effort."""
    if effort is None or meant(effort) is not None:
        return
    named = effort.partition("@")[0] if isinstance(effort, str) else ""
    hint = nearest(named, (*EFFORTS, *OLDER)) if named and named not in EFFORTS else ""
    allowed = ", ".join(map(repr, EFFORTS))
    raise checks.invalid(
        name, effort, f"one of {allowed}, or a pinned version such as {EXAMPLE!r}", hint
    )
