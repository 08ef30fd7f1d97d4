"""The line in which the program of a client reports one answer."""

from __future__ import annotations

import json
from collections.abc import Iterable


def show(api: str, way: str, text: str | None, citations: Iterable[str]) -> None:
    """Print what a client has read: ``way`` is "whole" or "streamed"."""
    said = {"api": api, "way": way, "text": text, "citations": [*citations]}
    print(json.dumps(said), flush=True)
