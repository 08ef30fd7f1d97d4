"""Quotes in texts: typography is forgiven, words and numbers are not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.bibliography.quotes import Passage

SNIPPET = (
    "# Siemens\n\n**Siemens & Halske** was founded on 1\u00a0October 1847[3] in Berlin; “It’s a "
    "long\u2011term plan”, he said \u2014 revenue rose by 12.5 % to €1,200 million (\u22125 % in 2019\u20132020). "
    'See [the history](https://e.org/h_1 "Past") of un**believ**able work in exam-\nples & 3 m\u00b2.'
)


@pytest.mark.parametrize(
    "quote",
    [
        "Siemens &amp; Halske was founded on 1 October 1847 in Berlin",
        "was Founded on 1 October 1847",
        '"it\'s a long-term plan", he said - revenue rose',
        "It's a long term plan",
        "revenue rose by 12.5% to € 1,200 million",
        "(-5% in 2019-2020)",
        "See the history of unbelievable work in examples",
        "work in exam-ples",
        "SIEMENS & HALSKE",
        "was founded … in Berlin [...] revenue rose",
        "...was founded on 1 October 1847...",
        "*revenue rose* by 12.5 %",
        "1 Octo\u00adber 1847",
        "founded on 1 October 1847 [web:2]",
        "3 m2",
    ],
)
def test_typography_is_forgiven(quote: str) -> None:
    assert Passage(SNIPPET).has(quote) is True


@pytest.mark.parametrize(
    "quote",
    [
        "was founded on 1 October 1848",
        "was founded on 11 October 1847",
        "was not founded on 1 October 1847",
        "founded in 1847",  # "on 1 October" is left out without an ellipsis
        "in Berlin … was founded",  # the other order
        "revenue rose by 125 %",
        "revenue rose by 12,5 %",
        "revenue rose by 12.5",
        "to $1,200 million",
        "to €1,200 billion",
        "5 % in 2019",  # the minus is part of the number
        "Berlin Siemens",
        "long-term plans",
        "Halske was found",
    ],
)
def test_words_and_numbers_are_not(quote: str) -> None:
    expected = quote == "revenue rose by 12.5"  # a part of a passage is one
    assert Passage(SNIPPET).has(quote) is expected


@pytest.mark.parametrize(
    ("text", "quote", "there"),
    [
        ("柏林是德国的首都，人口约370万。", "德国的首都", True),
        ("柏林是德国的首都，人口约370万。", "法国的首都", False),
        ("柏林是德国的首都，人口约370万。", "人口约37万", False),
        ("ﬁnancial ﬂows", "financial flows", True),
        ("हिन्दी भाषा", "हिन्दी भाषा", True),
        ("हिन्दी भाषा", "हिन्दा भाषा", False),
        ("10\u00b2 cells", "102 cells", False),
        ("1\u202f200 people", "1200 people", True),
        ("1 200 people", "1200 people", False),
        ("a temperature of -5 °C", "a temperature of 5 °C", False),
        ("> It was so.\n> It was good.", "It was so. It was good.", True),
        ("x < 5 and y", "x > 5 and y", False),
        ("Größe", "GRÖSSE", True),
        ("don’t do it", "don't do it", True),
        ("don’t do it", "do it", True),
        ("can't", "cant", False),
        ("“Quoted”", "Quoted", True),
    ],
)
def test_scripts_and_signs(text: str, quote: str, there: object) -> None:
    assert Passage(text).has(quote) is there


@pytest.mark.parametrize(("text", "quote"), [("", "a"), ("— …", "a"), ("a", ""), ("a", "“…”")])
def test_without_words_nothing_is_known(text: str, quote: str) -> None:
    assert Passage(text).has(quote) is None


words = st.lists(
    st.sampled_from(["alpha", "Beta", "12", "3.5", "gamma’s", "-7", "éta"]), min_size=3
)


@given(words, st.randoms(use_true_random=False))
def test_a_part_is_there_and_a_changed_one_is_not(said: list[str], chance: random.Random) -> None:
    passage = Passage(" ".join(said))
    start = chance.randrange(len(said))
    end = chance.randrange(start, len(said)) + 1
    assert passage.has(" ".join(said[start:end]).upper()) is True
    assert passage.has(" ".join([*said[start:end], "omega"])) is False
    assert passage.has(" ".join(["8", *said[start:end]])) is False


def test_long_texts_take_little_time_each() -> None:
    """Compare in one pass: a quadratic search would not end."""
    text = "a b " * 200_000
    assert Passage(text).has("a b " * 1_000 + "c") is False
