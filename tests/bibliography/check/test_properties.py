"""Properties of figures: another spelling never differs, another value is never found."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pplx_widget.bibliography.check.compare import likeness
from pplx_widget.bibliography.check.figures import figures
from pplx_widget.bibliography.check.texts import passages
from pplx_widget.bibliography.check.verdict import compare

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
WHOLE = st.integers(min_value=2, max_value=9_999_999)
DAYS = st.dates(min_value=date(1500, 1, 1), max_value=date(2099, 12, 31))


def verdict(claim: str, snippet: str) -> str:
    return compare(claim, passages(1, "", snippet)).verdict


def spelt(number: int) -> list[str]:
    """Return the ways to write a whole number in English."""
    ways = [
        str(number),
        f"{number:,}",
        f"{number:,}".replace(",", "\u202f"),
        f"{number:,}".replace(",", "'"),
    ]
    for size, names in ((1_000_000, ("million", "m")), (1_000, ("thousand",))):
        if number >= size and number % (size // 100) == 0:
            ways += [f"{number / size:g} {name}" for name in names if name != "m"]
    return ways


def days_in(day: date, code: str) -> list[str]:
    month = MONTHS[code].split()[day.month - 1]
    ways = [day.isoformat(), f"{day.day}.{day.month}.{day.year}"]
    if code == "en":
        ordinal = {1: "st", 2: "nd", 3: "rd"}.get(
            day.day % 10 if day.day not in (11, 12, 13) else 0, "th"
        )
        ways += [
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
            f"{month[:3]}. {day.day}, {day.year}",
            f"the {day.day}{ordinal} of {month}, {day.year}",
        ]
    elif code == "de":
        ways.append(f"{day.day}. {month} {day.year}")
    else:
        of = " de " if code == "es" else " "
        ways.append(f"{day.day}{of}{month}{of}{day.year}")
    return ways


@given(number=WHOLE, data=st.data())
def test_a_number_in_another_spelling(number: int, data: st.DataObject) -> None:
    assume(not 1000 <= number <= 2200)  # a bare year
    first, second = (data.draw(st.sampled_from(spelt(number))) for _ in range(2))
    said = verdict(
        f"The town has {first} inhabitants.", f"The town has {second} inhabitants today."
    )
    assert said == "found"


@given(number=WHOLE, other=WHOLE, data=st.data())
def test_another_number_is_never_found(number: int, other: int, data: st.DataObject) -> None:
    assume(abs(number - other) > max(number, other) / 20)
    first, second = (data.draw(st.sampled_from(spelt(n))) for n in (number, other))
    said = verdict(
        f"The town has {first} inhabitants.", f"The town has {second} inhabitants today."
    )
    assert said == "differs"


@given(day=DAYS, code=st.sampled_from(sorted(MONTHS)), data=st.data())
def test_a_date_in_another_spelling(day: date, code: str, data: st.DataObject) -> None:
    first, second = (
        figures(f"x {data.draw(st.sampled_from(days_in(day, code)))}.", code)[0] for _ in range(2)
    )
    assert likeness(first, second) == "same"


@given(day=DAYS, other=DAYS, data=st.data())
def test_another_date_is_never_found(day: date, other: date, data: st.DataObject) -> None:
    assume(day != other)
    first, second = (data.draw(st.sampled_from(days_in(d, "en"))) for d in (day, other))
    said = verdict(f"The bridge opened on {first}.", f"The bridge opened on {second} at noon.")
    assert said == "differs"


@given(
    part=st.integers(min_value=1, max_value=999),
    unit=st.sampled_from(["%", " percent", " per cent"]),
)
def test_percentages(part: int, unit: str) -> None:
    value = f"{part / 10:g}"
    assert (
        verdict(f"The share of cyclists is {value}{unit}.", f"The share of cyclists is {value} %.")
        == "found"
    )
    other = f"{(part + 15) / 10:g}"
    assert (
        verdict(f"The share of cyclists is {value}{unit}.", f"The share of cyclists is {other} %.")
        == "differs"
    )


UNITS = [
    ("km", 1000.0, "m", 1.0),
    ("kg", 1000.0, "grams", 1.0),
    ("hours", 60.0, "minutes", 1.0),
    ("MW", 1000.0, "kW", 1.0),
    ("billion euros", 1000.0, "million euros", 1.0),
    ("hectares", 0.01, "km²", 1.0),
]


@pytest.mark.parametrize(("large", "size", "small", "one"), UNITS)
@given(number=st.integers(min_value=3, max_value=900))
def test_units(large: str, size: float, small: str, one: float, number: int) -> None:
    converted = f"{number * size / one:g}"
    assume("e" not in converted)
    first, second = (
        figures(f"It has {n}.", "en")[0] for n in (f"{number} {large}", f"{converted} {small}")
    )
    assert likeness(first, second) == likeness(second, first) == "same"
    wrong = figures(f"It has {number} {small}.", "en")[0]
    assert likeness(wrong, first) == "differs"


@given(degrees=st.integers(min_value=-40, max_value=120))
def test_temperatures(degrees: int) -> None:
    assume(degrees >= 0)  # a sign may be a dash
    fahrenheit = round(degrees * 9 / 5 + 32)
    first, second = (
        figures(f"It was {t}.", "en")[0] for t in (f"{degrees} °C", f"{fahrenheit} °F")
    )
    assert likeness(first, second) == likeness(second, first) == "same"


@pytest.mark.parametrize(
    ("claim", "snippet"),
    [
        ("12 % of homes are empty.", "One in eight homes, 12.5 percent, are empty."),
        ("One in eight homes is empty.", "12.5 percent of the homes are empty now."),
        ("A third of homes are empty.", "33 % of the homes are empty in winter."),
        ("The price is 3.2 euros.", "The price is 3.19 euros since January."),
        ("The price is about 3,200 euros.", "The price is 3,190 euros since January."),
        ("It costs $1.2bn.", "It costs 1,200 million dollars, they say."),
        ("The lake covers 58 square kilometres.", "The lake covers 58 km², mostly in the north."),
        ("More than 17,000 runners finished.", "17,406 runners finished the race on Sunday."),
        ("Jede achte Wohnung steht leer.", "In der Stadt stehen 12,5 Prozent der Wohnungen leer."),
        ("Es kostet 1,2 Mio. Euro.", "Es kostet 1.200.000 Euro, wie die Stadt sagt."),
        ("该市有312万人。", "2024年末，该市有3,120,000人，比上年多。"),
    ],
)
def test_equal_amounts_never_differ(claim: str, snippet: str) -> None:
    assert verdict(claim, snippet) not in {"differs", "not found"}


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_can_be_compared(claim: str, snippet: str) -> None:
    found = compare(claim, passages(1, "A title of 2024", snippet))
    assert found.verdict in {"found", "differs", "not found", "unclear", "unread"}
    assert 0 <= found.doubt <= 1


SIGNS = st.text(
    alphabet="0123456789.,'’ -–%$€£/:万亿百千三成年月日°CFkmbn\u00a0\u202f|*#[]()", max_size=80
)


@given(SIGNS, SIGNS)
def test_any_figures_can_be_compared(claim: str, snippet: str) -> None:
    for code in ("en", "de", "zh"):
        for first in figures(claim, code):
            for second in figures(snippet, code):
                likeness(first, second)
    compare(
        f"It has {claim} of them.",
        passages(1, "", f"It has {snippet} of them, at least.\n\n{snippet}"),
    )
