"""The timeline of a run as a picture that needs no kernel: an SVG, and HTML with the metrics."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from ...core.secret import scrub
from ...core.text import shortened
from ...core.visible import one_line, printable
from ...core.words import decimal, say
from ...markdown.html_writer import escaped
from ...providers.trace import Frame, Trace
from .metrics import metrics, moments

WIDTH, HEIGHT = 720, 210

_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 700, 78, 170

# The same colours in light and dark themes, since hosts do not tell a picture the theme.
_INK, _TEXT, _OTHER, _MARK = "#7a7a7a", "#2f81c7", "#b8860b", "#c2456b"

# The labels of the named moments: number of lines, and width of a label.
_LINES, _LABEL = 5, 105

_MOST_ROWS = 40
# Maximum number of characters of a name or text in a table, which is also saved in the notebook.
_LONGEST_KIND, _LONGEST_TEXT = 80, 400

# Characters that XML does not allow.
_NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def svg(trace: Trace) -> str:
    """Return the timeline of a run as a standalone SVG.

    It shows a line for each frame (blue if it contains text), a dot for each read of the connection if
    the reads are known, a curve of the amount of text, and the named moments.
    """
    frames = list(trace.frames)
    named = moments(trace)
    last = max([0.001, *(f.at for f in frames), *(m.at for m in named)])
    across = (_RIGHT - _LEFT) / last

    def x(at: float) -> str:
        # In whole pixels: more precision is not visible, and this bounds the size of the file.
        return f"{_LEFT + at * across:.0f}"

    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" font-family="system-ui,sans-serif" font-size="11">'
    )
    parts = [
        opening,
        f"<title>{_NO_XML.sub('', escaped(summary(trace)))}</title>",
        f'<path d="M{_LEFT} {_BOTTOM}H{_RIGHT}" stroke="{_INK}"/>',
    ]
    for kind, colour in ((False, _OTHER), (True, _TEXT)):
        places = dict.fromkeys(x(f.at) for f in frames if bool(f.text) is kind)
        top = _TOP + 34 if kind else _TOP + 22
        ticks = "".join(f"M{place} {top}V{_BOTTOM}" for place in places)
        parts.append(
            f'<path d="{ticks}" stroke="{colour}" stroke-opacity="0.75"/>' if ticks else ""
        )
    reads = dict.fromkeys(x(at) for frame in frames for at, _ in frame.reads)
    dots = "".join(f"M{place} {_BOTTOM + 7}h.01" for place in reads)
    if dots:
        dot = 'stroke-width="4" stroke-linecap="round"'
        parts.append(f'<path d="{dots}" stroke="{_INK}" {dot}/>')
    parts.append(_curve(frames, x))
    taken = [-float(_LABEL)] * _LINES  # the start of the last label on each line
    for moment in named:
        place = float(x(moment.at))
        end = 'text-anchor="end"' if place > _RIGHT - _LABEL else ""
        shift = -3 if end else 3
        begins = place - _LABEL if end else place
        # Labels that would overlap are placed below each other.
        line = next((i for i in range(_LINES) if begins - taken[i] >= _LABEL), _LINES - 1)
        taken[line] = begins
        y = 12 + 13 * line
        parts.append(
            f'<path d="M{place:.1f} {y - 8}V{_BOTTOM}" stroke="{_MARK}" stroke-dasharray="2 2"/>'
            f'<text x="{place + shift:.1f}" y="{y}" fill="{_MARK}" {end}>{escaped(moment.name)} '
            f"{decimal(f'{moment.at:.2f}')}</text>"
        )
    for tick in _scale(last):
        parts.append(f'<path d="M{x(tick)} {_BOTTOM}v4" stroke="{_INK}"/>')
        parts.append(
            f'<text x="{x(tick)}" y="{_BOTTOM + 24}" fill="{_INK}" text-anchor="middle">'
            f"{decimal(f'{tick:g}')} s</text>"
        )
    return "".join(parts) + "</svg>"


def page(trace: Trace, rows: list[tuple[str, str]], css_class: str) -> str:
    """Return the picture with the metrics and the first events, as HTML that fetches nothing.

    The picture is in an ``img``, which hosts keep even if they remove SVG elements.
    """
    picture = base64.b64encode(svg(trace).encode()).decode()
    figures_ = "".join(f"<tr><th>{_text(n)}</th><td>{_text(v)}</td></tr>" for n, v in rows)
    frames = list(trace.frames)
    more = len(frames) - _MOST_ROWS
    events = "".join(
        f"<tr><td>{decimal(f'{frame.at:.3f}')} s</td><td>{_text(kind_of(frame))}</td>"
        f"<td>{_text(shortened(scrub(frame.text), _LONGEST_TEXT))}</td>"
        "</tr>"
        for frame in frames[:_MOST_ROWS]
    )
    # `escaped` would take the mark of the method for text.
    rest = say("inspector.rest_of_events", n=more, method="<code>to_jsonl</code>")
    rest = f"<p>{rest}</p>" if more > 0 else ""
    return (
        f'<div class="{css_class} tex2jax_ignore mathjax_ignore">'
        f"<p><strong>{_text(trace.question)}</strong></p>"
        f'<p><img alt="{_text(summary(trace))}" src="data:image/svg+xml;base64,{picture}"></p>'
        f"<table>{figures_}</table>"
        f"<details><summary>{say('inspector.events')}</summary><table>{events}</table>{rest}</details></div>"
    )


def text(trace: Trace, rows: list[tuple[str, str]]) -> str:
    """Return the metrics of a run as plain text."""
    lines = [trace.question, *(f"{name}: {value}" for name, value in rows)]
    return "\n".join(printable(one_line(line)) for line in lines)


def summary(trace: Trace) -> str:
    """Return the metrics of a run in one sentence, as a text alternative to the picture."""
    said = "; ".join(f"{name} {value}" for name, value in metrics(trace))
    return say("inspector.summary", question=trace.question, figures=said)


def kind_of(frame: Frame) -> str:
    """Return the name of a frame's kind."""
    data = frame.data
    if isinstance(data, dict):
        named = (data.get("type"), data.get("object"), "error" if "error" in data else "event")
        kind = next(name for name in named if name and isinstance(name, str))
        return shortened(scrub(kind), _LONGEST_KIND)
    if data is not None:
        return type(data).__name__
    text = (frame.raw or b"").decode("utf-8", "replace").strip()
    if text.startswith("data: [DONE]"):
        return "[DONE]"
    return say("inspector.comment" if text.startswith(":") else "inspector.no_frame")


def _text(text: str) -> str:
    return escaped(printable(text).replace("\n", "↵"))


def _curve(frames: list[Frame], x: Callable[[float], str]) -> str:
    """Return the curve of the amount of text over time."""
    total = sum(len(frame.text) for frame in frames)
    if not total:
        return ""
    there, before = 0, ""
    points: list[str] = []
    for frame in frames:
        if not frame.text:
            continue
        there += len(frame.text)
        place = x(frame.at)
        point = f"{place} {_BOTTOM - (_BOTTOM - _TOP) * there / total:.1f}"
        if place == before:
            points[-1] = point
        else:
            points.append(point)
        before = place
    return f'<path d="M{"L".join(points)}" fill="none" stroke="{_TEXT}" stroke-width="2"/>'


def _scale(last: float) -> list[float]:
    """Return round times from zero up to the last, at most eleven."""
    step = 0.001
    for factor in [2, 2.5, 2] * 8:
        if last / step <= 10:  # noqa: PLR2004
            break
        step *= factor
    return [round(step * i, 6) for i in range(int(last / step) + 1)]
