"""The golden files of Markdown: the tree that package and page must make of each text.

``tests/markdown/test_golden.py`` and ``js/test/text.test.ts`` read them; ``scripts/golden`` rewrites
their trees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pplx_widget.core.tables import HEADINGS
from pplx_widget.markdown.html_writer import to_html
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import Element, Item, to_tree

from .paths import GOLDEN

FOLDER = GOLDEN / "markdown"
LONGEST_LINE = 100
VOID = ("br", "hr")
# The files omit these attributes of links, and note a link that lacks one.
OF_EVERY_LINK = {"rel": "noopener noreferrer nofollow", "target": "_blank"}
# Characters that are invisible or misleading in a review.
UNSEEN = re.compile(
    "[\x7f-\xa0\xad\u0300-\u036f\u0590-\u08ff\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ud800-\udfff\ufb1d-\ufdff\ufe00-\ufe0f\ufe70-\ufeff\U000e0000-\U000e01ef]"
)


def files() -> list[Path]:
    """Return the golden files."""
    return sorted(FOLDER.glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    """Return the content of a file."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def text_of(case: dict[str, Any]) -> str:
    """Return the text of a case: a string, or a list of its lines."""
    text = case["text"]
    return text if isinstance(text, str) else "\n".join(text)


def tree_of(text: str) -> list[Any]:
    """Return a text's tree: a string is text, an element ``[name.class, {attributes}, *children]``."""
    return seen(below_question(to_html(to_tree(parse(text), cite))))


def below_question(html: str) -> str:
    """Return the HTML of a text with the levels that its headings have in an answer."""
    return re.sub(r"(</?)h([1-6])>", lambda tag: f"{tag[1]}{HEADINGS[int(tag[2]) - 1]}>", html)


def cite(id_: int) -> Item | None:
    """Return the element of a citation marker; None if it has no source."""
    return Element("a", [str(id_)]) if id_ in range(1, 10) else None


def seen(html: str) -> list[Any]:
    """Return the tree of some HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def written(file: dict[str, Any]) -> str:
    """Return the text of a file, with the trees that the package makes of its texts."""
    cases = ",\n".join(_case({**case, "tree": tree_of(text_of(case))}) for case in file["cases"])
    return f'{{\n  "about": {_json(file["about"])},\n  "cases": [\n{cases}\n  ]\n}}\n'


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root: list[Any] = []
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        rest: dict[str, str | None] = dict(attrs)
        for name, value in OF_EVERY_LINK.items() if "href" in rest else ():
            if rest.setdefault(name, "") == value:
                del rest[name]
        name = ".".join([tag, *(rest.pop("class", None) or "").split()])
        element: list[Any] = [name, rest] if rest else [name]
        self._open[-1].append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        element = self._open.pop()
        assert element[0].partition(".")[0] == tag

    def handle_data(self, data: str) -> None:
        into = self._open[-1]
        # An element's name is a string as well, but not text.
        if (into is self.root or len(into) > 1) and into and isinstance(into[-1], str):
            into[-1] += data
        else:
            into.append(data)


def _case(case: dict[str, Any]) -> str:
    fields = [("why", _json(case["why"])), ("text", _lines(case["text"]))]
    fields += [(name, _tree(case[name])) for name in ("tree", "typed") if name in case]
    inner = ",\n".join(f'      "{name}": {value}' for name, value in fields)
    return f"    {{\n{inner}\n    }}"


def _lines(text: str | list[str]) -> str:
    return _json(text) if isinstance(text, str) else _wrapped(map(_json, text))


def _tree(tree: list[Any]) -> str:
    return _wrapped(map(_json, tree))


def _wrapped(items: Iterable[str]) -> str:
    """Return a list on one line, or with one item per line if that is too long."""
    parts = list(items)
    line = f"[{', '.join(parts)}]"
    if len(line) < LONGEST_LINE - len('      "tree": ,'):
        return line
    return "[\n        " + ",\n        ".join(parts) + "\n      ]"


def _json(value: Any) -> str:
    return UNSEEN.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
