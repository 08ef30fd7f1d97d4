from __future__ import annotations

import base64
import html
import json
import pickle
import re
import time
from urllib.parse import quote

import pytest

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.config import credentials
from pplx_widget.core.http_errors import from_response, reported
from pplx_widget.core.secret import Secret, learn_typed, redact, scrub


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


SHORT = ["k", "a", "1234", "secret", "p@ss!", "none", "key", "x-1", "n_o"]


@pytest.mark.parametrize("key", SHORT)
@pytest.mark.parametrize(
    "said",
    [
        "bad key {}",
        "You sent {}.",
        "{}",
        "token={}",
        "Incorrect API key provided: {}",
        "got '{}', a stranger",
        'api_key="{}"',
        "Authorization: Bearer {}",
        "({})",
    ],
)
def test_a_short_key_is_hidden_where_it_stands_as_a_word(key: str, said: str) -> None:
    Secret(key)
    shown = redact(said.format(key))
    assert not re.search(rf"(?<![\w\[]){re.escape(key)}(?![\w\]])", shown)
    assert "[key]" in shown
    assert redact(shown) == shown


def test_and_not_where_it_is_a_part_of_one() -> None:
    for key in ("k", "1234", "secret", "none", "t"):
        Secret(key)
    said = "The secretary's kiosk isn't k2 or nonesuch: 12345 of 01234, tokens and _secret_."
    assert redact(said) == said


@pytest.mark.parametrize("key", [*SHORT, "class-of-november", "text", "true", "0"])
def test_data_stays_data(key: str) -> None:
    """A recording must stay valid JSON, and a short key in an answer may be an ordinary word."""
    Secret(key)
    answer = "It is not secret: a word, none, text, true, 1234. The kernel has k of them."
    data = {"text": answer, "token": 1234, "key": 0, "true": True, "n": [1234, 0], "k": "a"}
    line = json.dumps(data)
    assert json.loads(scrub(line)) == data
    told = json.loads(scrub(json.dumps({"message": f"Invalid API key: {key}", "api_key": key})))
    assert told == {"message": "Invalid API key: [key]", "api_key": "[key]"}
    inner = json.dumps({"raw": json.dumps({"key": 1234, "token": key})})
    assert json.loads(json.loads(scrub(inner))["raw"]) == {"key": 1234, "token": "[key]"}


LONG = "pplx-Zq7correct/horse+batt=ery\"00'sta\\ple&11"


@pytest.mark.parametrize(
    "form",
    [
        LONG,
        json.dumps(LONG),
        json.dumps(json.dumps(LONG)),
        json.dumps(LONG).replace("/", r"\/"),
        quote(LONG, safe=""),
        quote(LONG, safe="").lower(),
        html.escape(LONG),
        repr(LONG),
        *(base64.b64encode(f"{user}{LONG}".encode()).decode() for user in ("", ":", "u:", "us:")),
        base64.urlsafe_b64encode(f"u:{LONG}:more".encode()).decode(),
        base64.b64encode(LONG.encode()).decode().rstrip("="),
        LONG.encode().decode(),
    ],
)
def test_a_key_is_known_in_the_forms_in_which_it_is_written(form: str) -> None:
    Secret(LONG)
    shown = redact(f"before {form} after")
    assert "[key]" in shown
    assert not set(re.findall(r"\w{6,}", form)) & set(re.findall(r"\w{6,}", shown))


KEY = "pplx-Zq7correcthorsebattery00staple11"


@pytest.mark.parametrize("length", [*range(6, len(KEY) + 1)])
@pytest.mark.parametrize("after", ["", "…", "..."])
def test_a_key_that_was_cut_is_hidden(length: int, after: str) -> None:
    Secret(KEY)
    assert redact(f"The key was {KEY[:length]}{after}") == f"The key was [key]{after}"


@pytest.mark.parametrize("place", range(240, 282, 3))
def test_also_where_a_service_repeats_it_at_the_end_of_what_is_shown(place: int) -> None:
    Secret(KEY)
    words = ("Odd. " * 60)[:place]
    for error in (
        from_response(400, {}, {"error": {"message": f"{words} {KEY} and more"}}),
        reported({"error": {"message": f"{words} {KEY} and more"}}, host="host"),
    ):
        assert "Zq7" not in str(error)
        assert "Zq7" not in repr(vars(error))


def test_and_one_that_is_masked() -> None:
    Secret(KEY)
    assert redact("Incorrect key: pplx-Zq7corr*****taple11.") == "Incorrect key: [key]*****taple11."


def test_words_of_a_key_are_words() -> None:
    Secret("perplexity-class-of-november")
    said = "Ask api.perplexity.ai in november: perplexity-class"
    assert redact(said + ".") == redact(said) + "."
    assert redact("See https://api.perplexity.ai/v1 for more") == (
        "See https://api.perplexity.ai/v1 for more"
    )


def test_a_key_of_the_environment_is_known_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PPLX_API_KEY", "opaque-one-77")
    assert redact("it was opaque-one-77") == "it was [key]"


@pytest.mark.parametrize("store", ["_keyring_key", "_colab_key"])
def test_so_is_one_from_a_store_once_it_is_read(
    monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.setattr(credentials, store, lambda: "opaque“two”77")  # not valid in a header
    with pytest.raises(pplx.InvalidRequest):
        config.connection()
    assert redact("it was opaque“two”77") == "it was [key]"


@pytest.mark.parametrize("text", ["a" * 50_000, "a1" * 25_000, "-" * 50_000, "key " * 12_000])
def test_a_long_text_takes_no_longer_than_it_is_long(text: str) -> None:
    Secret("1234")
    Secret(KEY)
    begin = time.process_time()
    redact(text)
    scrub(text)
    learn_typed(text)
    assert time.process_time() - begin < 2
