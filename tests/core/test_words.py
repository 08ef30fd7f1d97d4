"""The words of each language: all there, all used, with the same blanks."""

from __future__ import annotations

import json
import re
from string import Formatter

import pytest

import pplx_widget as pplx
from pplx_widget.config import settings
from pplx_widget.core import assets, errors, words
from pplx_widget.core.events import Finished, Text
from pplx_widget.core.http_errors import from_response
from pplx_widget.core.state import AnswerState, Status
from pplx_widget.document import forms
from pplx_widget.providers import _wire, agent_events
from pplx_widget.widget import lifetime

from ..support.paths import ROOT

ENGLISH = words.table("en")
OTHERS = [language for language in words.languages() if language != "en"]

# The same in English and another language.
SAME = {
    "de": {
        "phase.because",
        "compare.row.rate",
        "race.row.bytes",
        "error.unforeseen.why",
        "error.http",
        *(f"month.{n}" for n in (4, 8, 9, 11)),
    }
}

SOURCES = "\n".join(
    path.read_text("utf-8")
    for folder, pattern in (("pplx_widget", "*.py"), ("js/src", "*.ts"))
    for path in (ROOT / folder).rglob(pattern)
)
LITERALS = set(re.findall(r"[\"']([a-z][\w.-]*)[\"']", SOURCES))
# f"step.{kind}.done"
MADE = [
    re.compile(re.escape(before) + r"[\w-]+" + re.escape(after))
    for before, after in re.findall(
        r'\b(?:say|count)\([^"]*f"([a-z]+\.[\w.]*)\{[^}"]+\}([\w.]*)"', SOURCES
    )
]
FAMILIES = set(re.findall(r'translated\([^"]+, "(\w+)"\)', SOURCES))


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def stem(id_: str) -> str:
    """Return what `words.count` is given for an id."""
    return re.sub(r"\.(one|other)$", "", id_)


def test_every_entry_is_used() -> None:
    def used(id_: str) -> bool:
        made = any(pattern.fullmatch(name) for pattern in MADE for name in (id_, stem(id_)))
        return (
            id_ in LITERALS
            or stem(id_) in LITERALS
            or made
            or id_.split(".", maxsplit=1)[0] in FAMILIES
        )

    assert not [id_ for id_ in ENGLISH if not used(id_)]


def test_every_id_has_an_entry() -> None:
    said = set(re.findall(r'\bsay\(\s*"([a-z_.-]+)"', SOURCES))
    said |= {literal for literal in LITERALS if literal.startswith("error.")}
    counted = {
        f"{id_}.{end}"
        for id_ in re.findall(
            r'(?<!\.)\bcount\([^"()]*(?:\([^"()]*\))?[^"()]*, "([a-z_.]+)"', SOURCES
        )
        for end in ("one", "other")
    }
    assert len(said) > 200
    assert len(counted) > 10
    assert not (said | counted) - ENGLISH.keys()
    assert not [p.pattern for p in MADE if not any(p.match(id_) for id_ in ENGLISH)]


def test_the_page_knows_its_words_and_no_others() -> None:
    ids = json.loads(assets.asset("words.json"))
    assert [id_ for id_ in ENGLISH if id_ in set(ids)] == ids
    assert not [id_ for id_ in ids if id_.startswith("error.") and id_ != "error.request"]
    files = ("widget.js", "batch.js", "chat.js", "compare.js", "race.js", "inspector.js")
    code = "".join(map(assets.asset, files))
    # The build puts the words in the place of the ids.
    assert not [id_ for id_ in ENGLISH if f'"{id_}"' in code]
    assert ENGLISH["phase.stops_later"] in assets.asset("widget.js")
    assert ENGLISH["race.nothing"] not in assets.asset("widget.js")


def test_a_plural_has_both_forms() -> None:
    for id_ in ENGLISH:
        if id_ != stem(id_):
            assert {f"{stem(id_)}.one", f"{stem(id_)}.other"} <= ENGLISH.keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_complete(language: str) -> None:
    table = words.table(language)
    assert [*table] == [*ENGLISH]
    for id_, text in table.items():
        assert text.strip()
        assert blanks(text) == blanks(ENGLISH[id_]), id_
        code = re.findall(r"`[^`]+`", ENGLISH[id_])
        assert sorted(code) == sorted(re.findall(r"`[^`]+`", text)), id_
    same = {id_ for id_, text in table.items() if text == ENGLISH[id_]}
    assert same == SAME[language]
    # The inspector finds an answer in any language by the end of its label.
    assert table["answer.label"].endswith(": {question}")


@pytest.mark.parametrize("language", words.languages())
def test_every_text_can_be_filled_in(language: str) -> None:
    with words.speaking(language):
        for id_, text in ENGLISH.items():
            said = words.say(id_, **dict.fromkeys(blanks(text), "…"))
            assert "{" not in said


def test_reasons_and_kinds_are_in_the_table() -> None:
    """They stay English in a state, and are looked up by their words when they are shown."""
    reasons = {*_wire._REASONS.values(), agent_events.CANCELLED, _wire.REFUSED, lifetime.LOST}
    reasons |= {_wire.ended_as("odd"), agent_events._why_incomplete({"reason": "max_steps"})}
    kinds = {"Connection failed", "Rate limited", "Service failed", "Timed out"}
    with words.speaking("de"):
        for text, family in [(r, "reason") for r in reasons - {None}] + [
            (k, "kind") for k in kinds
        ]:
            assert words.translated(str(text), family) != text
        assert words.translated(_wire.ended_as("odd"), "reason") == "vom Dienst beendet mit 'odd'"
        assert words.translated("my own reason", "reason") == "my own reason"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("de_DE", "de"),
        ("DE", "de"),
        ("en-GB", "en"),
        ("fr", None),
        ("", None),
    ],
)
def test_a_locale_has_the_nearest_language(locale: str, language: str | None) -> None:
    assert words.nearest(locale) == language


def test_configure_sets_the_language(clean_settings: None) -> None:
    pplx.configure(locale="de_AT")
    assert (settings().locale, words.language()) == ("de", "de")
    pplx.configure(effort="low")
    assert words.language() == "de"
    pplx.configure(locale=None)
    assert (settings().locale, words.language()) == (None, "en")
    for wrong in ("fr", 1, True):
        with pytest.raises(pplx.InvalidRequest, match="'de', 'en'"):
            pplx.configure(locale=wrong)


def test_the_page_is_heard_unless_a_language_is_set(clean_settings: None) -> None:
    words.hear("de-DE")
    assert words.language() == "de"
    pplx.configure(locale="en")
    assert words.language() == "en"
    pplx.configure(locale=None)
    words.hear("fr")
    assert words.language() == "en"


def answered() -> AnswerState:
    state = AnswerState()
    for event in (Text("So."), Finished("incomplete", _wire.CUT_AT_LIMIT)):
        state.apply(event, 1)
    return state


def test_documents_speak_the_language() -> None:
    state = answered()
    english = forms.mime_bundle("q", state)
    with words.speaking("de"):
        german = forms.mime_bundle("q", state)
        assert forms.mime_bundle("q", state) == german
    assert "Unvollständig: abgeschnitten am Ausgabelimit (max_tokens)" in german["text/plain"]
    assert "Incomplete: cut off at the output limit (max_tokens)" in english["text/plain"]
    assert state.reason == _wire.CUT_AT_LIMIT
    assert state.status is Status.INCOMPLETE
    assert "lang=" not in german["text/html"]


def test_errors_speak_the_language() -> None:
    with words.speaking("de"):
        error = from_response(429, {"retry-after": "7"}, None)
        assert [*error.lines.values()] == [
            "Zu viele Anfragen (HTTP 429).",
            "Das Anfragelimit des Kontos ist erreicht.",
            "7 s warten und erneut versuchen.",
        ]
        # The service's own words stay.
        assert from_response(400, {}, {"error": {"message": "No."}}).why == "No."
        assert errors.cut(kept=True).what == "Die Verbindung ist abgebrochen."
