"""What a view of a table sends: the rows in sight, in their order, and little of it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pplx_widget.widget.batch.rows import STATES
from pplx_widget.widget.batch.window import SORTS, Query, Window

from ..support.fake_rows import FakeRows

# A message around its content: framing, headers, and the id of the comm (docs/design/channel.md).
ENVELOPE = 474 + 90
MOST_BYTES = 6_000_000
TICK = 0.15


def totals(rows: FakeRows) -> dict[str, Any]:
    return {"status": rows.status, "counts": {**rows.counts}, "left": round(rows.left or 0)}


class Page:
    """What a page makes of the messages."""

    def __init__(self, rows: FakeRows, window: Window) -> None:
        self.rows, self.window = rows, window
        self.ids: list[int] = []
        self.cells: dict[int, list[Any]] = {}
        self.count = self.start = self.seq = self.bytes = self.messages = self.totals = 0
        self.whole: Any = None

    def hear(self, *, asked: bool = False, lost: bool = False, later: float = 0.0) -> None:
        message = self.window.message(self.rows.now + later, lambda: totals(self.rows), asked=asked)
        if message is None or lost:
            return
        self.messages += 1
        self.bytes += ENVELOPE + len(
            json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        )
        self.take(message)

    def take(self, message: dict[str, Any]) -> None:
        assert message["seq"] > self.seq
        self.seq = message["seq"]
        if "ids" in message:
            self.ids, self.start, self.count = message["ids"], message["from"], message["count"]
            self.cells = {row: self.cells[row] for row in self.ids if row in self.cells}
        for cell in message.get("cells", ()):
            row, state, question, *rest = cell
            assert row in self.ids, "a row out of sight"
            known = self.cells[row][2] if question is None else question
            self.cells[row] = [row, STATES[state], known, *rest]
        for row, added, *anew in message.get("texts", ()):
            self.cells[row][3] = added if anew else self.cells[row][3] + added
        if "totals" in message:
            self.totals += 1
            self.whole = message["totals"]


def opened(n: int = 200, **options: Any) -> tuple[FakeRows, Window, Page]:
    rows = FakeRows(n, **options)
    window = Window(rows, "a")
    rows.watch(window.touch)
    return rows, window, Page(rows, window)


def found(rows: FakeRows, query: Query) -> list[int]:
    """Return the rows that a query finds, in their order, worked out in another way."""
    numbers = [
        row
        for row in range(len(rows))
        if query.filter in ("", rows.state(row))
        and (query.search in rows.question(row).lower() or query.search in rows.text(row).lower())
    ]
    keys = {
        "row": lambda row: row,
        "state": lambda row: STATES.index(rows.state(row)),
        "question": lambda row: rows.question(row).lower(),
        "sources": lambda row: -1 if rows.found(row) is None else rows.found(row),
        "cost": lambda row: -1 if rows.cost(row) is None else rows.cost(row),
    }
    return sorted(numbers, key=keys[query.sort], reverse=query.descending)


QUERIES = st.builds(
    Query,
    filter=st.sampled_from(["", *STATES]),
    sort=st.sampled_from(SORTS),
    descending=st.booleans(),
    search=st.sampled_from(["", "rule 1", "market", "no such words", "states"]),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 30), QUERIES, st.booleans()), max_size=4
)


@given(STEPS)
@settings(max_examples=60)
def test_a_page_shows_what_the_kernel_has(steps: list[tuple[int, int, Query, bool]]) -> None:
    rows, window, page = opened(100, rate=20, live=10)
    for number, (start, height, query, asks) in enumerate(steps):
        window.look(start, start + height, query, rows.now)
        page.hear(asked=True)
        for tick in range(12):
            rows.go(number * 2 + tick / 10)
            page.hear(asked=asks)
        page.hear(later=1000)  # past the pauses of the order and the totals
        wanted = found(rows, query)
        assert page.count == len(wanted)
        assert page.ids == wanted[start : start + height]
        assert page.cells.keys() == set(page.ids)
        for row, state, question, text, *rest in page.cells.values():
            assert state == rows.state(row)
            assert question.startswith(rows.question(row)[:40])
            assert (rest[0] if rest else None) == rows.found(row)
            if state == "running":
                assert rows.text(row).endswith(text[-100:])
        assert page.whole == totals(rows)


def test_ten_thousand_rows_in_six_megabytes() -> None:
    """A view at the rows that run, which is the most, and scrolls through all of them besides."""
    rows, window, page = opened(10_000, rate=30, live=30, tokens=300)
    height = 26  # 14 in sight, and six beyond each end
    while rows.status == "running":
        start = max(0, int(rows.now * 30) - 10)
        if round(rows.now / TICK) % 5 == 0:
            window.look(start, start + height, Query(), rows.now)
            page.hear(asked=True)
        rows.go(rows.now + TICK)
        page.hear()
    seconds = rows.now
    assert 330 < seconds < 340
    assert page.bytes <= MOST_BYTES, f"{page.bytes:,} bytes in {page.messages:,} messages"
    assert page.messages <= 10 * seconds
    assert page.totals <= 10 * seconds


def test_a_view_elsewhere_hears_of_the_totals_only() -> None:
    rows, window, page = opened(10_000, rate=30, live=30)
    window.look(9_000, 9_030, Query(), 0)
    page.hear(asked=True)
    page.bytes = page.messages = 0
    while rows.now < 60:
        rows.go(rows.now + TICK)
        page.hear()
    assert page.messages <= 4 * 60 + 1
    assert page.bytes < 250_000


def test_a_lost_message_is_sent_again() -> None:
    rows, window, page = opened()
    window.look(0, 20, Query(), 0)
    page.hear(asked=True)
    rows.go(0.4)
    page.hear(lost=True)
    rows.go(0.8)
    window.forget()
    page.hear(asked=True)
    assert page.cells.keys() == set(range(20))
    assert [cell[1] for cell in page.cells.values()] == [rows.state(row) for row in range(20)]
    assert page.whole == totals(rows)


def test_two_views_have_their_own_rows() -> None:
    rows, first, one = opened()
    second = Window(rows, "b")
    rows.watch(second.touch)
    other = Page(rows, second)
    first.look(0, 5, Query(), 0)
    second.look(0, 5, Query(sort="row", descending=True), 0)
    rows.go(1)
    one.hear(asked=True)
    other.hear(asked=True)
    assert one.ids == [0, 1, 2, 3, 4]
    assert other.ids == [199, 198, 197, 196, 195]


def test_wrong_queries_are_ignored() -> None:
    wrong = {"filter": "x", "sort": ["y"], "descending": 1, "search": {"a": 1}}
    assert Query.of(wrong) == Query()
    assert Query.of({"search": "  Two   WORDS "}).search == "two words"
    _rows, window, page = opened(3)
    window.look(-5, 10**9, Query(), 0)
    page.hear(asked=True)
    assert page.ids == [0, 1, 2]
