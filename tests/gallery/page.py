"""The gallery's web page: one file with the real bundle, the real documents and every state."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from pplx_widget.core.assets import asset
from pplx_widget.widget import protocol
from pplx_widget.widget.documents import Document, Keys, document

from ..support.paths import ROOT
from .states import Shown, states

HERE = Path(__file__).parent
FAKE_MODEL = ROOT / "js" / "test" / "page" / "fake-model.js"


def made() -> str:
    """Return the page as HTML."""
    keys = Keys()
    chunks = {name: asset(f"{name}.js") for name in ("code", "math")}
    page = (HERE / "gallery.html").read_text("utf-8")
    return (
        page.replace("STATES", _data([_told(shown, keys) for shown in states()]))
        .replace("CHUNKS", _data(chunks))
        .replace("BUNDLE", _address(asset("widget.js")))
        .replace("FAKE_MODEL", _address(FAKE_MODEL.read_text("utf-8")))
    )


def _data(value: object) -> str:
    """Return JSON that is safe inside a script element."""
    return json.dumps(value).replace("</", "<\\/")


def _address(code: str) -> str:
    """Return code as a data URL, which a page opened from disk can import."""
    return f"data:text/javascript;base64,{base64.b64encode(code.encode()).decode()}"


def _told(shown: Shown, keys: Keys) -> dict[str, Any]:
    """Return the data of one state: the traits, and its document."""
    state = shown.state
    settled: Document | None = None
    if state.status.final:
        settled = document(keys, shown.question, state, shown.context)
    traits = {
        "question": shown.question,
        "context": protocol.context(shown.context),
        "text": str(state.shown),
        "status": str(state.status),
        "reason": state.reason,
        "sources": [*map(protocol.source, state.sources)],
        "citations": [*map(protocol.citation, state.citations)],
        "images": [*map(protocol.image, state.images)],
        "steps": [*map(protocol.step, state.steps)],
        "usage": protocol.usage(state.usage),
        "timing": protocol.timing(state.timing),
        "error": protocol.failure(state.error),
        "notes": [*state.notes],
        "structured": state.as_code,
        "evidence": protocol.quotes(state),
        "model": state.model,
        "elapsed": shown.elapsed,
        "stop_waits": shown.stop_waits,
        "settled": settled.key if settled else "",
    }
    return {
        "group": shown.group,
        "name": shown.name,
        "traits": traits,
        "quiet": shown.quiet,
        "requested": shown.requested,
        "gone": shown.gone,
        "html": settled.data["text/html"] if settled else None,
    }
