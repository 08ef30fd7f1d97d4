"""Many questions at once, in virtual time: how many are sent when, and what a refusal changes."""

from __future__ import annotations

import asyncio
import email.utils
import itertools
import math
from typing import Any

import pytest

from pplx_widget.core import errors
from pplx_widget.core.events import Finished, Retrying, Waiting
from pplx_widget.providers import _limits
from pplx_widget.providers._limits import Limit
from pplx_widget.providers._pacer import MOST, UNHEARD, Pacer

from ..support import virtual
from ..support.virtual import Server, gathered, sliding, spaced, windows


def one_a_second(allowed: Any, now: float, **more: str) -> dict[str, str]:
    said = {"x-ratelimit-limit": "1", "x-ratelimit-remaining": "0", "x-ratelimit-used": "1"}
    said["x-ratelimit-reset"] = str(int(now) + 1)
    return said | more | ({} if allowed else {"retry-after": "1"})


def perplexity(allowed: Any, now: float) -> dict[str, str]:
    return one_a_second(allowed, now, date=http_date(now))


def http_date(now: float) -> str:
    return email.utils.formatdate(int(now), usegmt=True)


def rounded_up(allowed: Any, now: float) -> dict[str, str]:
    return perplexity(allowed, now) | {"x-ratelimit-reset": str(math.ceil(now) + 1)}


def without_retry_after(allowed: Any, now: float) -> dict[str, str]:
    said = perplexity(allowed, now)
    said.pop("retry-after", None)
    return said


def seconds_left(allowed: Any, now: float) -> dict[str, str]:
    return perplexity(allowed, now) | {"x-ratelimit-reset": "1"}


def with_reset(value: str) -> Any:
    return lambda allowed, now: perplexity(allowed, now) | {"x-ratelimit-reset": value}


def events_of(server: Any, count: int) -> tuple[Server, list[list[Any]]]:
    async def main() -> tuple[Server, list[list[Any]]]:
        asked = server()
        return asked, await asked.ask_many(count)

    return virtual.run(main())


def ended(events: list[Any]) -> str:
    return events[-1].status if isinstance(events[-1], Finished) else repr(events[-1])


# ---- one a second -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [spaced(1.0), windows(1, 1.0), sliding(1, 1.0)])
@pytest.mark.parametrize(
    "headers",
    [
        *(perplexity, rounded_up, without_retry_after, seconds_left),
        *map(
            with_reset, ["", "soon", "0", "-5", "1", "1e400", "9" * 15, "1000", "1700000000", "1s"]
        ),
    ],
)
def test_thirty_at_a_service_that_allows_one_a_second(rule: Any, headers: Any) -> None:
    server, answers = events_of(lambda: Server(rule, headers), 30)
    assert [ended(events) for events in answers] == ["complete"] * 30
    assert server.refused <= 3
    assert server.first_head is not None
    assert sum(came <= server.first_head for came in server.came) <= 4
    assert 29 <= server.came[-1] - server.came[0] <= 32


@pytest.mark.parametrize("seed", range(20))
def test_a_late_service_still_refuses_at_most_three(seed: int) -> None:
    """Its head comes later when it has begun to count later."""
    server, answers = events_of(
        lambda: Server(spaced(1.0), perplexity, latency=0.08, seed=seed), 30
    )
    assert [ended(events) for events in answers] == ["complete"] * 30
    assert server.refused <= 3
    assert 29 <= server.came[-1] - server.came[0] <= 33


def test_those_that_wait_go_in_their_order() -> None:
    async def main() -> list[int]:
        server = Server(spaced(1.0), perplexity)
        order: list[int] = []

        async def one(n: int) -> None:
            await gathered(server.ask())
            order.append(n)

        await asyncio.gather(*map(one, range(20)))
        return order

    order = virtual.run(main())
    assert order[:4] != order  # those that were refused were ahead
    assert sorted(order[:4]) == [0, 1, 2, 3]
    assert order[4:] == [*range(4, 20)]


def test_a_refused_question_waits_once() -> None:
    """The pause of its repetition is its turn: no other pause comes on top."""
    server, answers = events_of(lambda: Server(spaced(1.0), perplexity), 4)
    retries = [e for events in answers for e in events if isinstance(e, Retrying)]
    assert [(type(e.error), e.seconds) for e in retries] == [(errors.RateLimited, 1.0)] * 3
    gaps = [b - a for a, b in itertools.pairwise(server.allowed)]
    assert all(1.0 <= gap < 1.5 for gap in gaps)


# ---- other limits -------------------------------------------------------------------------------------


def limit(most: int, seconds: float, left: Any = None) -> Any:
    """Return the headers of a limit with windows that begin at multiples of their length."""

    def headers(allowed: Any, now: float) -> dict[str, str]:
        reset = (now // seconds + 1) * seconds
        return {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": str(left() if left else 0),
            "x-ratelimit-reset": str(math.ceil(reset)),
            "date": http_date(now),
        } | ({} if allowed else {"retry-after": str(math.ceil(reset - now))})

    return headers


@pytest.mark.parametrize("most", [3, 8, 33])
@pytest.mark.parametrize("rule", [windows, sliding])
def test_so_many_a_second(most: int, rule: Any) -> None:
    server, answers = events_of(lambda: Server(rule(most, 1.0), limit(most, 1.0)), 4 * most)
    assert [ended(events) for events in answers] == ["complete"] * (4 * most)
    assert server.refused <= 3
    assert server.came[-1] <= 5


def minute(used: list[float], now: list[float]) -> Any:
    def left() -> int:
        window = (virtual.START + now[-1]) // 60
        return max(0, 50 - sum((virtual.START + at) // 60 == window for at in used))

    return left


def test_what_is_left_of_a_minute_goes_at_once_and_the_rest_after_it() -> None:
    async def main() -> tuple[Server, list[str]]:
        server = Server(windows(50, 60.0))
        server._headers = limit(50, 60.0, minute(server.allowed, server.came))
        first = await server.ask_many(40)
        assert server.came[-1] < 1
        second = await server.ask_many(40)
        return server, [ended(events) for events in [*first, *second]]

    server, ends = virtual.run(main())
    assert ends == ["complete"] * 80
    assert server.refused <= 3
    assert server.came[-1] < 120


def test_a_bucket_that_is_refilled_bit_by_bit() -> None:
    """As OpenAI describes its limits: the reset is when the bucket is full again."""

    class Bucket:
        level, at = 10.0, 0.0

        def allows(self, _before: list[float], now: float) -> bool:
            self.level = min(10.0, self.level + (now - self.at) / 0.5)
            self.at = now
            if self.level < 1:
                return False
            self.level -= 1
            return True

        def headers(self, allowed: Any, _now: float) -> dict[str, str]:
            return {
                "x-ratelimit-limit-requests": "10",
                "x-ratelimit-remaining-requests": str(int(self.level)),
                "x-ratelimit-reset-requests": f"{(10 - self.level) * 500:.0f}ms",
            } | ({} if allowed else {"retry-after-ms": "500"})

    def made() -> Server:
        bucket = Bucket()
        return Server(bucket.allows, bucket.headers)

    server, answers = events_of(made, 30)
    assert [ended(events) for events in answers] == ["complete"] * 30
    assert server.refused <= 3
    assert server.came[-1] <= 16


def test_a_service_that_refuses_without_naming_its_limit() -> None:
    server, answers = events_of(
        lambda: Server(spaced(1.0), lambda ok, _now: {} if ok else {"retry-after": "1"}), 30
    )
    done = [ended(events) for events in answers].count("complete")
    assert done >= 28
    assert server.came[-1] < 60


def test_two_kernels_with_one_account() -> None:
    """Each slows down if the other uses the limit, and recovers."""

    async def main() -> tuple[list[str], int, float]:
        one, other = Server(spaced(1.0), perplexity), Server(spaced(1.0), perplexity, seed=2)
        other.allowed = one.allowed
        lists = await asyncio.gather(one.ask_many(15), other.ask_many(15))
        ends = [ended(events) for events in itertools.chain(*lists)]
        return ends, len(one.came) + len(other.came) - 30, max(*one.came, *other.came)

    ends, refused, last = virtual.run(main())
    assert ends.count("complete") >= 27
    assert refused < 25
    assert last < 60


# ---- no limit -----------------------------------------------------------------------------------------


def test_before_the_first_head_few_are_under_way() -> None:
    server, _ = events_of(lambda: Server(latency=10.0, seed=3), 30)
    assert server.first_head is not None
    assert sum(came <= server.first_head for came in server.came) <= UNHEARD


def test_a_service_without_limits_is_not_paced() -> None:
    async def main() -> list[float]:
        server = Server()
        await server.ask_many(500)
        begun, known = server.came[0], len(server.came)
        first = server.came[-1] - begun
        again = asyncio.get_running_loop().time()
        await server.ask_many(500)
        return [first, server.came[-1] - again, len(server.came) - known]

    first, second, count = virtual.run(main())
    assert first <= 5 * 0.02  # a few times the latency of a head
    assert second <= 0.02
    assert count == 500


def test_a_server_that_is_down_is_found_out_soon() -> None:
    """Each failure lets more of those that wait try, so that they do not fail four by four."""

    async def main() -> float:
        server = Server()

        async def down() -> Any:
            await asyncio.sleep(5)
            raise errors.ConnectionFailed("No network.")

        server._asked = down  # type: ignore[method-assign]
        answers = await server.ask_many(60)
        assert all(isinstance(events[-1], errors.ConnectionFailed) for events in answers)
        return asyncio.get_running_loop().time()

    assert virtual.run(main()) <= 20


def test_no_more_answers_than_connections() -> None:
    async def main() -> tuple[int, int]:
        server = Server(answering=100.0)
        asking = [asyncio.ensure_future(gathered(server.ask())) for _ in range(MOST + 5)]
        await asyncio.sleep(50)
        before = len(server.came)
        await asyncio.gather(*asking)
        return before, len(server.came)

    assert virtual.run(main()) == (MOST, MOST + 5)


# ---- who waits sees it ----------------------------------------------------------------------------------


def test_the_places_count_down_and_say_how_long() -> None:
    _, answers = events_of(lambda: Server(spaced(1.0), perplexity), 14)
    waits = [e for e in answers[-1] if isinstance(e, Waiting)]
    assert waits[0] == Waiting(10, None)  # before the first head the rate is unknown
    assert waits[-1] == Waiting(0)
    places = [w.place for w in waits]
    assert places[1:] == sorted(places[1:], reverse=True)
    assert places[1] == 13  # three were refused, and are ahead
    assert {1, 2, 3} <= {*places}
    later = [(w.place, w.seconds) for w in waits[2:-1] if w.seconds is not None]
    assert all(abs(seconds - place) < 2 for place, seconds in later)  # about a second for each
    assert len(later) >= 5


def test_behind_the_hundredth_place_none_is_counted() -> None:
    _, answers = events_of(lambda: Server(spaced(1.0), perplexity), 160)
    waits = [e for e in answers[-1] if isinstance(e, Waiting)]
    assert [w.place for w in waits][:2] == [101, 100]
    assert all(w.place <= 101 for events in answers for w in events if isinstance(w, Waiting))
    # An update costs the same for any number of them.
    assert max(len(events) for events in answers) < 250


def test_a_question_that_need_not_wait_says_nothing() -> None:
    _, answers = events_of(Server, 4)
    assert not [e for events in answers for e in events if isinstance(e, Waiting)]


def test_stopping_while_it_waits_sends_nothing_and_lets_the_others_go() -> None:
    async def main() -> tuple[Server, list[str]]:
        server = Server(spaced(1.0), perplexity)
        asking = [asyncio.ensure_future(gathered(server.ask())) for _ in range(20)]
        await asyncio.sleep(2.5)
        for task in asking[8:18]:
            task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert all(task.cancelled() for task in asking[8:18])
        rest = await asyncio.gather(*asking[:8], *asking[18:])
        return server, [ended(events) for events in rest]

    server, ends = virtual.run(main())
    assert ends == ["complete"] * 10
    assert len(server.allowed) == 10
    assert server.came[-1] < 12


def test_a_closed_answer_makes_room() -> None:
    async def main() -> tuple[int, int]:
        server = Server(latency=0.02, answering=1e6)
        pacer = server.turns.pacer
        async for _ in (asked := server.ask()):
            pass
        await asked.aclose()
        return pacer._open, pacer._unheard

    assert virtual.run(main()) == (0, 0)


# ---- the arithmetic -------------------------------------------------------------------------------------


def test_a_reset_far_away_blocks_nothing_for_long() -> None:
    for reset in ("3600", "86400", str(int(virtual.START) + 10**6), "99999999999999"):
        read = _limits.read(with_reset(reset)(True, virtual.START))
        assert read is not None
        pacer = Pacer()
        pacer.go(0.0)
        pacer.head(read, 0.0, success=True)
        assert pacer.ready(1, 0.0) < 2


def test_one_more_a_row_costs_the_same() -> None:
    """The queue has no place that grows with the number of rows that have gone."""
    pacer = Pacer()
    for n in range(20_000):
        pacer.go(float(n))
        pacer.head(Limit(1, 0, 1.0, 1.0, 1), float(n), success=True)
        pacer.over()
    kept = [len(v) for v in vars(pacer).values() if hasattr(v, "__len__")]
    assert max(kept) <= MOST
