"""Rate limits in headers: the forms that are read, and the values that are not believed."""

from __future__ import annotations

import email.utils
import time

import pytest

from pplx_widget.core import http_errors
from pplx_widget.providers._limits import LONGEST, Limit, read

NOW = 1_800_000_000


def limit(reset: str | None, **more: str) -> dict[str, str]:
    said = {"x-ratelimit-limit": "5", "x-ratelimit-remaining": "3"}
    said |= {"date": email.utils.formatdate(NOW, usegmt=True)}
    said |= {} if reset is None else {"x-ratelimit-reset": reset}
    return said | {name.replace("_", "-"): value for name, value in more.items()}


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        (str(NOW + 30), 30.0),  # Unix time
        (f"{NOW + 30}.5", 30.5),
        (f"{NOW + 30}000", 30.0),  # in milliseconds
        ("30", 30.0),
        ("30.5", 30.5),
        ("30s", 30.0),
        ("1m", 60.0),
        ("30000ms", 30.0),
        ("0h0m30.25s", 30.25),
        (email.utils.formatdate(NOW + 30, usegmt=True), 30.0),
        ("2027-01-15T08:00:30Z", 30.0),
    ],
)
def test_the_units_of_a_reset(reset: str, seconds: float) -> None:
    assert read(limit(reset)) == Limit(5, 3, seconds, seconds, 5)


@pytest.mark.parametrize(
    "reset",
    [
        *(None, "", "soon", "-5", "1e400", "nan", "inf", "9" * 400, "1" * 15, "1h", "3600"),
        *(str(NOW - 60), str(NOW + 3600), "2020-01-01", "0001-01-01T00:00:00", "٣٠", "1 2"),
    ],
)
def test_a_reset_that_is_not_believed_counts_as_a_second(reset: str | None) -> None:
    assert read(limit(reset)) == Limit(5, 3, 1.0, 1.0, 5)


def test_a_short_window_is_a_second() -> None:
    """Whole seconds cannot say more."""
    for reset in (NOW, NOW + 1, NOW + 2, NOW - 1):
        found = read(limit(str(reset)))
        assert found is not None
        assert found.window == 1.0


def test_the_server_may_have_another_time() -> None:
    here = time.time()
    there = {"date": email.utils.formatdate(here + 5000, usegmt=True)}
    found = read(limit(str(int(here) + 5030)) | there)
    assert found is not None
    assert 29 <= found.reset <= 31
    wait = http_errors.from_response(
        429, there | {"x-ratelimit-reset": str(int(here) + 5007)}, None
    )
    assert wait.retry_after is not None
    assert 6 <= wait.retry_after <= 8


def test_a_bucket_is_refilled_one_by_one() -> None:
    said = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "490",
        "x-ratelimit-reset-requests": "1.2s",
        "x-ratelimit-limit-tokens": "1",
        "x-ratelimit-remaining-tokens": "0",
    }
    assert read(said) == Limit(500, 490, pytest.approx(60.0), pytest.approx(0.12), 1)


def test_the_form_of_the_ietf() -> None:
    said = {"ratelimit-limit": "10, 10;w=20", "ratelimit-remaining": "4", "ratelimit-reset": "7"}
    assert read(said) == Limit(10, 4, 20.0, 7.0, 10)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"x-ratelimit-limit": "5"},
        {"x-ratelimit-remaining": "0"},
        limit("1", x_ratelimit_limit="0"),
        limit("1", x_ratelimit_limit="many"),
        limit("1", x_ratelimit_remaining="-1"),
        limit("1", x_ratelimit_limit="9" * 400),
    ],
)
def test_no_limit(said: dict[str, str]) -> None:
    assert read(said) is None


def test_more_is_left_than_there_is() -> None:
    found = read(limit("999999999", x_ratelimit_remaining="80"))
    assert found == Limit(5, 5, 1.0, 1.0, 5)
    assert found.window <= LONGEST
