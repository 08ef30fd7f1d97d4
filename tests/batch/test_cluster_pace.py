"""The pace that the workers of a cluster share, in virtual time."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from pplx_widget.batch.cluster.desk import COMES, STOP, Desk
from pplx_widget.batch.cluster.worker import _SharedTurns
from pplx_widget.core.events import Finished

from ..support.virtual import Server, run, sliding, spaced, windows

DELAY = 0.001  # seconds of a message between worker and scheduler


class Scheduler:
    """What the desk needs of Dask's scheduler, and the workers' ends of the queue."""

    def __init__(self) -> None:
        self.workers: dict[str, _SharedTurns] = {}
        self.tasks = {"task"}
        self.handlers: dict[str, Any] = {}
        self.stream_handlers: dict[str, Any] = {}
        self.sent: list[tuple[str, Any]] = []

    def worker_send(self, worker: str, message: Any) -> None:
        self.sent.append((worker, message))
        if message["op"] == COMES:
            comes = self.workers[worker].comes
            later(comes, message["turn"], message["pace"])


def later(function: Any, *arguments: Any) -> None:
    asyncio.get_running_loop().call_later(DELAY, function, *arguments)


async def begun(workers: int) -> tuple[Desk, Scheduler]:
    desk, scheduler = Desk(asyncio.get_running_loop().time), Scheduler()
    await desk.start(scheduler)  # type: ignore[arg-type]

    def tell(worker: str, what: str, **more: Any) -> None:
        later(partial(desk.told, worker, "server", what, **more))

    for number in range(workers):
        name = f"worker {number}"
        scheduler.workers[name] = _SharedTurns(partial(tell, name))
    return desk, scheduler


def limit(most: int) -> Any:
    """Return the headers of a service that allows so many requests a second."""
    return lambda _allowed, _now: {
        "x-ratelimit-limit": str(most),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "1",
    }


async def ask(server: Server, turns: _SharedTurns, count: int) -> list[list[Any]]:
    server.turns = turns  # read when `ask_many` starts its questions, before the next worker's
    return await server.ask_many(count)


def test_all_workers_share_one_limit() -> None:
    async def main() -> Server:
        _desk, scheduler = await begun(3)
        server = Server(sliding(10, 1.0), limit(10))
        answers = await asyncio.gather(
            *(ask(server, turns, 40) for turns in scheduler.workers.values())
        )
        assert all(isinstance(seen[-1], Finished) for each in answers for seen in each)
        return server

    server = run(main())
    assert len(server.allowed) == 120
    assert server.refused == 0
    # And not far slower than the limit.
    assert server.came[-1] < 120 / 10 * 1.25


def test_refusals_slow_all_workers_down_as_they_do_one_process() -> None:
    def server() -> Server:
        return Server(spaced(1.0), lambda allowed, _now: {} if allowed else {"retry-after": "1"})

    async def alone() -> int:
        its = server()
        await its.ask_many(20)
        return its.refused

    async def shared() -> int:
        _desk, scheduler = await begun(2)
        its = server()
        both = (ask(its, turns, 10) for turns in scheduler.workers.values())
        answers = await asyncio.gather(*both)
        assert all(isinstance(seen[-1], Finished) for each in answers for seen in each)
        return its.refused

    assert run(shared()) <= run(alone()) + 2


def test_a_lost_worker_holds_up_no_other() -> None:
    async def main() -> None:
        desk, scheduler = await begun(2)
        server = Server(windows(5, 1.0), limit(5), answering=1e6)
        lost = asyncio.create_task(ask(server, scheduler.workers["worker 0"], 30))
        while len(server.came) < 10:  # noqa: ASYNC110 (virtual time)
            await asyncio.sleep(0.1)
        lost.cancel()
        del scheduler.workers["worker 0"]
        desk.remove_worker(scheduler, "worker 0")  # type: ignore[arg-type]
        assert not desk._waiting
        pacer = desk._turns["server"].pacer
        assert (pacer._open, pacer._unheard) == (0, 0)
        before = len(server.came)
        server._answering = 1.0
        answers = await ask(server, scheduler.workers["worker 1"], 10)
        assert all(isinstance(seen[-1], Finished) for seen in answers)
        assert len(server.came) == before + 10

    run(main())


def test_a_turn_that_comes_too_late_is_given_back() -> None:
    async def main() -> None:
        desk, scheduler = await begun(1)
        server = Server()
        task = asyncio.create_task(ask(server, scheduler.workers["worker 0"], 1))
        while not scheduler.sent:  # noqa: ASYNC110 (until the turn is on its way to the worker)
            await asyncio.sleep(DELAY / 10)
        task.cancel()
        await asyncio.sleep(10 * DELAY)
        pacer = desk._turns["server"].pacer
        assert (pacer._open, pacer._unheard) == (0, 0)
        assert not server.came

    run(main())


def test_a_result_is_kept_until_the_client_has_it() -> None:
    async def main() -> None:
        desk, scheduler = await begun(2)
        assert desk.begin("task", "worker 0") is None
        desk.end("task", b"result")
        assert desk.begin("task", "worker 1") == b"result"
        desk.transition("task", "memory", "forgotten")
        assert not scheduler.sent
        scheduler.tasks.clear()
        desk.end("task", b"late")  # the client has released the task
        assert not desk._results

    run(main())


def test_a_row_that_is_not_wanted_any_more_is_stopped() -> None:
    async def main() -> None:
        desk, scheduler = await begun(1)
        desk.begin("task", "worker 0")
        desk.transition("task", "processing", "released")
        assert not scheduler.sent
        desk.transition("task", "released", "forgotten")
        assert scheduler.sent == [("worker 0", {"op": STOP, "key": "task"})]

    run(main())


def test_turns_of_a_lost_worker_do_not_come() -> None:
    async def main() -> None:
        desk, scheduler = await begun(1)
        now = [0.0]
        desk._clock = lambda: now[0]
        pacer = desk._turns_of("server").pacer
        pacer._blocked = 10.0
        for number in range(3):
            desk.told("worker 0", "server", "enter", number, first=False)
        now[0] = 20.0  # so each may go as soon as the queue looks
        del scheduler.workers["worker 0"]
        desk.remove_worker(scheduler, "worker 0")  # type: ignore[arg-type]
        assert not desk._turns["server"]._waiting
        assert (pacer._open, pacer._unheard, desk._open.total()) == (0, 0, 0)
        assert not scheduler.sent

    run(main())
