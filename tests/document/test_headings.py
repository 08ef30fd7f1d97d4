"""The outline of a document: the question is a heading, and the answer's headings are below it."""

from __future__ import annotations

import re

from pplx_widget.core.events import Text
from pplx_widget.document import forms

from ..support.settled_document import state

TEXT = "# One\n\n## Two\n\n> ### Three\n\n- #### Four\n\n##### Five\n\n###### Six\n"


def test_the_headings_of_an_answer_are_below_its_question() -> None:
    html = forms.html("Why?", state(Text(TEXT)))
    assert re.findall("<(h[1-6])", html) == ["h2", "h3", "h3", "h4", "h5", "h6", "h6"]


def test_the_markdown_of_an_answer_keeps_its_levels() -> None:
    text = forms.markdown("Why?", state(Text(TEXT)))
    assert "# One" in text.splitlines()
    assert "> ### Three" in text.splitlines()
