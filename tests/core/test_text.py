from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core.text import GrowingText, clean, utf16_length


def test_pair_split_over_two_deltas() -> None:
    text = GrowingText()
    assert text.append("a\ud83d") == "a"
    assert str(text) == "a"
    assert text.append("\ude80b") == "🚀b"
    assert str(text) == "a🚀b"


def test_half_that_stays_alone() -> None:
    text = GrowingText()
    text.append("a\ud83d")
    text.append("b\ude80")
    assert str(text) == "a\ufffdb\ufffd"
    text.append("\ud83d")
    assert text.finish() == "\ufffd"
    assert text.finish() == ""


@given(st.lists(st.text(st.characters(), max_size=5)))
def test_is_the_sum_of_its_deltas(deltas: list[str]) -> None:
    text = GrowingText()
    shown = []
    for i, delta in enumerate(deltas):
        shown.append(text.append(delta))
        if i % 3 == 0:
            assert str(text) == "".join(shown)
    shown.append(text.finish())
    assert str(text) == "".join(shown) == clean("".join(deltas))
    str(text).encode()


def test_since_a_mark() -> None:
    text = GrowingText()
    text.append("one ")
    mark = text.parts
    text.append("two ")
    str(text)
    text.append("three")
    assert text.since(mark) == "two three"
    assert text.since(text.parts) == ""


@given(st.text())
def test_utf16_length(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


def test_clean_takes_anything() -> None:
    assert clean(None) == clean(7) == clean([]) == ""
    assert clean("\ud83d\ude80\ud83d") == "🚀\ufffd"
