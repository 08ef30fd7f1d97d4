"""Titles and snippets are shown as text, not as the HTML of their web pages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core.entities import encoded, plain
from pplx_widget.providers._wire import source

from ..support.paths import ROOT

PLAIN = {
    "AT&amp;T &#8211; Q&#39;s <b>News</b>": "AT&T – Q's News",
    "Bees &amp; <strong>dance</strong>": "Bees & dance",
    "&amp;amp; &#x26;lt;": "&amp; &lt;",
    "&lt;b&gt; and <em class='x'>all</em>": "<b> and all",
    "one<br/>two <mark>three</mark>": "one two three",
    "AT&T, R&D; &nosuch; &notit; a&b": "AT&T, R&D; &nosuch; &notit; a&b",
    "vector<string>, a < b > c, <3": "vector<string>, a < b > c, <3",
    "": "",
}


@pytest.mark.parametrize("text", PLAIN)
def test_entities_are_decoded_once_and_tags_dropped(text: str) -> None:
    assert plain(text) == PLAIN[text]


@given(st.text(alphabet="&lt;amp#38<>b/ x"))
def test_a_recording_keeps_the_text(text: str) -> None:
    assert plain(encoded(text)) == text


def test_a_source_has_the_text() -> None:
    path = ROOT / "tests" / "corpora" / "cases" / "data" / "20-titles-entities.json"
    found = source(1, json.loads(path.read_text("utf-8")))
    assert found
    assert found.title == "AT&T – Q's News"
    assert found.snippet == "Bees & dance"
