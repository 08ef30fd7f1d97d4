"""Filling variables into questions: code and TeX keep their braces, and data never leaves by one."""

from __future__ import annotations

from typing import Any

import hypothesis
import pandas as pd
import pytest
from hypothesis import strategies as st

from pplx_widget import InvalidRequest
from pplx_widget.magics.template import filled

from ..support.paths import CORPORA

names = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)


# Characters that make no code and no TeX.
plain = st.text(st.characters(blacklist_characters="`~^_\\ \t\n\r"))


@hypothesis.given(plain)
def test_doubled_braces_give_any_text_back(text: str) -> None:
    assert filled(text.replace("{", "{{").replace("}", "}}"), {}) == (text, {})


@hypothesis.given(
    st.lists(st.tuples(names, st.text(), st.text("ab {}", max_size=0) | st.just(" ")))
)
def test_what_is_filled_in_is_not_read_again(parts: list[tuple[str, str, str]]) -> None:
    values = {name: value for name, value, _ in parts}
    question = "".join(f"{{{name}}}{after}" for name, _, after in parts)
    assert filled(question, values)[0] == "".join(values[n] + after for n, _, after in parts)


def test_other_braces_are_text() -> None:
    for text in ('{"a": 1}', r"\frac{1}{2}", "{}", "{ }", "{a b}", "a } b", "{1}"):
        assert filled(text, {"a": 1}) == (text, {})


PRIVATE = pd.DataFrame({"a": [1, 2]})
VALUES: dict[str, Any] = {"x": 5, "n": PRIVATE, "name": "Bob"}


def test_the_cases() -> None:
    """Braces of formulas and of code are the question's own."""
    cells = (
        (CORPORA / "cases" / "data" / "15-magic-braces.txt").read_text("utf-8").split("%%ask\n")[1:]
    )
    assert len(cells) == 3
    for cell in cells:
        assert filled(cell, VALUES) == (cell, {})


UNCHANGED = [
    "`{x}` and ``a`{n}``",
    "```py\nprint(f'{x}')\n```",
    "~~~\n{n}",
    "> ```\n> {x}\n> ```",
    "So:\n\n    print({x})",
    r"\sqrt[3]{n} or \frac{x}{n} or \mathbb {n}",
    r"\text{for {n}} and x_{n}",
    r"\{n}",
    "`{{x}}` in Jinja",
    r"`{x}\` is code",
]


@pytest.mark.parametrize("question", UNCHANGED)
def test_code_and_tex_stay(question: str) -> None:
    assert filled(question, VALUES) == (question, {})


FILLED = {
    "`{x}` {x}": "`{x}` 5",
    r"\`{x}\`": r"\`5\`",
    "`{x} is no code": "`5 is no code",
    "```\n{x}\n```\n{x}": "```\n{x}\n```\n5",
    "- a\n\n    {x}": "- a\n\n    5",
    r"$f({x})$ costs ${x}": r"$f(5)$ costs $5",
    r"\\{name}\share": r"\\Bob\share",
    r"\frac{1}{n}, {name}": r"\frac{1}{n}, Bob",
}


@pytest.mark.parametrize("question", FILLED)
def test_the_rest_is_filled(question: str) -> None:
    assert filled(question, VALUES) == (FILLED[question], {})


FORMULAS = [
    "${n}$",
    "$$a{n}b$$",
    r"\({n}\)",
    r"\[ {n} \]",
    "{n}^2",
    "{n}_k",
    r"\frac {1} {n}",
    "x_{ {n}",
]


@pytest.mark.parametrize("question", FORMULAS)
def test_data_never_leaves_by_a_brace_of_a_formula(question: str) -> None:
    with pytest.raises(InvalidRequest, match=r"outside the formula.*\{\{n\}\}"):
        filled(question, VALUES)


def test_data_beside_a_formula_is_sent() -> None:
    question, data = filled("Is $x^{n}$ in {n}?", VALUES)
    assert question == "Is $x^{n}$ in `n`?"
    assert data == {"n": PRIVATE}


REFUSED = {
    "{row.q}": r"`value = row\.q`, and write \{value\}.*\{\{row\.q\}\}",
    '{d["k"]}': r'`value = d\["k"\]`',
    "{x:.2f}": r'`value = f"\{x:\.2f\}"`',
    "{unknown}": r"no variable 'unknown'.*double the braces.*\{\{unknown\}\}",
    "{huge}": r"cannot be inserted.*ValueError",
}


@pytest.mark.parametrize("question", REFUSED)
def test_other_expressions_are_refused(question: str) -> None:
    with pytest.raises(InvalidRequest, match=REFUSED[question]):
        filled(question, VALUES | {"huge": 10**6000})
