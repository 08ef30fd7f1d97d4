"""One finding, and how findings are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..._version import __version__
from ...core.secret import redact
from ...core.visible import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Level: TypeAlias = Literal["ok", "warn", "fail"]

_SIGNS: dict[Level, str] = {"ok": "✓", "warn": "!", "fail": "✗"}
_ASCII: dict[Level, str] = {"ok": "+", "warn": "!", "fail": "x"}


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Attributes
    ----------
    name : str
        What was looked at, in a word or two.
    level : {"ok", "warn", "fail"}
        ``fail``: answers cannot work like this. ``warn``: they may not, or it cannot be told.
    found : str
        The finding.
    advice : str
        What to do; empty where nothing is to be done.
    """

    name: str
    level: Level
    found: str
    advice: str = ""


def failed(checks: Iterable[Check]) -> bool:
    """Return whether any check failed."""
    return any(check.level == "fail" for check in checks)


def as_json(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the findings as JSON data: ``version``, ``ok`` and ``checks``."""
    rows = [
        {"name": c.name, "level": c.level, "found": redact(c.found), "advice": redact(c.advice)}
        for c in checks
    ]
    return {"version": __version__, "ok": not failed(checks), "checks": rows}


def render(checks: Sequence[Check], encoding: str | None) -> str:
    """Return the findings as aligned text, the advice below each.

    Parameters
    ----------
    checks : sequence of Check
        The findings.
    encoding : str or None
        That of the stream the text is for: where it has no ✓ the signs are ASCII.
    """
    signs = _SIGNS if _can_show("".join(_SIGNS.values()), encoding or "ascii") else _ASCII
    width = max((len(check.name) for check in checks), default=0)
    lines = []
    for check in checks:
        lines.append(f"{signs[check.level]} {check.name:<{width}}  {check.found}")
        if check.advice:
            lines.append(f"  {'':<{width}}  {check.advice}")
    # The last net: a finding may repeat what a server or a variable said.
    return redact(printable("\n".join(lines)))


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
