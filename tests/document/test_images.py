"""The images of an answer in every form: by https alone, bounded, escaped, and never fetched."""

from __future__ import annotations

import json

import pytest

from pplx_widget.cli.terminal import said
from pplx_widget.core.events import Finished, Image, ImagesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.record import from_record, to_record


def answered(*images: Image) -> AnswerState:
    state = AnswerState()
    for event in (ImagesFound(images), Text("So."), Finished()):
        state.apply(event, 1)
    return state


def written(state: AnswerState) -> list[str]:
    made = [forms.markdown("q", state), forms.text("q", state), forms.unmarked("q", state)]
    return [*made, *forms.mime_bundle("q", state).values(), "\n".join(said.images(state))]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://img.org/1.png",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "javascript:alert(1)",
        "//img.org/1.png",
        "img.png",
        "https://user:word@img.org/1.png",
        "https://",
        "mailto:a@b.org",
        "https://img.org/\u202e1.png",
    ],
)
def test_no_other_address_is_shown(url: str) -> None:
    for form in written(answered(Image(url, "https://a.org", "A title"))):
        assert "A title" not in form
        assert "image" not in form


def test_a_page_that_may_not_be_opened_is_left_out() -> None:
    for form in written(answered(Image("https://img.org/1.png", "javascript:alert(1)", "One"))):
        assert "javascript" not in form
        assert "One" in form


def test_a_title_is_text() -> None:
    title = '<img src=x onerror=alert(1)> [a](https://evil.org) \u202egpj.exe\n\n# "no"'
    state = answered(Image("https://img.org/1.png", "https://a.org", title, 3, 4))
    for form in written(state):
        assert "\u202e" not in form
        assert "\n# " not in form
    markdown, html = forms.markdown("q", state), forms.html("q", state)
    assert "<img" not in markdown + html
    assert "](https://evil.org)" not in markdown
    assert "⟨RLO⟩gpj.exe" in html


def test_ten_thousand_images_are_few_lines() -> None:
    many = [
        Image(f"https://img.org/{i}.png", "https://a.org", f"{'A title ' * 500}{i}")
        for i in range(10_000)
    ]
    state = answered(*many, *many)
    for form in written(state):
        assert form.count("img.org/") <= 12
        assert len(form) < 20_000
    assert "**100 images**" in forms.markdown("q", state)
    assert "and 88 more" in forms.text("q", state)
    _, kept = from_record(json.loads(json.dumps(to_record("q", state))))
    assert kept.images == state.images == tuple(many[:100])


def test_nothing_is_said_without_images() -> None:
    for form in written(answered()):
        assert "image" not in form
