"""Formulas in exported HTML: MathML with its TeX, from a converter that copies what strangers wrote."""

from __future__ import annotations

import sys
from html import escape

import pytest

from pplx_widget.core.events import Finished, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document import forms
from pplx_widget.document.export import export
from pplx_widget.document.mathml import with_mathml

from ..support.readings import Html


def answered(text: str) -> AnswerState:
    state = AnswerState()
    for event in (Text(text), Finished()):
        state.apply(event, 1.0)
    return state


def converted(tex: str) -> str:
    return with_mathml(f'<span class="pplx-math">{escape(tex)}</span>')


def test_exported_html_has_mathml_with_its_tex_and_the_notebook_has_tex() -> None:
    pytest.importorskip("latex2mathml")
    state = answered("So $E = mc^2$, and\n\n$$\\frac{a}{b}$$\n")
    for html in (forms.html("q", state), export([("q", state)], "html")):
        read = Html(html)
        assert read.faults == []
        assert html.count("<math ") == 2
        assert html.count('display="block"') == 1
        assert "<msup><mi>c</mi><mn>2</mn></msup>" in html
        assert '<annotation encoding="application/x-tex">E = mc^2</annotation>' in html
    assert "$E = mc^2$" in forms.mime_bundle("q", state)["text/html"]


def test_without_the_converter_formulas_stay_tex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    html = forms.html("q", answered("So $E = mc^2$."))
    assert "$E = mc^2$" in html
    assert "<math" not in html


@pytest.mark.parametrize(
    "tex",
    [
        r"$\text{<script>alert(1)</script>}$",
        r"$\text{</math><img src=x onerror=alert(1)>}$",
        r"$\color{red}x$",
        r"$\mathrm{&lt;b&gt;}$",
        "$a\x01b$",
        '$x "quoted" y$',
    ],
)
def test_a_stranger_adds_nothing(tex: str) -> None:
    pytest.importorskip("latex2mathml")
    html = converted(tex)
    assert "<math " in html
    read = Html(html)
    assert read.faults == []
    assert read.links == []
    assert "style=" not in html
    assert html.count("class=") == 1


@pytest.mark.parametrize(
    "tex",
    [
        r"$\unknown{x}$",
        r"$\href{javascript:alert(1)}{x}$",
        r"$\style{position:fixed}{x}$",
        r"$\class{pplx-error}{x}$",
        r"$\frac{a$",
        "$a^b^c$",
        r"$\hspace{9999em}x$",
        r"$\rule{999em}{999em}$",
        "$" + r"\left(" * 201 + "x" + r"\right)" * 201 + "$",
        "$" + "{" * 900 + "x" + "}" * 900 + "$",
        "$" + r"\frac{" * 60 + "a" + "}{b}" * 60 + "$",
        r"$\newcommand{\a}{\a\a}\a$",
        "no formula",
    ],
)
def test_what_cannot_be_shown_stays_tex(tex: str) -> None:
    pytest.importorskip("latex2mathml")
    assert converted(tex) == f'<span class="pplx-math">{escape(tex)}</span>'


def test_the_page_of_an_export_has_a_language() -> None:
    assert export([("q", answered("a"))], "html").startswith('<!doctype html>\n<html lang="en">')
