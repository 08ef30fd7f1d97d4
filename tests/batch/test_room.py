"""How many rows are under way."""

from __future__ import annotations

from pplx_widget.batch.room import FIRST, MOST, Room


def rounds(room: Room, count: int) -> None:
    for _ in range(count):
        for _ in range(room.size):
            room.answered(full=True)


def test_it_doubles_in_each_round_up_to_the_most() -> None:
    room = Room()
    assert room.size == FIRST
    rounds(room, 1)
    assert room.size == 2 * FIRST
    rounds(room, 10)
    assert room.size == MOST


def test_it_does_not_grow_if_it_is_not_full() -> None:
    room = Room()
    for _ in range(100):
        room.answered(full=False)
    assert room.size == FIRST


def test_refusals_of_one_round_cut_once_and_growth_is_slow_then() -> None:
    room = Room(64)
    rounds(room, 10)
    for _ in range(20):
        room.strained()
    assert room.size == 44
    rounds(room, 2)
    assert room.size == 46
    room.strained()
    assert room.size == 32


def test_one_row_is_always_under_way() -> None:
    room = Room()
    for _ in range(100):
        rounds(room, 1)
        room.strained()
        room.strained()
    assert room.size >= 1


def test_a_limit_of_the_user_is_kept() -> None:
    room = Room(3, fixed=True)
    assert room.size == 3
    rounds(room, 9)
    room.strained()
    assert room.size == 3
