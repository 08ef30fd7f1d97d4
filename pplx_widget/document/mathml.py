"""Formulas as MathML, for HTML that leaves the notebook; needs the extra ``mathml``.

latex2mathml is a converter in Python. It copies some text and some attributes into its markup as they
are, so we take its tree, and write from it only the elements and attributes in the lists here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

from ..markdown.html_writer import to_html
from ..markdown.math import leads_elsewhere
from ..markdown.tree import Element, Item

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as Node

ELEMENTS = frozenset(
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup"  # noqa: SIM905
    " msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd".split()
)
ATTRIBUTES = frozenset(
    "mathvariant stretchy fence separator form lspace rspace movablelimits accent accentunder"  # noqa: SIM905
    " linethickness columnalign rowspacing columnspacing columnlines rowlines displaystyle scriptlevel"
    " width height depth voffset minsize maxsize notation largeop symmetric".split()
)
# As in js/src/chunks/fit.ts: deeper trees crash browsers, and longer lengths push everything else away.
_DEEPEST, _MOST_NODES, _LONGEST = 100, 4000, 60
# Any other number of parts is an error, which browsers show.
_PARTS = {
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
_VALUE = re.compile(r"[-+.\w% ]{1,60}")
_LENGTH = re.compile(r"[\d.]+(?=em|ex|pt|px|cm|mm|in|pc|mu)")
# Each opens a level, and the converter's time grows with the square of the levels.
_LEVEL = re.compile(r"[{^_\[]|\\left\b|\\begin\b")
_MOST_LEVELS = 200
_SECONDS = 3.0  # for all formulas of a document; the rest stays TeX

# Text cannot contain such tags, since its "<" is escaped.
_FORMULA = re.compile(r'(<span class="pplx-math[^"]*">)([^<]*)(</span>)')
_WRITTEN = re.compile(r"(\$\$?|\\[(\[])(.*?)(?:\$\$?|\\[)\]])", re.DOTALL)


def with_mathml(html: str) -> str:
    """Return the HTML of a document with MathML for its formulas, which contains their TeX.

    A formula that cannot be converted stays TeX, as do all if the converter is not installed.
    """
    if "pplx-math" not in html or (convert := _converter()) is None:
        return html
    end = time.monotonic() + _SECONDS

    def converted(match: re.Match[str]) -> str:
        made = _formula(unescape(match[2]), convert) if time.monotonic() < end else None
        return match[1] + to_html([made]) + match[3] if made else match[0]

    return _FORMULA.sub(converted, html)


def _converter() -> Callable[..., Node] | None:
    try:
        from latex2mathml.converter import convert_to_element  # noqa: PLC0415 (an extra)
    except ImportError:
        return None
    found: Callable[..., Node] = convert_to_element
    return found


def _formula(source: str, convert: Callable[..., Node]) -> Element | None:
    written = _WRITTEN.fullmatch(source.strip())
    if not written or leads_elsewhere(source) or len(_LEVEL.findall(source)) > _MOST_LEVELS:
        return None
    tex, block = written[2].strip(), written[1] in ("$$", "\\[")
    try:
        root = convert(tex, display="block" if block else "inline")
    except Exception:  # noqa: BLE001 (it raises many kinds for TeX that it does not know)
        return None
    nodes = [0]
    children = [_copied(child, 1, nodes) for child in root]
    rows = [child for child in children if child is not None]
    if len(rows) != len(children):
        return None
    row: list[Item] = [*rows] if len(rows) == 1 else [Element("mrow", [*rows])]
    note = Element("annotation", [tex], attributes={"encoding": "application/x-tex"})
    attributes = {"xmlns": "http://www.w3.org/1998/Math/MathML"}
    if block:
        attributes["display"] = "block"
    return Element("math", [Element("semantics", [*row, note])], attributes=attributes)


def _copied(node: Node, depth: int, nodes: list[int]) -> Element | None:
    """Return a copy without other attributes; None if the formula is to stay TeX."""
    nodes[0] += 1
    text = unescape(node.text or "")
    unknown = node.tag not in ELEMENTS or text.startswith("\\")
    unknown |= len(node) != _PARTS.get(node.tag, len(node))
    if unknown or depth > _DEEPEST or nodes[0] > _MOST_NODES:
        return None
    kept = {
        name: value
        for name, value in node.attrib.items()
        if name in ATTRIBUTES and _VALUE.fullmatch(value)
    }
    if any(float(n) > _LONGEST for v in kept.values() for n in _LENGTH.findall(v) if _number(n)):
        return None
    children: list[Item] = [text] if text.strip() or not len(node) else []
    for child in node:
        copy = _copied(child, depth + 1, nodes)
        if copy is None:
            return None
        children.append(copy)
    return Element(node.tag, [each for each in children if each], attributes=kept)


def _number(text: str) -> bool:
    return text.count(".") < 2 and text != "."  # noqa: PLR2004
