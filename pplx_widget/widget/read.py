"""The traits of an answer that read the state of its run."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..bibliography.sources import Citations, Sources
from ..core import errors
from ..core.events import Image, Usage
from ..core.state import Place, Status, Step, Timing
from . import protocol
from .live import Live
from .traits import Derived

if TYPE_CHECKING:
    from ..bibliography.evidence import Evidence
    from ..core.structured.evidence import Field


class Read(Live):
    """A widget with the state of its run as traits; `Answer` describes them."""

    text = Derived[str](lambda a: str(a.session.state.text), str, lambda a: a.session.state.shown)
    status = Derived[Status](lambda a: a.session.state.status, str)
    reason = Derived[str | None](lambda a: a.session.state.reason, protocol.reason)
    sources = Derived[Sources](
        lambda a: Sources.of(a.session.snapshot()), lambda v: [protocol.source(s) for s in v]
    )
    citations = Derived[Citations](
        lambda a: Citations.of(a.session.snapshot()), lambda v: [protocol.citation(c) for c in v]
    )
    images = Derived[tuple[Image, ...]](
        lambda a: a.session.state.images, lambda v: [protocol.image(i) for i in v]
    )
    steps = Derived[tuple[Step, ...]](
        lambda a: a.session.state.steps, lambda v: [protocol.step(s) for s in v]
    )
    place = Derived[Place | None](lambda a: a.session.state.place, protocol.place)
    usage = Derived[Usage | None](lambda a: a.session.state.usage, protocol.usage)
    timing = Derived[Timing](lambda a: a.session.state.timing, protocol.timing)
    error = Derived[errors.PplxError | None](lambda a: a.session.state.error, protocol.failure)
    notes = Derived[tuple[str, ...]](lambda a: a.session.state.notes, list)
    structured = Derived[bool](
        lambda a: a.session.state.structured, bool, lambda a: a.session.state.as_code
    )
    evidence = Derived["Evidence"](
        lambda a: _evidence(a.session.state.fields), protocol.quotes, lambda a: a.session.snapshot()
    )
    checked = Derived[Any](
        lambda a: a.session.state.checked, protocol.checked, lambda a: a.session.snapshot()
    )
    model = Derived[str | None](lambda a: a.session.state.model, lambda v: v)
    asked = Derived[datetime | None](lambda a: a.session.state.asked, protocol.moment)
    kept = Derived[datetime | None](lambda a: a.session.state.kept, protocol.moment)
    elapsed = Derived[float](lambda a: a.session.elapsed, protocol.seconds)


def _evidence(fields: tuple[Field, ...]) -> Evidence:
    from ..bibliography.evidence import Evidence  # noqa: PLC0415 (few answers have it)

    return Evidence(fields)
