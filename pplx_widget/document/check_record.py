"""The findings of a check in the record of an answer."""

from __future__ import annotations

from typing import Any

from ..core.finding import VERDICTS, Checked, Finding
from ..core.text import shortened
from .fields import EXTRACT, Fields, filled, unreadable


def check_to_record(checked: Checked) -> dict[str, Any]:
    """Return the record of the findings on an answer."""
    findings = [
        filled(
            {
                "sentence": each.sentence,
                "verdict": each.verdict,
                "number": each.number,
                "id": each.id,
                "quote": shortened(each.quote, EXTRACT),
                "why": each.why,
                "doubt": each.doubt,
                "span": [*each.span],
                "ids": [*each.ids],
                "chip": each.chip,
                "parts": [*each.parts] if any(each.parts) else None,
            }
        )
        for each in checked.findings
    ]
    return {"uncited": checked.uncited, "findings": findings}


def check_from_record(saved: Fields) -> Checked:
    """Return the findings of a record.

    Raises
    ------
    PplxError
        A finding is broken.
    """
    return Checked(tuple(map(_finding, saved.parts("findings"))), saved.whole("uncited", 0))


def _finding(saved: Fields) -> Finding:
    verdict = saved.text("verdict")
    if verdict not in VERDICTS:
        raise unreadable(f"{saved.name}.verdict is unknown")
    span, parts = saved.wholes("span") or [0, 0], saved.texts("parts") or ["", ""]
    if len(span) != 2 or len(parts) != 2:  # noqa: PLR2004
        raise unreadable(f"{saved.name} is broken")
    return Finding(
        saved.text("sentence"),
        verdict,
        saved.whole("number") if saved.has("number") else None,
        saved.whole("id") if saved.has("id") else None,
        saved.text("quote"),
        saved.text("why"),
        min(1.0, max(0.0, saved.number("doubt") or 0.0)),
        _span=(span[0], span[1]),
        _ids=tuple(saved.wholes("ids")),
        _chip=saved.whole("chip", -1),
        _parts=(parts[0], parts[1]),
    )
