"""A structured answer as a Markdown list of its fields, with citations, while the JSON arrives.

JSON as code cannot have links. So an answer that cites is shown as a list: a line for each value, and
after it the markers of its sources. The rest of the package reads the list like any other text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from .evidence import KEYS, QUOTE, SOURCES, VALUE, ids_named, is_wrapper
from .json_events import JsonEvent, JsonReader
from .value_text import ValueText, plain

_DEEPEST = 15  # levels of lists; a deeper one is an ellipsis
_START = re.compile(r"[ \t\n\r\ufeff]*(?:(?:```|~~~)[^\n`]*\n[ \t\n\r]*)?")
# A text that may still become the start of a code block.
_HALF_START = re.compile(r"[ \t\n\r\ufeff]*(?:`{0,2}|~{0,2}|(?:```|~~~)[^\n`]*\n?[ \t\n\r]*)\Z")
_LONGEST_START = 200
_OPENS, _CLOSES = ("{", "["), ("}", "]")


@dataclass(slots=True)
class _Level:
    """An open container: ``{``, ``[``, ``wrapper``, ``undecided`` or ``hidden``."""

    kind: str
    indent: str = ""
    key: str = ""
    items: int = 0
    numbered: bool = False  # whether its items have numbers: its first is a container
    inline: bool = False  # whether its first item begins on the line of the item around it
    events: list[JsonEvent] = field(default_factory=list)  # of an undecided one
    ids: set[int] = field(default_factory=set)  # that a wrapper has named
    depth: int = 0  # of the containers inside that have no level of their own

    @property
    def mark(self) -> str:
        """The mark of the newest item of an array."""
        return f"{self.items}. " if self.numbered else "- "


class FieldList:
    """The list of the fields of one answer.

    Parameters
    ----------
    evidence : bool
        Whether each value is expected in a wrapper with its sources; see `evidence`.
    """

    def __init__(self, *, evidence: bool) -> None:
        self.is_json: bool | None = None
        """Whether the text is JSON, perhaps in a code block; None if that is not known yet."""
        self._evidence = evidence
        self._start = ""
        self._reader = JsonReader()
        self._levels: list[_Level] = []
        self._out: list[str] = []
        self._text: ValueText | None = None  # the open text
        self._named = ""  # a text among the sources of a wrapper

    def feed(self, text: str) -> str:
        """Read the next delta and return the Markdown that it adds."""
        if self.is_json is None:
            self._start += text
            if _HALF_START.match(self._start) and len(self._start) < _LONGEST_START:
                return ""
            start = _START.match(self._start)
            text = self._start[start.end() if start else 0 :]
            self.is_json = text[:1] in _OPENS if text else False
        if not self.is_json:
            return ""
        for event in self._reader.feed(text):
            self._take(event)
        return self._taken()

    def finish(self) -> str:
        """End the text and return the rest of the Markdown."""
        if self.is_json is None:
            self.is_json = False
        if not self.is_json:
            return ""
        for event in self._reader.end():
            self._take(event)
        if self._text is not None:
            self._out.append(self._text.feed("", ends=True))
        for level in self._levels:
            if level.kind == "undecided":
                self._decide(level)
        return self._taken()

    def _taken(self) -> str:
        out = "".join(self._out)
        self._out.clear()
        return out

    def _take(self, event: JsonEvent) -> None:
        level = self._levels[-1] if self._levels else None
        kind = level.kind if level else ""
        if level is None:
            self._begin(event)
        elif kind == "undecided":
            self._collect(level, event)
        elif kind == "wrapper":
            self._wrapped(level, event)
        elif kind == "hidden":
            self._hide(level, event)
        elif event.kind == "key":
            self._key(level, event.text)
        elif event.kind in _CLOSES:
            self._close(level)
        else:
            self._begin(event)

    # ---- values ------------------------------------------------------------------------------------

    def _begin(self, event: JsonEvent) -> None:
        """Read an event of a value."""
        if event.kind == "{" and self._evidence:
            self._levels.append(_Level("undecided"))
        elif event.kind in _OPENS:
            self._open(event.kind)
        elif self._scalar(event):
            self._out.append("\n")

    def _scalar(self, event: JsonEvent) -> bool:
        """Write an event of a value without items; return whether the value is complete."""
        if event.kind == "word":
            self._item(container=False)
            self._out.append(plain(event.text))
            return True
        if self._text is None:
            starts_line = not self._levels or self._outer().kind == "["
            self._item(container=False)
            self._text = ValueText(starts_line=starts_line)
            if event.kind == "text":
                self._out.append('""')
        self._out.append(self._text.feed(event.text, ends=event.kind == "text"))
        if event.kind != "text":
            return False
        if self._levels and self._levels[-1].kind == "wrapper":
            self._levels[-1].ids |= self._text.ids
        self._text = None
        return True

    def _outer(self) -> _Level:
        """Return the innermost level that has items."""
        return next(
            (each for each in reversed(self._levels) if each.kind in _OPENS), _Level("", indent="")
        )

    def _item(self, *, container: bool) -> None:
        """Begin a value: in an array its item, in an object the text after its key."""
        level = self._outer()
        if level.kind == "[":
            if not level.items:
                level.numbered = container
            self._begin_item(level)
            self._out.append(level.mark)
        elif level.kind and not container:
            self._out.append(" ")

    def _begin_item(self, level: _Level) -> None:
        """Begin the line of an item."""
        level.items += 1
        if level.items > 1 or not level.inline:
            below = level.items == 1 and level.indent  # the key of the item around it
            self._out += ["\n" if below else "", level.indent]

    def _key(self, level: _Level, key: str) -> None:
        self._begin_item(level)
        name = plain(" ".join(key.split())) or '""'
        self._out.append(f"- **{name}**:")

    def _open(self, kind: str) -> None:
        if len(self._levels) >= _DEEPEST:
            self._item(container=False)
            self._out.append("…\n")
            self._levels.append(_Level("hidden"))
            return
        self._levels.append(self._level(kind))

    def _level(self, kind: str) -> _Level:
        around = self._outer()
        if not around.kind:
            return _Level(kind)
        self._item(container=True)
        if around.kind == "{":
            return _Level(kind, around.indent + "  ")
        return _Level(kind, around.indent + " " * len(around.mark), inline=True)

    def _close(self, level: _Level) -> None:
        self._levels.pop()
        if level.items:
            return
        space = " " if self._levels and not level.inline else ""
        self._out.append(space + plain("{}" if level.kind == "{" else "[]") + "\n")

    def _hide(self, level: _Level, event: JsonEvent) -> None:
        if event.kind in _OPENS:
            level.depth += 1
        elif event.kind in _CLOSES:
            level.depth -= 1
            if level.depth < 0:
                self._levels.pop()

    # ---- wrappers ----------------------------------------------------------------------------------

    def _collect(self, level: _Level, event: JsonEvent) -> None:
        """Keep the events of an object until it is known whether it is a wrapper."""
        first = level.events[0] if level.events else event
        level.events.append(event)
        if first.kind != "key" or first.text not in KEYS:
            self._decide(level)
        elif first.text == VALUE and len(level.events) == 2 and event.kind not in _OPENS:  # noqa: PLR2004
            self._decide(level, wrapper=True)
        elif event.kind in _OPENS:
            level.depth += 1
        elif event.kind in _CLOSES:
            level.depth -= 1
            if level.depth < 0:
                self._decide_whole(level)

    def _decide(self, level: _Level, *, wrapper: bool = False) -> None:
        self._levels.pop()
        events = level.events
        if wrapper:
            self._levels.append(_Level("wrapper"))
            if events[0].text != VALUE:
                events = _value_first(events)
        else:
            self._open("{")
        for event in events:
            self._take(event)

    def _decide_whole(self, level: _Level) -> None:
        """Decide on a complete object whose value is a container, or is not its first key."""
        value = _value(level.events)
        inner = value.get(VALUE)
        if not is_wrapper(value):
            self._decide(level)
        elif not isinstance(inner, dict | list):
            self._decide(level, wrapper=True)
        else:  # of a schema that allows anything
            self._levels.pop()
            events = [*JsonReader().feed(json.dumps(inner))]
            outermost = not self._levels
            self._open(events[0].kind)
            opened = self._levels[-1]
            if ids := ids_named(value.get(SOURCES)):
                self._out += ["" if opened.inline or outermost else " ", *map(_marker, ids)]
                self._out.append("\n\n" if outermost else "")
                opened.inline = False
            for event in events[1:]:
                self._take(event)

    def _wrapped(self, level: _Level, event: JsonEvent) -> None:
        if event.kind == "key":
            if level.depth == 0:
                level.key = event.text
        elif event.kind in _CLOSES and level.depth == 0:
            self._levels.pop()
            self._out.append("\n")
        elif event.kind in _OPENS:
            level.depth += 1
        elif event.kind in _CLOSES:
            level.depth -= 1
        elif level.key == VALUE and level.depth == 0:
            self._scalar(event)
        elif level.key == SOURCES:
            self._source(level, event)

    def _source(self, level: _Level, event: JsonEvent) -> None:
        if event.kind == "piece":
            self._named += event.text
            return
        text, self._named = (self._named, "") if event.kind == "text" else (event.text, "")
        ids = ids_named(text)
        new = [id_ for id_ in dict.fromkeys(ids) if id_ not in level.ids]
        if new:
            self._out += [" ", *map(_marker, new)]
            level.ids.update(new)


def _marker(id_: int) -> str:
    return f"[{id_}]"


def _value_first(events: list[JsonEvent]) -> list[JsonEvent]:
    """Return the events of a wrapper with its value before its sources."""
    value = _value(events)
    rest = {SOURCES: value.get(SOURCES), QUOTE: value.get(QUOTE)}
    ordered = json.dumps({VALUE: value[VALUE], **rest})
    return [*JsonReader().feed(ordered)][1:]


def _value(events: list[JsonEvent]) -> dict[str, object]:
    """Return the object that events, without its opening bracket, describe."""
    out, before = ["{"], ""
    for event in events:
        match event.kind:
            case "key":
                text = json.dumps(event.text) + ":"
            case "piece":
                text = ("" if before == "piece" else '"') + json.dumps(event.text)[1:-1]
            case "text":
                text = '"' if before == "piece" else '""'
            case "word":
                text = event.text
            case kind:
                text = kind
        begins = event.kind not in (*_CLOSES, "text") and before not in ("", "key", *_OPENS)
        if event.kind == "text" and before != "piece":
            begins = before not in ("", "key", *_OPENS)
        if begins and not (event.kind == "piece" and before == "piece"):
            out.append(",")
        out.append(text)
        before = event.kind
    try:
        return dict(json.loads("".join(out)))
    except (ValueError, RecursionError):
        return {}
