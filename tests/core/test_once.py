"""`once`: computed once, and without a lock that a forked child would wait for."""

from __future__ import annotations

import threading

from pplx_widget.core.once import once


class Holder:
    def __init__(self) -> None:
        self.meeting = threading.Barrier(2, timeout=10)
        self.computed = 0

    @once
    def number(self) -> int:
        """A number."""
        self.computed += 1
        return 7

    @once
    def met(self) -> bool:
        """Whether another thread computes it at the same time."""
        self.meeting.wait()
        return True


def test_the_value_is_computed_once() -> None:
    holder = Holder()
    assert (holder.number, holder.number, holder.computed) == (7, 7, 1)
    assert Holder.number.__doc__ == "A number."


def test_two_threads_may_compute_it_at_once() -> None:
    """With the lock of Python 3.11's `cached_property`, the second thread would wait for the first."""
    holder = Holder()
    other = threading.Thread(target=lambda: holder.met)
    other.start()
    assert holder.met
    other.join(10)
