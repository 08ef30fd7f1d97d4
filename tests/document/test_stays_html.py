"""An output stays HTML to its end when a notebook is converted to Markdown."""

from __future__ import annotations

import pytest

from pplx_widget.markdown.html_writer import to_block
from pplx_widget.markdown.tree import Element
from pplx_widget.widget.documents import arriving

from ..support.readings import harmless, stays_html


@pytest.mark.parametrize("row", ["|---|:-:|", "-|-", "  :-- | --:  "])
def test_no_table_begins_with_an_output(row: str) -> None:
    """Some readers look for tables before HTML: the first line would become the table's header."""
    text = f"| a |\n{row}\n| b | c |"
    assert not stays_html(f"<p>{text}</p>")
    assert stays_html(to_block([Element("p", [text])]))
    assert stays_html(arriving(text)["text/html"])


def test_other_lines_stay_as_they_are() -> None:
    code = "- a\n| b |\n:c\n"
    assert to_block([Element("pre", [code])]) == f"<pre>{code}</pre>"


def test_what_is_harmless() -> None:
    assert harmless("https://a.org/x")
    assert harmless("//a.org/x")
    assert harmless("https://a.org%E2%90%87x/")
    assert not harmless("https://a@b.org/%")
    assert not any(map(harmless, ("javascript:alert(1)//%", "data:text/html,%", "/x%")))
