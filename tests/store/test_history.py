"""`history` and `forget`: words of any script find answers, and no trace of a deleted one is left."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pplx_widget as pplx
from pplx_widget.core.errors import InvalidRequest, ServiceFailed, StoreFailed
from pplx_widget.core.events import Failed, Finished
from pplx_widget.document import listing
from pplx_widget.store.row import Row
from pplx_widget.store.store import Store

from ..support.rows import Answers
from ..support.wire_server import WireServer
from .conftest import ASKED, row
from .test_store import put

ANSWERS = {
    "regulation": row("What changed in AI regulation?", "The Act applies since August.[1]"),
    "chinese": row("什么是人工智能监管?", "欧盟的法律已经生效。"),
    "japanese": row("ミツバチはどう話しますか", "ダンスで話します。"),
    "thai": row("ผึ้งสื่อสารอย่างไร", "พวกมันเต้นรำ"),
    "korean": row("벌은 어떻게 말합니까", "춤으로 말합니다"),
    "arabic": row("كيف يتحدث النحل؟", "بالرقص"),
    "umlaut": row("Wie heißt das Übel?", "Es heißt Größenwahn."),
    "emoji": row("What does 🐝 mean?", "A bee 100%_sure."),
    "failed": row("Will it fail?", "So", Failed(ServiceFailed("It broke."))),
    "source": row("How do bees talk?", "They dance.[1]", title="The honeybee's waggle"),
}
NAMES = {each.question: name for name, each in ANSWERS.items()}


@pytest.fixture
def full(store: Store, path: Path) -> Store:
    put(store, *ANSWERS.values())
    pplx.configure(store=path)
    return store


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("regulation", ["regulation"]),
        ("REGUL", ["regulation"]),
        ("act ai", ["regulation"]),
        ("监管", ["chinese"]),
        ("人工智能", ["chinese"]),
        ("管监", []),
        ("ミツバチ", ["japanese"]),
        ("สื่อสาร", ["thai"]),
        ("어떻게", ["korean"]),
        ("النحل", ["arabic"]),
        ("ubel", ["umlaut"]),
        ("GRÖSSENWAHN", []),
        ("größenwahn", ["umlaut"]),
        ("🐝", ["emoji"]),
        ("mean 🐝", ["emoji"]),
        ("waggle", ["source"]),
        ("honeybee's", ["source"]),
        ("sheep", []),
        ("bees OR wasps", []),
        ("%", ["emoji"]),
        ("_%", []),
    ],
)
def test_words_find_answers(full: Store, words: str, found: list[str]) -> None:
    assert sorted(NAMES[each.question] for each in pplx.history(words)) == sorted(found)


@pytest.mark.parametrize(
    "words",
    [
        *('"', "'", "*", "AND", "NOT bees", "bees NEAR/2 talk", "question:bees", "-bees", "(bees"),
        *(
            "{bees",
            "^bees",
            "bees*",
            "\\",
            "a\0b",
            "🐝🐝",
            "\ud83d",
            "–",
            "; DROP TABLE answers",
            ":",
        ),
    ],
)
def test_no_word_is_syntax(full: Store, words: str) -> None:
    for each in pplx.history(words):
        assert each.question in NAMES
    assert full.count() == len(ANSWERS)


def test_the_newest_come_first(full: Store) -> None:
    assert [each.question for each in pplx.history()] == [*reversed(NAMES)]
    few = pplx.history(limit=3)
    assert (len(few), few.total) == (3, 10)
    assert [each.question for each in few[1:]] == [*reversed(NAMES)][1:3]
    assert isinstance(few[1:], pplx.History)


def test_the_question_counts_more_than_the_text(store: Store, path: Path) -> None:
    put(store, row("About bees", "Nothing."), row("About wasps", "They are not bees."))
    found = pplx.history("bees", store=path)
    assert [each.question for each in found] == ["About bees", "About wasps"]


def test_an_entry(full: Store) -> None:
    (found,) = pplx.history("regulation")
    assert found.asked == ASKED
    assert (found.status, found.cost, found.model) == ("complete", 0.005, "perplexity/test")
    assert found.sources[0].title == "RFC 9114"
    assert found.sources.to_frame()["url"].tolist() == ["https://www.example.org/http3"]
    answer = found.answer()
    assert (answer.text, answer.status) == (found.text, "complete")
    assert answer.kept is None  # it was found, and not given in place of another
    assert answer.citations[0].source == found.sources[0]
    with pytest.raises(InvalidRequest):
        answer.retry()
    (failed,) = pplx.history("fail")
    assert failed.answer().error.what == "It broke."  # type: ignore[union-attr]


def test_a_frame(full: Store) -> None:
    frame = pplx.history().to_frame()
    names = ["asked", "question", "text", "status", "cost", "model", "sources"]
    assert [*frame.columns] == names
    assert str(frame.dtypes["asked"]) == "datetime64[us, UTC]"
    assert frame["status"].tolist().count("failed") == 1
    assert [len(each) for each in frame["sources"]] == [1] * 10
    assert [*pplx.history("sheep").to_frame().columns] == names


def test_a_list_whose_lines_open(full: Store) -> None:
    shown = pplx.history()
    html = shown._repr_html_()
    assert html.count("<details") >= 10
    assert "What changed in AI regulation?" in html
    assert "The Act applies since August." in html
    assert "24 November 2026" in html
    assert "Failed" in html
    assert html.endswith("</style></div>")
    assert "10 answers" in html
    assert repr(shown).count("\n") == 10
    assert shown._repr_markdown_().count("\n- ") == 9


def test_a_long_list_opens_only_its_beginning(store: Store, path: Path) -> None:
    put(store, *(row(f"question {n}", "word " * 2_000) for n in range(60)))
    html = pplx.history(store=path, limit=50)._repr_html_()
    opened = re.findall('<details class="pplx-found"><summary [^>]*>question', html)
    assert len(opened) == listing.OPENED
    assert "50 of 60 answers · 30 of them open with" in html
    assert len(html) < 600_000
    put(store, row("huge", "word " * 200_000))
    html = pplx.history(store=path, limit=2)._repr_html_()
    assert len(html) < 100_000


def test_hostile_texts_stay_text(store: Store, path: Path) -> None:
    attack = '<img src=x onerror="alert(1)"><script>alert(1)</script> [x](javascript:alert(1))'
    put(store, row(attack, attack, title=attack))
    html = pplx.history(store=path)._repr_html_()
    for wrong in ("<img", "<script", 'javascript:alert(1)"', 'href="javascript'):
        assert wrong not in html
    assert "\u202e" not in repr(pplx.history(store=path))


def test_a_store_is_needed() -> None:
    for call in (pplx.history, lambda: pplx.forget("bees")):
        with pytest.raises(InvalidRequest, match=r"configure\(store="):
            call()


def test_wrong_arguments(full: Store) -> None:
    for wrong in ({"limit": 0}, {"limit": 1.5}, {"limit": True}):
        with pytest.raises(InvalidRequest):
            pplx.history(**wrong)  # type: ignore[arg-type]
    for words in ("", "  ", 7):
        with pytest.raises(InvalidRequest):
            pplx.history(words)  # type: ignore[arg-type]


# ---- forget -----------------------------------------------------------------------------------------

SECRET = "Xylophonquartett"


def traces(path: Path, text: str) -> list[str]:
    return [each.name for each in path.parent.iterdir() if text.encode() in each.read_bytes()]


def by_words() -> int:
    return pplx.forget(SECRET.lower())


def by_entries() -> int:
    return pplx.forget(pplx.history(SECRET))


def by_entry() -> int:
    return pplx.forget(pplx.history(SECRET)[0]) + pplx.forget(pplx.history(SECRET)[0])


def by_answer() -> int:
    return pplx.forget([each.answer() for each in pplx.history(SECRET)])


def by_age() -> int:
    return pplx.forget(older_than="30 days")


@pytest.mark.parametrize("forget", [by_words, by_entries, by_entry, by_answer, by_age])
def test_no_trace_is_left(store: Store, path: Path, forget: Callable[[], int]) -> None:
    pplx.configure(store=path)
    old = ASKED - timedelta(days=90)
    put(store, *(row(f"A question {n}", "word " * 300, asked=datetime.now(UTC)) for n in range(50)))
    put(
        store,
        row("One", f"The {SECRET} plays.", asked=old),
        row("Two", "It plays.", title=f"A {SECRET}", asked=old),
    )
    put(store, *(row(f"Another {n}", "word " * 300, asked=datetime.now(UTC)) for n in range(50)))
    assert traces(path, SECRET)
    assert forget() == 2
    for text in (SECRET, SECRET.lower()):
        assert traces(path, text) == []
    assert store.count() == 100
    assert store.count("another") == 50
    assert store.count("plays") == 0
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT count(*) FROM sources").fetchone() == (100,)
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    plain.close()


def test_everything(full: Store, path: Path) -> None:
    assert pplx.forget(everything=True) == len(ANSWERS)
    assert pplx.forget(everything=True) == 0
    assert (full.count(), len(pplx.history())) == (0, 0)
    assert not traces(path, "regulation")
    put(full, row("again"))
    assert pplx.history("again")


def test_conditions_together(full: Store) -> None:
    assert pplx.forget("bees", older_than="1000 weeks") == 0
    assert pplx.forget("bees", older_than=timedelta.max) == 0
    assert pplx.forget("bees", older_than="1 second") == 1
    assert pplx.forget([]) == 0
    assert full.count() == len(ANSWERS) - 1


@pytest.mark.parametrize(
    "wrong",
    [
        pplx.forget,
        lambda: pplx.forget("bees", everything=True),
        lambda: pplx.forget(older_than="1 day", everything=True),
        lambda: pplx.forget(""),
        lambda: pplx.forget([7]),  # type: ignore[list-item]
        lambda: pplx.forget(older_than="soon"),
    ],
)
def test_nothing_is_deleted_by_mistake(full: Store, wrong: Callable[[], int]) -> None:
    with pytest.raises(InvalidRequest):
        wrong()
    assert full.count() == len(ANSWERS)


def test_an_answer_of_this_session(
    kept: Callable[[], list[Row]], server: WireServer, path: Path
) -> None:
    first = pplx.complete("One?")
    pplx.complete("Two?")
    assert pplx.forget(first) == 1
    assert [each.question for each in kept()] == ["Two?"]


def test_another_program_reads_meanwhile(full: Store, path: Path) -> None:
    """The rows are deleted, but the log cannot be emptied; this is said."""
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM answers").fetchone()
    with full._writing() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreFailed, match="Another program reads the file"):
        pplx.forget("bees")
    reader.execute("COMMIT")
    reader.close()
    assert pplx.forget("bees") == 0
    assert not traces(path, "waggle")


@pytest.mark.parametrize("words", ["\0", "\0 \0"])
def test_invisible_characters_are_not_all_answers(full: Store, words: str) -> None:
    assert pplx.history(words) == ()
    assert pplx.forget(words) == 0


KEY = "pplx-Zq7correcthorsebattery00staple11"


@pytest.mark.parametrize("question", [f"My key is {KEY}.", "Nul \0", "Lone \ud800", " Space\r\n "])
def test_an_answer_is_deleted_whatever_its_question(path: Path, question: str) -> None:
    pplx.configure(store=path, api_key=KEY)
    answer = pplx.ask(question, provider=Answers()).wait(30)
    assert pplx.forget(answer) == 1
    assert pplx.history() == ()


def test_unfinished_answers_are_found_too(store: Store, path: Path) -> None:
    put(store, row("Stopped?", "So", Finished("stopped")))
    (found,) = pplx.history(store=path)
    assert found.status == "stopped"
    assert "Stopped" in pplx.history(store=path)._repr_html_()
