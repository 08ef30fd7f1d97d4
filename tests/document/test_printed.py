"""Printed output: no terminal obeys an untrusted text, and JSON keeps its value."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata

import pytest

from pplx_widget.cli import doctor, main
from pplx_widget.cli.doctor import Check
from pplx_widget.cli.terminal import Form, printer, said
from pplx_widget.core.events import Text
from pplx_widget.core.json_writer import to_json
from pplx_widget.core.state import AnswerState, Status
from pplx_widget.core.visible import one_line, printable
from pplx_widget.document import forms as answer_forms
from pplx_widget.document.export import export
from pplx_widget.document.images import Images
from pplx_widget.document.model import title
from pplx_widget.document.record import to_record
from pplx_widget.markdown.urls import safe_url
from pplx_widget.runs.usage import Run, UsageSoFar

from ..support import attacks
from ..support.hostile import EVERYTHING, SAID, answers_of, hostile, in_order
from ..support.readings import hidden, obeyed


class Screen(io.StringIO):
    """A terminal that stores its output."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def shown(
    question: str,
    state: AnswerState,
    out: io.StringIO,
    form: Form | None = None,
    *,
    sources: bool = False,
) -> str:
    """Return the command's output for an answer whose text arrives in one piece."""
    with printer(question, out, io.StringIO(), form, sources=sources) as each:
        each.take(Text(str(state.text)), state)
        each.end(state)
    return out.getvalue()


# ---- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\x85 \x9b31m \x7f \x1b[2J", r"\u0085 \u009b31m \u007f \u001b[2J"),
        ("a\u202eb\u2066c\u200f\u061c", r"a\u202eb\u2066c\u200f\u061c"),
        ("\u2028 \u2029", r"\u2028 \u2029"),
        ("\U000e0001\U000e0041", r"\udb40\udc01\udb40\udc41"),
        ("\u200b\u200c\u200d\ufeff\xad\u2060", r"\u200b\u200c\u200d\ufeff\u00ad\u2060"),
        ("\ufff9 \U000e0100 \u3164", r"\ufff9 \udb40\udd00 \u3164"),
        ("\ud83d \udc00", r"\ud83d \udc00"),
        ('\\\u202e" \\u202e', r"\\\u202e\" \\u202e"),
    ],
)
def test_json_hides_nothing(text: str, written: str) -> None:
    assert to_json([text]) == f'[\n  "{written}"\n]\n'
    assert json.loads(to_json([text])) == [text]
    assert json.loads(to_json({text: text})) == {text: text}


@pytest.mark.parametrize(
    "text",
    [
        "é ß 中文 ру עברית العربية हिन्दी ไทย",
        "😀 ❤️ 👨‍👩‍👧 🏳️‍🌈 🇪🇺 1️⃣",
        "\xa0\u3000– “x” €",
        "\ufffd\ufffc",
    ],
)
def test_json_stays_readable(text: str) -> None:
    assert to_json(text) == f'"{text}"\n'


def test_no_character_that_hides_is_written() -> None:
    categories = ("Cc", "Cf", "Cs", "Zl", "Zp")
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    found = "x".join(char for char in every if unicodedata.category(char) in categories)
    assert not hidden(to_json(found).strip())
    # A high surrogate followed by a low one would be one character.
    assert json.loads(to_json(found)) == found


@EVERYTHING
def test_json(name: str) -> None:
    for answer in answers_of(name):
        text, state = answer.question, answer.state
        written = export([(text, state)], "json")
        assert json.loads(written) == [to_record(text, state)]
        asked = shown(text, state, io.StringIO(), "json")
        cited = [{"number": c.number, "id": c.id, "count": c.count} for c in state.citations]
        assert json.loads(asked) == to_record(text, state) | {"citations": cited}
        for each in (written, asked):
            assert obeyed(each) == []
            assert not hidden(each.replace("\n", ""))


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_doctor(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = "a proxy says \x1b[2J\x85\u202eé"
    monkeypatch.setattr(doctor, "examine", lambda: [Check("api", "warn", found, found)])
    assert main.main(["doctor", *arguments]) == 0
    printed = capsys.readouterr().out
    assert obeyed(printed) == []
    assert not hidden(printed.replace("\n", ""))
    assert "é" in printed
    if arguments:
        assert json.loads(printed)["checks"][0]["found"] == found


# ---- text ---------------------------------------------------------------------------------------


# Whether these are shown by name depends on the scripts of the whole output.
_MARKS = re.compile("⟨(?:ALM|LRM|RLM)⟩|[\u061c\u200e\u200f]")


@EVERYTHING
def test_plain_text(name: str) -> None:
    for each in answers_of(name):
        text, state, sent = each.question, each.state, each.sent
        forms = [
            # The uncut text if the forms could shorten it; otherwise the two are the same.
            answer_forms.text(text, state, sent) if state.sources else each.forms["text/plain"],
            each.forms["text/plain"],
            answer_forms.unmarked(text, state, sent),
            repr(UsageSoFar((Run(text, None, text, Status.COMPLETE, state.usage),))),
            str(state.error),
        ]
        assert [*map(obeyed, forms)] == [[]] * len(forms)
        # A title takes one line, and no other line looks like a source.
        if state.sources:
            lines = [line for line in forms[0].split("\n") if line.startswith("[2] ")]
            wanted = _MARKS.sub("", printable(one_line(title(in_order(state)[1]))))
            assert wanted[:40] in _MARKS.sub("", lines[-1])


@EVERYTHING
def test_a_pipe(name: str) -> None:
    for each in answers_of(name):
        text, state = each.question, each.state
        printed = shown(text, state, io.StringIO(), sources=True)
        assert obeyed(printed) == []
        if state.sources:
            # No title, date or name creates another line.
            head, *rows = printed.partition(SAID)[2].strip("\n").split("\n")
            assert head == "Sources"
            assert [row[:4] for row in rows[:4]] == ["[1] ", "[2] ", "[3] ", "[4] "]
            lines = Images.of(state.images).lines
            assert [bool(row) for row in rows[4:]] == [False, *[True] * len(lines)]
        assert obeyed(shown(text, hostile([text], text, addresses=()), io.StringIO())) == []


# The control sequences of rich: colours, links, and the redrawing of growing text.
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_LINK = re.compile("\x1b\\]8;(?:id=[0-9]+)?;([^\x1b]*)\x1b\\\\")
_DRAWING = re.compile("\x1b\\[(?:\\?25[hl]|[0-9]*[AKJ]|[0-9]*G)|\r")


def test_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    for text in attacks.made_up(120, seed=5):
        state = hostile([text], f"{text}\n\n{SAID}")
        printed = shown(text, state, Screen())
        assert all(not link or safe_url(link) for link in _LINK.findall(printed))
        bare = _DRAWING.sub("", _LINK.sub("", _COLOUR.sub("", printed)))
        assert obeyed(bare) == []


def test_what_an_entity_stands_for_is_no_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag character is shown as its letter, which stays text even if it is found late."""
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    attack = "".join(f"&#{0xE0000 + ord(sign)};" for sign in "[bank.com](https://evil.org)")
    printed = shown("q", hostile(["A title"], attack), Screen())
    assert "https://evil.org" not in _LINK.findall(printed)
    assert "[bank.com](https://evil.org)" in _COLOUR.sub("", printed)


def test_a_return_alone_writes_over_nothing() -> None:
    assert said.printable("a\r\nb\rc\x1b[2K") == "a\nb␍c␛[2K"
