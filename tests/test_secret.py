from __future__ import annotations

import pickle

import pytest

from pplx_widget.core.secret import Secret, redact


def test_shows_itself_nowhere() -> None:
    secret = Secret("  correct-horse-battery \n")
    assert secret.reveal() == "correct-horse-battery"
    for shown in (repr(secret), str(secret), f"{secret}", repr([secret]), repr(vars(type(secret)))):
        assert "horse" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_equal_keys_share_a_client() -> None:
    assert Secret("abc") == Secret(" abc ")
    assert hash(Secret("abc")) == hash(Secret("abc"))
    assert Secret("abc") != "abc"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key pplx-0123456789abcdef0123 is bad", "key [key] is bad"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [key]"),
        ("run pplx-widget doctor", "run pplx-widget doctor"),
        ("sk-proj-0123456789abcdef", "[key]"),
    ],
)
def test_redacts_what_looks_like_a_key(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_redacts_a_key_in_use_whatever_its_shape() -> None:
    secret = Secret("correct-horse-battery")
    assert redact("you sent correct-horse-battery.") == "you sent [key]."
    del secret
