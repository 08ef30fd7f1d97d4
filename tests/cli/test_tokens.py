"""rich draws the same tree as the notebook's page, and parses no part of it as Markdown again."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.markdown import Markdown

from pplx_widget.cli.terminal.tokens import to_tokens
from pplx_widget.markdown.parser import parse
from pplx_widget.markdown.tree import to_tree

DRAWN = [
    ("Some **strong**, *soft*, ~~gone~~ and `code`.", "Some strong, soft, gone and code."),
    ("one\ntwo  \nthree", "one two\nthree"),
    (r"\(a*b*c\) and $x_1 * y_1$", r"\(a*b*c\) and $x_1 * y_1$"),
    (r"$a*b*c$, $$a__b__c$$ and \[*d* _e_\]", r"$a*b*c$, $$a__b__c$$ and \[*d* _e_\]"),
    ("$$\na &= b \\\\\n*c*\n$$", r"$$ a &= b \\ *c* $$"),
    ("$<img src=x>$ and <b>", "$<img src=x>$ and <b>"),
    ("- one\n- two\n  1. three", "• one\n • two\n    1 three"),
    ("7. seven\n8. eight", "7 seven\n 8 eight"),
    ("- [ ] open\n- [x] done", "• ☐ open\n • ☑ done"),
    ("> said\n>\n> - so", "▌ said\n▌  • so"),
    ("So.[^n]\n\n[^n]: A *note*.", "So.[^a]\n\n[^a] A note."),
    ("|a|b|\n|-|-:|\n|1|22|", "a  b\n ─────\n 1  22"),
    ("a\u202eb `c\u2066d`", "a⟨RLO⟩b c⟨LRI⟩d"),
    ("![a cat](https://example.org/c.png)", "image: example.org (a cat)"),
]


def drawn(text: str) -> str:
    markdown = Markdown("", hyperlinks=True)
    markdown.parsed = [*to_tokens(to_tree(parse(text), lambda _id: None, runs=False))]
    console = Console(file=io.StringIO(), width=60, highlight=False, markup=False, emoji=False)
    lines = console.render_lines(markdown, pad=False)
    return "\n".join("".join(s.text for s in line).rstrip() for line in lines).strip()


@pytest.mark.parametrize(("text", "shown"), DRAWN)
def test_what_is_drawn(text: str, shown: str) -> None:
    assert drawn(text) == shown


def test_code_keeps_its_lines_and_its_language() -> None:
    [fence] = to_tokens(to_tree(parse("```py\nx = '*a*'\n\n# b\n```"), lambda _id: None))
    assert (fence.type, fence.info, fence.content) == ("fence", "py", "x = '*a*'\n\n# b")
