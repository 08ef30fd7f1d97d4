"""Records without what the Markdown of the same output contains."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from typing import Any

from ..core.events import site_of
from .edits import applied, differences
from .record import FORMAT, WHOLE

_REFERENCE = 100  # bytes of a reference to the Markdown
_LONGEST = 2**26  # bytes of an unpacked record


def without_text(record: dict[str, Any], markdown: str) -> dict[str, Any]:
    """Return a record without what the Markdown of its output contains.

    Parameters
    ----------
    record : dict
        The output of `to_record`.
    markdown : str
        The ``text/markdown`` of the output.

    Returns
    -------
    dict
        The same record if the Markdown contains little of the text.
    """
    text = record.get("text", "")
    start = markdown.find("\n\n") + 1  # the question comes first
    steps = differences(markdown, start, text)
    if len(steps) + _REFERENCE >= len(text):
        return record
    compact = {name: value for name, value in record.items() if name != "text"}
    if sources := record.get("sources"):
        compact["sources"] = [_without_site(source) for source in sources]
    reference = {"start": start, "steps": steps, "check": zlib.crc32(text.encode())}
    return {**compact, "format": FORMAT, "markdown": reference}


def packed(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as one compressed text, for an answer that is mostly sources or markup."""
    whole = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return {"format": FORMAT, "packed": b85encode(zlib.compress(whole.encode(), 9)).decode()}


def restored(record: Any, markdown: Any) -> Any:
    """Return the whole record of an output, or the value itself if it cannot be restored.

    Parameters
    ----------
    record : object
        The value stored as the record, of any format.
    markdown : object
        The ``text/markdown`` of the output.
    """
    try:
        return _with_text(_unpacked(record), markdown)
    # The file may contain anything.
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, zlib.error):
        return record


def moved(record: dict[str, Any], by: int) -> dict[str, Any]:
    """Return a record for the same Markdown further on in an output."""
    whole = _unpacked(record)
    if "markdown" not in whole:
        return record
    reference = whole["markdown"]
    made = {**whole, "markdown": {**reference, "start": reference["start"] + by}}
    return packed(made) if whole is not record else made


def _unpacked(record: Any) -> Any:
    if not isinstance(record, dict) or "packed" not in record:
        return record
    pump = zlib.decompressobj()
    whole = pump.decompress(b85decode(record["packed"]), _LONGEST)
    if not pump.eof:
        raise ValueError("too long")
    beside = {name: v for name, v in record.items() if name not in ("format", "packed")}
    return {**json.loads(whole), **beside}


def _with_text(record: Any, markdown: Any) -> Any:
    if not isinstance(record, dict) or "markdown" not in record:
        return record
    reference = record["markdown"]
    text = applied(markdown, reference["start"], reference["steps"])
    if zlib.crc32(text.encode()) != reference["check"]:
        return record
    whole = {name: value for name, value in record.items() if name != "markdown"}
    if "sources" in record:
        whole["sources"] = [_with_site(source) for source in record["sources"]]
    return {**whole, "format": WHOLE, "text": text}


def _without_site(source: dict[str, Any]) -> dict[str, Any]:
    """Return a source without the site that its address gives; an empty site is kept as such."""
    site = source.get("site", "")
    if site == site_of(source.get("url", "")):
        return {name: value for name, value in source.items() if name != "site"}
    return {**source, "site": site}


def _with_site(source: dict[str, Any]) -> dict[str, Any]:
    whole = {"site": site_of(source.get("url", "")), **source}
    return {name: value for name, value in whole.items() if value != ""}
