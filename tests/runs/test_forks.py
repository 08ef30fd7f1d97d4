"""Forks with answers in progress: a child that asks, waits or exits does not hang or print anything."""

from __future__ import annotations

import os
import textwrap

import pytest

from ..support.byte_server import PROVIDERS, until
from ..support.scripts import begins, run

pytestmark = pytest.mark.slow

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

FORKS = {
    "os.fork": """
        if (child := os.fork()) == 0:
            in_child()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
    "multiprocessing": """
        child = multiprocessing.get_context("fork").Process(target=in_child)
        child.start()
        child.join()
        assert child.exitcode == 0
        """,
    "in an observer": """
        def fork(change):
            if change.new != "stopped":  # the change before it may be told late
                return
            child = multiprocessing.get_context("fork").Process(target=in_child)
            child.start()
            child.join()
            print(child.exitcode, flush=True)
            forked.set()
        forked = threading.Event()
        other = begun()
        other.observe(fork, names="status")
        other.stop()
        assert forked.wait(40)
        """,
}


@needs_fork
@pytest.mark.parametrize(("provider", "shape"), PROVIDERS, ids=str)
@pytest.mark.parametrize("way", FORKS)
def test_a_forked_child(provider: object, shape: str, way: str) -> None:
    """It can ask questions of its own; the parent's answers, which it cannot follow, have failed."""
    code = """
        def in_child():
            assert answer.wait(20).status == "failed"
            assert answer.text == "So far"
            assert "parent" in answer.error.why
            answer.stop()
            answer.close()
            assert (done.status, done.error, done.wait(1)) == ("stopped", None, done)
            mine = begun()
            mine.stop()
            assert mine.wait(20).status == "stopped"
            assert answer.retry() is answer
            while answer.status != "streaming":
                time.sleep(0.002)

        answer, done = begun(), begun()
        done.stop()
        done.wait(20)
        """
    after = """
        assert answer.status == "streaming"
        again = begun()
        for one in (answer, again):
            one.stop()
            assert one.wait(20).status == "stopped"
        """
    with begins(shape) as server:
        done = run(server, provider, "".join(map(textwrap.dedent, (code, FORKS[way], after))))
        until(lambda: not server.open)
    said = "0\n" if way == "in an observer" else ""
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


@needs_fork
@pytest.mark.parametrize("lock", ["_session.lock", "_displays.lock", "_retrying"])
def test_locks_that_were_held_are_free_in_a_child(lock: str) -> None:
    with begins("agent") as server:
        done = run(
            server,
            "raw",
            f"""
            answer, held, free = begun(), threading.Event(), threading.Event()
            def hold():
                with answer.{lock}:
                    held.set()
                    free.wait(20)
            threading.Thread(target=hold, daemon=True).start()
            assert held.wait(20)
            if (child := os.fork()) == 0:
                assert answer.wait(20).get_state("text") == {{"text": "So far"}}
                answer.retry().stop()
                assert answer.wait(20).status == "stopped"
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
            free.set()
            """,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_fork
@pytest.mark.parametrize(
    "module", ["pplx_widget", "openai", "pydantic.fields", "openai._base_client"]
)
def test_a_fork_in_the_middle_of_an_import(module: str) -> None:
    """The first question imports the SDK; a child with a half-imported SDK could never ask."""
    with begins("agent") as server:
        done = run(
            server,
            "agent",
            f"""
            answer = ask()
            while {module!r} not in sys.modules:
                time.sleep(0.001)
            if (child := os.fork()) == 0:
                mine = ask()
                while not mine.text:
                    if mine.elapsed > 30:
                        os._exit(1)
                    time.sleep(0.002)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            """,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
