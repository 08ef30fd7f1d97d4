from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.core import errors
from pplx_widget.core.events import (
    Failed,
    Fetching,
    Finished,
    Image,
    ImagesFound,
    Opened,
    PagesFetched,
    Searching,
    SearchingImages,
    Source,
    SourcesFound,
    Text,
    TextWithdrawn,
    Thought,
    Unknown,
    Usage,
    UsageReported,
)
from pplx_widget.core.state import AnswerState, Status


def source(id_: int, snippet: str = "") -> Source:
    return Source(
        id=id_, title=f"T{id_}", url=f"https://e.org/{id_}", site="e.org", snippet=snippet
    )


def fold(*events: object) -> AnswerState:
    state = AnswerState()
    for at, event in enumerate(events):
        state.apply(event, float(at))  # type: ignore[arg-type]
    return state


def test_text_that_was_withdrawn() -> None:
    state = fold(SourcesFound((source(1), source(3))), Text("Hm [1]. "), Text("Hm [3"))
    before = state.snapshot()
    state.apply(TextWithdrawn(), 3)
    assert (str(state.text), state.citations, state.timing.first_token) == ("", (), None)
    assert state.status is Status.SEARCHING
    for event in (Thought("Hm [1]. Hm [3"), Text("So.[3]"), Finished()):
        state.apply(event, 4)
    assert str(state.text) == "So.[3]"
    assert [(c.number, c.id) for c in state.citations] == [(1, 3)]
    assert str(before.text) == "Hm [1]. Hm [3"
    assert [c.id for c in before.citations] == [1]


def test_an_answer() -> None:
    state = AnswerState()
    assert state.status is Status.QUEUED
    state.connect()
    assert state.status is Status.CONNECTING
    state.apply(Opened("r"), 0.5)
    state.apply(Searching(("q",)), 1)
    assert state.status is Status.SEARCHING
    state.apply(SourcesFound((source(3), source(1))), 2)
    for at, delta in enumerate(["So.[", "1", "][3]", " `[3]`"], start=3):
        state.apply(Text(delta), at)
    assert state.status is Status.STREAMING
    state.apply(UsageReported(Usage(output_tokens=7)), 6.5)
    state.apply(Finished(model="m"), 7)
    assert state.status is Status.COMPLETE
    assert str(state.text) == "So.[1][3] `[3]`"
    assert [(c.number, c.id, c.count) for c in state.citations] == [(1, 1, 1), (2, 3, 1)]
    assert [s.id for s in state.sources] == [3, 1]
    assert (state.steps[0].kind, state.steps[0].found) == ("search", 2)
    assert state.timing.first_event == 0.5
    assert (state.timing.first_token, state.timing.last_token, state.timing.finished) == (3, 6, 7)
    assert state.timing.tokens_per_second == 2.0
    assert state.model == "m"


def test_sources_are_one_an_id_and_the_first_copy_stays() -> None:
    state = fold(
        SourcesFound((source(7, "long snippet"), source(2))),
        SourcesFound((source(7), source(5))),
    )
    assert [(s.id, s.snippet) for s in state.sources] == [(7, "long snippet"), (2, ""), (5, "")]


def test_sources_that_come_after_the_text_resolve_its_markers() -> None:
    state = fold(Text("a [2] b [9]."), SourcesFound((source(2),)), Finished())
    assert [c.id for c in state.citations] == [2]


def test_several_searches_close_in_order() -> None:
    state = fold(
        Searching(("a",)),
        Searching(("b",)),
        SourcesFound((source(1),)),
        Fetching(("https://e.org",)),
        PagesFetched(("https://e.org",)),
        Thought("hm"),
    )
    assert [(s.kind, s.items, s.found) for s in state.steps] == [
        ("search", ("a",), 1),
        ("search", ("b",), None),
        ("read", ("https://e.org",), 1),
        ("thought", ("hm",), None),
    ]


def test_results_that_come_again_close_no_other_search() -> None:
    state = fold(
        Searching(("a",)),
        Searching(("b",)),
        SourcesFound((source(1),), ("a",)),
        SourcesFound((source(1),), ("a",)),
    )
    assert [(s.items, s.found) for s in state.steps] == [(("a",), 1), (("b",), None)]


def test_nothing_changes_after_the_end() -> None:
    state = fold(
        Text("a"), Finished("stopped"), Text("b"), Finished(), Failed(errors.cut(kept=True))
    )
    assert (state.status, str(state.text), state.error) == (Status.STOPPED, "a", None)


def test_failure_keeps_the_text() -> None:
    state = fold(Text("half a sent"), Failed(errors.cut(kept=True)))
    assert state.status is Status.FAILED
    assert str(state.text) == "half a sent"
    assert isinstance(state.error, errors.ConnectionCut)


def test_reasoning_is_not_counted_as_speed() -> None:
    state = fold(
        Text("a"),
        Text("b"),
        UsageReported(Usage(output_tokens=103, reasoning_tokens=100)),
        Finished(),
    )
    assert state.timing.tokens_per_second == 2.0


EVENTS = st.one_of(
    st.builds(Opened),
    st.builds(Searching, st.lists(st.text(max_size=3), max_size=2).map(tuple)),
    st.builds(SourcesFound, st.lists(st.integers(0, 4).map(source), max_size=3).map(tuple)),
    st.builds(Text, st.text(alphabet="a[]12`\n\ud83d\ude80", max_size=4)),
    st.builds(Thought, st.text(max_size=3)),
    st.builds(UsageReported, st.builds(Usage)),
    st.sampled_from([Finished(), Finished("incomplete", "x"), Failed(errors.cut(kept=True))]),
)


@given(st.lists(EVENTS, max_size=12))
def test_takes_any_events_in_any_order(events: list[object]) -> None:
    state = fold(*events)
    text = str(state.text)
    text.encode()
    ids = {s.id for s in state.sources}
    assert len(ids) == len(state.sources)
    assert [c.number for c in state.citations] == list(range(1, len(state.citations) + 1))
    assert all(c.source in state.sources for c in state.citations)


@pytest.mark.parametrize("status", list(Status))
def test_the_last_four_are_final(status: Status) -> None:
    assert status.final == (status in list(Status)[-4:])


def test_a_newer_list_replaces_by_id_and_keeps_what_it_leaves_out() -> None:
    newer = Source(id=1, title="New", url="https://e.org/new", site="e.org")
    state = fold(
        SourcesFound((source(1), source(2))),
        Text("[1] "),
        SourcesFound((newer,), replace=True),
        Finished(),
    )
    assert state.sources == (newer, source(2))
    assert state.citations[0].source == newer
    before = fold(SourcesFound((source(1),)))
    sources = before.sources
    before.apply(SourcesFound((source(1),), replace=True), 1)
    assert before.sources is sources  # unchanged, so nothing is sent


def test_images_are_kept_once() -> None:
    a, b = Image("https://e.org/a.png"), Image("https://e.org/b.png")
    state = fold(ImagesFound((a, a)), ImagesFound((a, b)))
    assert state.images == (a, b)


def test_images_have_a_limit_and_sizes_are_possible() -> None:
    many = tuple(Image(f"https://e.org/{i}.png", "", "x", i, 10**i) for i in range(10_000))
    state = fold(SearchingImages(("q",)), ImagesFound(many), ImagesFound(many[200:]))
    assert state.images == many[:100]
    assert state.steps[0].found == 10_000
    assert [(i.width, i.height) for i in many[:7]] == [
        (None, 1),
        (1, 10),
        (2, 100),
        (3, 1000),
        (4, 10_000),
        (5, 100_000),
        (6, None),
    ]
    odd = [True, 0, -1, 1.5, float("nan"), "9", 10**400, None]
    assert {Image("u", width=value).width for value in odd} == {None}  # type: ignore[arg-type]


def test_the_end_of_a_search_for_images_ends_no_other_step() -> None:
    state = fold(Searching(("a",)), SearchingImages(("b",)), ImagesFound((Image("u"),)))
    assert [(step.kind, step.found) for step in state.steps] == [("search", None), ("images", 1)]
    assert state.status == "searching"


def test_what_nothing_understands_is_kept_for_a_look() -> None:
    state = fold(*(Unknown(str(i), "{}") for i in range(100)), Text("a"), Finished())
    assert [u.type for u in state.unknown] == [str(i) for i in range(20)]
    assert (state.status, str(state.text)) == ("complete", "a")
