from __future__ import annotations

import asyncio
import inspect
import os
import threading

import pytest

from pplx_widget.core.runtime import Runtime, runtime

from ..support.scripts import python
from ..support.wire_server import WireServer, completed, delta


def test_plain_import_loads_no_http_library() -> None:
    done = python("""
        import sys
        import pplx_widget
        assert not {"openai", "httpx", "httpx2", "keyring"} & set(sys.modules), sys.modules
        import threading
        assert threading.active_count() == 1
    """)
    assert done.returncode == 0, done.stderr


def test_asking_in_a_script(server: WireServer) -> None:
    server.respond([delta("plain"), completed()])
    done = python(
        """
        import pplx_widget as pplx
        answer = pplx.ask("q").wait(30)
        print(answer.text, answer.status)
        """,
        PERPLEXITY_BASE_URL=server.base_url,
    )
    assert (done.stdout, done.stderr) == ("plain complete\n", "")


def test_a_script_that_ends_in_mid_stream_ends_quietly(server: WireServer) -> None:
    gate = threading.Event()
    server.respond([delta("a"), gate, completed()])
    done = python(
        """
        import pplx_widget as pplx, threading
        seen = threading.Event()
        answer = pplx.ask("q")
        answer.observe(lambda change: seen.set(), names="text")
        answer.text or seen.wait(30)
        """,
        PERPLEXITY_BASE_URL=server.base_url,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.client_left.wait(5)


def test_clients_are_closed_at_the_end(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    done = python(
        """
        import pplx_widget as pplx
        from pplx_widget.providers import sdk
        from pplx_widget.core.runtime import runtime
        pplx.ask("q").wait(30)
        (client,) = sdk.clients._clients.values()
        runtime().close()
        assert client.is_closed()
        assert not sdk.clients._clients
        """,
        PERPLEXITY_BASE_URL=server.base_url,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_asks_on_a_thread_of_its_own(server: WireServer) -> None:
    server.respond([delta("a"), completed()])
    done = python(
        """
        import os, warnings
        warnings.simplefilter("ignore")  # Python 3.12 warns of forking with threads
        import pplx_widget as pplx
        pplx.ask("parent").wait(30)
        if (child := os.fork()) == 0:
            os._exit(0 if pplx.ask("child").wait(30).text == "a" else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert pplx.ask("parent again").wait(30).text == "a"
        """,
        PERPLEXITY_BASE_URL=server.base_url,
    )
    assert done.returncode == 0, done.stderr


def test_one_thread_for_all() -> None:
    before = runtime().loop
    assert runtime().loop is before
    assert sum(t.name == "pplx_widget" for t in threading.enumerate()) == 1


def test_close_ends_the_thread() -> None:
    own = Runtime()
    closed = threading.Event()

    async def close() -> None:
        closed.set()

    own.at_end(close)
    assert own.start(_one()).result(5) == 1
    thread = own._thread
    own.close()
    assert closed.is_set()
    assert thread is not None
    assert not thread.is_alive()
    own.call(lambda: None)  # has no effect


def test_a_task_begun_too_late_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task begins another one after the waiting time: Python must not warn that it never began."""
    monkeypatch.setattr("pplx_widget.core.runtime._LAST_SECONDS", 0.1)
    own = Runtime()
    waits, go_on = threading.Event(), threading.Event()
    late = asyncio.Event().wait()

    async def holding() -> None:  # as tasks of anyio hold a coroutine
        await late

    async def cancelled_slowly() -> None:
        try:
            waits.set()
            await asyncio.Event().wait()
        finally:
            go_on.wait(30)
            asyncio.get_running_loop().create_task(holding())

    future = own.start(cancelled_slowly())
    assert waits.wait(30)
    loop, thread = own._loop, own._thread
    own.close()
    assert thread is not None
    assert thread.is_alive()
    go_on.set()
    thread.join(30)
    assert loop is not None
    assert loop.is_closed()
    assert inspect.getcoroutinestate(late) == inspect.CORO_CLOSED
    assert future.cancelled()


def test_a_pause_is_between_two_steps() -> None:
    own = Runtime()
    assert own.start(_one()).result(5) == 1
    order: list[str] = []
    imported = threading.Event()

    def work() -> None:
        order.append("importing")
        imported.wait(5)
        order.append("imported")

    future = own.start(own.importing(work))
    while not order:
        pass
    threading.Timer(0.05, imported.set).start()
    resume = own.pause()  # waits for the import
    order.append("paused")
    told = threading.Event()
    own.call(told.set)
    assert not told.wait(0.05)
    resume()
    assert told.wait(5)
    future.result(5)
    assert order == ["importing", "imported", "paused"]
    own.close()
    own.pause()()  # the loop is closed


async def _one() -> int:
    return 1
