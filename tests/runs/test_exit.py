"""The exit of a process with answers in any state: it does not hang and prints nothing to stderr."""

from __future__ import annotations

import os

import pytest

from ..support.byte_server import PROVIDERS, until
from ..support.scripts import begins, run

pytestmark = pytest.mark.slow

# The last statements of a script, and its exit code.
ENDS = {
    "right after asking": ("answer = ask()", 0),
    "in mid-stream": ("answer = begun()", 0),
    "two at once": ("answers = [begun(), begun(), ask()]", 0),
    "stopped": ("answer = begun()\nanswer.stop()", 0),
    "stopped and over": ("answer = begun()\nanswer.stop()\nanswer.wait(20)", 0),
    "closed": ("begun().close()", 0),
    "forgotten": ("import gc\nbegun()\ngc.collect()", 0),
    "with a thread that waits": (
        "threading.Thread(target=begun().wait, daemon=True).start()",
        0,
    ),
    "with a loop that waits": (
        "import asyncio\nasync def main():\n    await asyncio.wait_for(begun(), 0.05)\n"
        "try:\n    asyncio.run(main())\nexcept TimeoutError:\n    pass",
        0,
    ),
    "by sys.exit": ("answer = begun()\nsys.exit(3)", 3),
    "by os._exit": ("answer = begun()\nos._exit(4)", 4),
}

# The chat format uses the same clients.
CASES = [(*pair, end) for pair in PROVIDERS for end in ENDS if pair[1] == "agent" or "mid" in end]


@pytest.mark.parametrize(("provider", "shape", "end"), CASES, ids=str)
def test_a_script_ends(provider: object, shape: str, end: str) -> None:
    code, status = ENDS[end]
    with begins(shape) as server:
        done = run(server, provider, code)
        until(lambda: not server.open)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


def test_by_an_exception() -> None:
    with begins("agent") as server:
        done = run(server, "raw", "answer = begun()\n1 / 0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert done.stderr.count("Traceback") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_by_an_interrupt() -> None:
    """Ctrl+C ends a script that waits; the message says how to stop the answer, which goes on."""
    with begins("agent") as server:
        done = run(
            server,
            "raw",
            """
            import signal
            answer = begun()
            main = threading.main_thread().ident
            threading.Timer(0.1, signal.pthread_kill, [main, signal.SIGINT]).start()
            answer.wait()
            """,
        )
    assert done.returncode not in (0, 1)
    assert done.stderr.splitlines()[-1].endswith("The answer goes on; `answer.stop()` stops it.")


def test_an_observer_that_exits_ends_neither_the_script_nor_the_answer() -> None:
    with begins("agent") as server:
        done = run(
            server,
            "raw",
            """
            import logging
            logging.basicConfig()
            seen = threading.Event()
            def leave(change):
                seen.set()
                sys.exit(5)
            answer = ask()
            answer.observe(leave, names="status")
            assert seen.wait(20)
            answer.stop()
            print(answer.wait(20).status)
            """,
        )
    assert (done.returncode, done.stdout) == (0, "stopped\n")
    assert "an observer of 'status' failed" in done.stderr


def test_a_thread_that_waits_for_an_answer_is_waited_for() -> None:
    """As for every non-daemon thread: the answer goes on, and the script ends after it."""
    with begins("agent") as server:
        done = run(
            server,
            "raw",
            """
            answer = begun()
            threading.Thread(target=lambda: print(answer.wait(20).status)).start()
            threading.Timer(0.1, answer.stop).start()
            """,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


@pytest.mark.parametrize("provider", ["agent", "raw"])
def test_a_resolver_that_hangs_is_not_waited_for(provider: str) -> None:
    with begins("agent") as server:
        done = run(
            server,
            provider,
            """
            import socket
            asked = threading.Event()
            def hang(*arguments, **options):
                asked.set()
                threading.Event().wait()
            socket.getaddrinfo = hang
            pplx.configure(base_url="http://localhost:9/v1")
            answer, other = ask(), ask()
            assert asked.wait(20)
            answer.stop()
            print(answer.wait(20).status)
            """,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


def test_a_name_that_there_is_not() -> None:
    with begins("agent") as server:
        done = run(
            server,
            "raw",
            """
            import socket
            def nowhere(*arguments, **options):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            socket.getaddrinfo = nowhere
            pplx.configure(base_url="http://localhost:9/v1")
            print(type(ask().wait(20).error).__name__)
            """,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ConnectionFailed\n", "")
