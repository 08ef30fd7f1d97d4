"""Bibliographies, read back by pandoc, which reads all three formats."""

from __future__ import annotations

import doctest
import json
import re
import string
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pplx_widget as pplx
from pplx_widget.bibliography import dates
from pplx_widget.bibliography import sources as module
from pplx_widget.bibliography.addresses import same_page
from pplx_widget.bibliography.sources import Sources
from pplx_widget.core.events import Finished, Source, SourcesFound, Text
from pplx_widget.core.state import AnswerState
from pplx_widget.document.record import to_record

ASKED = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)


def page(title: str, url: str = "https://example.org/a", **fields: Any) -> Source:
    return Source(fields.pop("id", 1), title, url, fields.pop("site", "example.org"), **fields)


def listed(*sources: Source) -> Sources:
    return Sources(sources, asked=ASKED)


def read_back(text: str, form: str) -> list[dict[str, Any]]:
    pypandoc = pytest.importorskip("pypandoc")
    return json.loads(pypandoc.convert_text(text, "csljson", format=form))


STRANGE = [
    "R&D: 50% of $5 for #1, a_b ~ c^2 and C:\\temp",
    'Was heißt "Umsatz"? Ein Überblick',
    "if a < b > c: d",
    "日本の経済 2026年",
    "Ελληνικά, עברית und Русский",
    "naïve cafe\u0301",  # we write the composed form
]


@pytest.mark.parametrize("title", STRANGE)
def test_titles_come_back_from_every_format(title: str) -> None:
    sources = listed(page(title))
    composed = title.replace("e\u0301", "é")
    assert json.loads(sources.to_csl_json())[0]["title"] == composed
    for text, form in ((sources.to_bibtex(), "biblatex"), (sources.to_ris(), "ris")):
        (entry,) = read_back(text, form)
        assert entry["title"].replace("\xa0", " ") == composed


def test_the_fields() -> None:
    sources = listed(
        page("One", "https://example.org/a?x=1&y=%7B_%23#s", id=1, date="2026-05-03"),
        page("Two", "https://example.org/b", id=2, date="2026-05", site=""),
        page("", "ftp://elsewhere/x", id=3, date="2027-05-01", site=""),
    )
    one, two, three = json.loads(sources.to_csl_json())
    assert one == {
        "id": one["id"],
        "type": "webpage",
        "title": "One",
        "container-title": "example.org",
        "URL": "https://example.org/a?x=1&y=%7B_%23#s",
        "issued": {"date-parts": [[2026, 5, 3]]},
        "accessed": {"date-parts": [[2026, 11, 28]]},
    }
    assert two["issued"] == {"date-parts": [[2026, 5]]}
    assert two["container-title"] == "example.org"
    # A date in the future is left out, and only a web address becomes a link.
    assert set(three) == {"id", "type", "title", "accessed"}
    assert three["title"] == "Untitled"
    for entry, same in zip(
        (one, two, three), read_back(sources.to_bibtex(), "biblatex"), strict=True
    ):
        for name in ("id", "type", "title", "URL", "issued", "accessed"):
            assert same.get(name) == entry.get(name)
    first, *_ = sources.to_ris().split("ER  - \r\n")
    assert first.split("\r\n") == [
        "TY  - ELEC",
        f"ID  - {one['id']}",
        "TI  - One",
        "T2  - example.org",
        "PY  - 2026",
        "DA  - 2026/05/03",
        "UR  - https://example.org/a?x=1&y=%7B_%23#s",
        "Y2  - 2026/11/28",
        "",
    ]


def test_a_day_of_access_of_ones_own_and_none() -> None:
    day = date(2025, 2, 1)
    assert "urldate = {2025-02-01}" in listed(page("One")).to_bibtex(accessed=day)
    unknown = Sources([page("One")])
    assert "urldate" not in unknown.to_bibtex()
    assert "Y2  - " not in unknown.to_ris()
    assert "accessed" not in json.loads(unknown.to_csl_json())[0]


def test_the_date_of_access_is_that_of_the_place_where_it_was_asked() -> None:
    evening = datetime.fromisoformat("2026-11-28T23:30:00-08:00")
    assert "Y2  - 2026/11/28" in Sources([page("One")], asked=evening).to_ris()


def test_keys_depend_on_the_page_alone_and_never_meet() -> None:
    many = [page(f"T{i}", f"https://example.org/{i}", id=i) for i in range(3_000)]
    keys = re.findall(r"@online\{(.*),", listed(*many).to_bibtex())
    assert len(set(keys)) == 3_000
    alone = listed(page("Another title", "http://www.example.org/7/?utm_source=x", date="2020"))
    assert f"@online{{{keys[7]},\n" in alone.to_bibtex()
    assert all(re.fullmatch(r"example-org-[0-9a-f]{6,}", key) for key in keys)


def test_one_entry_a_page() -> None:
    twice = listed(page("One"), page("The same", "http://www.example.org/a/#part", id=2))
    assert [entry["title"] for entry in json.loads(twice.to_csl_json())] == ["One"]


@given(
    st.text(max_size=40),
    st.text(alphabet=string.printable + "äß日\u202e\u2028", max_size=60),
    st.text(max_size=12),
)
def test_whatever_the_service_sends(title: str, url: str, day: str) -> None:
    """No text ends a field, an entry or a line early."""
    sources = listed(page(title, url, date=day), page("Second", id=2))
    count = 1 if same_page(url) == same_page("https://example.org/a") else 2
    bibtex = sources.to_bibtex()
    assert bibtex.count("{") == bibtex.count("}")
    assert [line[:8] for line in bibtex.splitlines()].count("@online{") == count
    assert bibtex.split("\n").count("}") == count
    assert len(json.loads(sources.to_csl_json())) == count
    ris = sources.to_ris()
    assert ris.splitlines() == ris.split("\r\n")[:-1]
    assert all(re.fullmatch(r"([A-Z][A-Z0-9]  - .*)?", line) for line in ris.splitlines())
    assert ris.count("ER  - \r\n") == count


# The properties that we use, from the schema at
# https://resource.citationstyles.org/schema/latest/input/json/csl-data.json, which allows no others.
CSL = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "id": {"type": ["string", "number"]},
            "type": {"enum": ["webpage"]},
            "title": {"type": "string"},
            "container-title": {"type": "string"},
            "URL": {"type": "string"},
            "issued": {"$ref": "#/definitions/date"},
            "accessed": {"$ref": "#/definitions/date"},
        },
        "required": ["type", "id"],
        "additionalProperties": False,
    },
    "definitions": {
        "date": {
            "type": "object",
            "properties": {
                "date-parts": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 2,
                    "items": {
                        "type": "array",
                        "items": {"type": ["string", "number"]},
                        "minItems": 1,
                        "maxItems": 3,
                    },
                }
            },
            "additionalProperties": False,
        }
    },
}


@pytest.mark.parametrize("day", [None, "", "2026", "2026-05", "2026-05-03", "2026-02-30", "0001"])
def test_csl_json_keeps_to_its_schema(day: str | None) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for sources in (listed(page("One", date=day)), Sources([page("")]), Sources()):
        jsonschema.validate(json.loads(sources.to_csl_json()), CSL)


@pytest.mark.parametrize(
    ("text", "parts"),
    {
        "2026-05-03": (2026, 5, 3),
        "2026-5-3": (2026, 5, 3),
        "2026/05/03": (2026, 5, 3),
        " 2026-05-03T10:00:00Z": (2026, 5, 3),
        "2026-05-03 10:00": (2026, 5, 3),
        "2026-05": (2026, 5),
        "2026": (2026,),
        "2026-13-01": None,
        "2026-02-30": None,
        "2026-00": None,
        "0000": None,
        "03.05.2026": None,
        "Updated yesterday": None,
        "2026-05-03x": None,
        "٢٠٢٦": (2026,),
        "": None,
        None: None,
    }.items(),
)
def test_dates(text: str | None, parts: tuple[int, ...] | None) -> None:
    assert dates.parts(text) == parts


def test_odd_dates() -> None:
    today = date(2026, 11, 28)
    assert dates.oddity("2026-11-29", today) is None  # in another time zone it is tomorrow
    assert dates.oddity("2026-11-30", today) == "is in the future"
    assert dates.oddity("1970-01-01", today) == "is older than the web"
    assert dates.oddity("soon", today) == "is not a date"
    assert dates.oddity("2026", today) is None


SAME = [
    "https://example.org/a%20b/?b=2&a=1",
    "http://www.example.org:80/a%20b?a=1&b=2#part",
    "https://EXAMPLE.org/%61%20b/?utm_source=x&a=1&utm_medium=y&b=2&gclid=3&fbclid=4&msclkid=5",
]
OTHERS = [
    "https://example.org/a%20b",
    "https://example.org/A%20b/?b=2&a=1",
    "https://example.org:8080/a%20b/?b=2&a=1",
    "https://sub.example.org/a%20b/?b=2&a=1",
    "https://example.org/a%20b/?b=2&a=1#/route",
    "https://example.org/a%20b/?b=2&a=1&id=3",
]


def test_addresses_of_one_page() -> None:
    assert len({same_page(url) for url in SAME}) == 1
    assert len({same_page(url) for url in [SAME[0], *OTHERS]}) == 1 + len(OTHERS)


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_sources_without_an_address_stay_apart() -> None:
    state = AnswerState()
    figures = [Source(n, f"Quote of {name}", "", "") for n, name in enumerate("XY", start=1)]
    state.apply(SourcesFound(tuple(figures)), 0)
    state.apply(Text("One.[1] Two.[2]"), 1)
    state.apply(Finished(), 2)
    answer = pplx.Answer.from_record(to_record("q", state))
    for made in (answer.to_bibtex(), answer.to_ris(), answer.to_html(), answer.to_markdown()):
        assert "Quote of X" in made
        assert "Quote of Y" in made
    pytest.importorskip("pandas")
    assert "duplicate source" not in set(answer.audit()["kind"])
