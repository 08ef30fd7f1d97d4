"""The finding of a check, and the output of findings."""

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
    """The finding of one check.

    Attributes
    ----------
    name : str
        The subject of the check, in a word or two.
    level : {"ok", "warn", "fail"}
        ``fail``: answers cannot work. ``warn``: they may not work, or the check could not find out.
    found : str
        The finding.
    advice : str
        The advice; empty if there is nothing to do.
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
    """Return the findings as aligned text, each with its advice below.

    Parameters
    ----------
    checks : sequence of Check
        The findings.
    encoding : str or None
        The encoding of the output stream; if it lacks ✓, ASCII signs are used.
    """
    signs = _SIGNS if _can_show("".join(_SIGNS.values()), encoding or "ascii") else _ASCII
    width = max((len(check.name) for check in checks), default=0)
    lines = []
    for check in checks:
        lines.append(f"{signs[check.level]} {check.name:<{width}}  {check.found}")
        if check.advice:
            lines.append(f"  {'':<{width}}  {check.advice}")
    # A last safeguard: a finding may quote a server or an environment variable.
    return redact(printable("\n".join(lines)))


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
