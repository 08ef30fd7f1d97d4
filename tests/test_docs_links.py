"""Every relative link of the Markdown pages and the notebooks leads to a file and a heading, and every
page of the site is in its table of contents."""

from __future__ import annotations

import itertools
import json
import posixpath
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

import pplx_widget as pplx

from .support.paths import ROOT

DOCS = ROOT / "docs"
MARKDOWN = sorted([*ROOT.glob("*.md"), *DOCS.glob("**/*.md")])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = [path.relative_to(ROOT).as_posix() for path in (*MARKDOWN, *NOTEBOOKS)]

# On GitHub only: the front page of the repository, and a note that a page has moved.
NOT_ON_THE_SITE = {"README.md"}

# A picture for one theme of GitHub.
THEMES = {"gh-light-mode-only", "gh-dark-mode-only"}


def text_of(path: Path) -> str:
    """Return the Markdown of a page; of a notebook, that of its cells."""
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    found = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return "\n\n".join(found)


def links(text: str) -> Iterator[str]:
    """Yield the addresses of the links and pictures of a text."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for child in token.children or []:
            address = child.attrGet("href") or child.attrGet("src")
            if address is not None:
                yield str(address)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a text."""
    tokens = MarkdownIt("commonmark").parse(text)
    found: Counter[str] = Counter()
    names = set()
    dropped = set(string.punctuation) - {"-", "_"}
    for before, token in itertools.pairwise(tokens):
        if before.type != "heading_open":
            continue
        said = "".join(child.content for child in token.children or [])
        name = "".join(c for c in said.lower() if c not in dropped).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if found[name] else name)
        found[name] += 1
    return names


def broken(page: str, text: str) -> list[str]:
    """Return the links of a page that lead nowhere."""
    wrong = []
    for address in links(text):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
        if parts.path and not (ROOT / path).is_file():
            wrong.append(address)
        elif parts.fragment and parts.fragment not in THEMES:
            known = anchors(text_of(ROOT / path) if parts.path else text)
            if parts.fragment not in known:
                wrong.append(address)
    return wrong


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    assert not broken(page, text_of(ROOT / page))


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        ("guides/asking.md", True),
        ("guides/asking.md#narrow-the-search", True),
        ("../README.md", True),
        ("#here-and-there", True),
        ("https://example.org/missing", True),
        ("guides/missing.md", False),
        ("guides/asking.md#missing", False),
        ("#missing", False),
        ("guides", False),  # the site has no page for a folder
        ("asking.md", False),
    ],
)
def test_a_link_is_followed(address: str, leads: bool) -> None:  # noqa: FBT001
    text = f"# Here, and `there`\n\n[link]({address})"
    assert broken("docs/page.md", text) == ([] if leads else [address])


def test_headings_of_the_same_name_have_numbers() -> None:
    assert anchors("# One, two!\n\n## Same\n\n## Same\n") == {"one-two", "same", "same-1"}


# ---- the table of contents --------------------------------------------------------------------------


def contents(page: str) -> Iterator[str]:
    """Yield the pages that the directives of a page name."""
    text = text_of(ROOT / page)
    for directive in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in directive.splitlines():
            if not line or line.startswith(":"):
                continue
            name = line.lstrip("/") if line.startswith("/") else f"docs/{line}"
            matches = [p for ext in ("md", "ipynb") for p in ROOT.glob(f"{name}.{ext}")]
            assert matches, f"{page} names {line}, which is not there"
            yield from (path.relative_to(ROOT).as_posix() for path in matches)


def test_the_table_of_contents_has_every_page_once() -> None:
    named = list(contents("docs/index.md"))
    assert len(named) == len(set(named))
    assert {*named, "docs/index.md"} == set(PAGES) - NOT_ON_THE_SITE


# ---- the reference ----------------------------------------------------------------------------------

DIRECTIVE = re.compile(
    r"^\.\. (?:auto(?:function|class|exception|data)|py:module):: pplx_widget\.(\w+)$", re.MULTILINE
)


def test_the_reference_has_every_public_name_once() -> None:
    found = Counter(
        name
        for page in sorted((DOCS / "reference").glob("*.md"))
        for name in DIRECTIVE.findall(page.read_text("utf-8"))
    )
    assert set(found) == set(pplx.__all__) - {"__version__"}
    assert set(found.values()) == {1}


def test_the_reference_has_every_event() -> None:
    named = re.findall(
        r":: pplx_widget\.events\.(\w+)$",
        (DOCS / "reference" / "events.md").read_text("utf-8"),
        re.MULTILINE,
    )
    events = [event.__name__ for event in pplx.events.Event.__args__]
    assert sorted(named) == sorted(events)
