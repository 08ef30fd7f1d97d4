"""The ends of processes: whatever an answer is doing, no hang, no word on stderr; and forks."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from .plain_server import HEAD, PROVIDERS, PlainServer, opening, sending, text, until

SETUP = """
import multiprocessing, os, sys, threading, time, warnings
import pplx_widget as pplx
pplx.configure(base_url={url!r}, provider={provider})
# From 3.12 on Python itself warns of forking beside threads.
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

def ask():
    return pplx.ask("q", model="m")

def begun():
    answer = ask()
    while not answer.text:
        time.sleep(0.002)
    return answer
"""

# What a script does last, and its exit code.
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


def run(server: PlainServer, provider: object, code: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which every warning is an error, and what leaks is said."""
    named = repr(provider) if isinstance(provider, str) else f"pplx.{provider!r}"
    setup = SETUP.format(url=server.base_url, provider=named)
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", setup + textwrap.dedent(code)],
        env=keep,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # asyncio says in this mode what took long: the SDK's types do.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    done.stderr = "\n".join(said)
    return done


def begins(shape: str) -> PlainServer:
    return sending(HEAD + opening(shape) + text(shape, "So far"))


# The chat shape rides on the same clients.
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
    """Ctrl+C in a script that waits: it ends, and says how to stop an answer that goes on."""
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
    """As for any thread that is no daemon: the answer goes on, and its end is the script's."""
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
    """It asks for itself, and the parent's answers, which it cannot follow, are over there."""
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
def test_locks_that_were_held_are_free_in_a_child() -> None:
    with begins("agent") as server:
        done = run(
            server,
            "raw",
            """
            answer, held, free = begun(), threading.Event(), threading.Event()
            def hold():
                with answer._session.lock:
                    held.set()
                    free.wait(20)
            threading.Thread(target=hold, daemon=True).start()
            assert held.wait(20)
            if (child := os.fork()) == 0:
                assert answer.wait(20).get_state("text") == {"text": "So far"}
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
    """The first question imports the SDK; a child that had half of it could never ask."""
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
