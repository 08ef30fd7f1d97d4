"""The ends of processes: whatever an answer is doing, no hang, no word on stderr; and forks."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ..support.plain_server import HEAD, PROVIDERS, PlainServer, end, opening, sending, text, until

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


# What a thread does that goes on after the main one has ended, and what it says; `ask` asks the server.
AFTER_MAIN = {
    "ask": ("print(ask().wait(20).text)", "So far"),
    "complete": ('print(pplx.complete("q", model="m").text)', "So far"),
    "stream": (
        'print("".join(e.delta for e in pplx.stream("q", model="m") if hasattr(e, "delta")))',
        "So far",
    ),
    "astream": (
        """
        import asyncio
        async def read():
            said = [e.delta async for e in pplx.astream("q", model="m") if hasattr(e, "delta")]
            print("".join(said), (await ask()).text)
        asyncio.run(read())
        """,
        "So far So far",
    ),
    "twice, and a further question": (
        "first = ask().wait(20)\nprint(first.text, first.ask('And?').wait(20).status)",
        "So far complete",
    ),
    "retry": ("print(ask().wait(20).retry().wait(20).text)", "So far"),
    "stop": ("answer = ask()\nanswer.stop()\nprint(answer.wait(20).status)", "stopped"),
    "a schema": (
        """
        import json
        answer = pplx.ask("q", model="m", schema={"type": "object"}).wait(20)
        print(type(answer.error).__name__)
        """,
        "SchemaMismatch",
    ),
    "a document": ("print('So far' in ask().wait(20).to_html())", "True"),
    "a name to look up": (
        """
        pplx.configure(base_url=pplx.config.settings().base_url.replace("127.0.0.1", "localhost"))
        print(ask().wait(20).text)
        """,
        "So far",
    ),
    "a keyring": (
        """
        from pplx_widget.config import connection
        pplx.configure(base_url="https://gateway.invalid/v1")
        print(connection().needs_key)
        """,
        "True",
    ),
}

# The same with providers that need no server.
OWN = """
import asyncio
from concurrent.futures import Future

class Blocking:
    async def stream(self, request):
        said = await asyncio.to_thread(lambda: "So far")
        found = await asyncio.get_running_loop().getaddrinfo("localhost", 80)
        yield pplx.events.Text(said)
        yield pplx.events.Finished()

print(pplx.ask("q", provider=Blocking()).wait(20).text)
import concurrent.futures.thread  # as a library may that is imported for the first time
"""

IMPORTED = """
import subprocess
script = '''
import threading
def later():
    threading.main_thread().join()
    while not threading._SHUTTING_DOWN:
        pass
    import pplx_widget as pplx
    pplx.configure(base_url=URL)
    for provider in ("raw", "agent"):
        print(pplx.ask("q", provider=provider, model="m").wait(20).text)
threading.Thread(target=later).start()
'''
script = script.replace("URL", repr(pplx.config.settings().base_url))
print(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout, end="")
"""

LATER = """
def later():
    threading.main_thread().join()
    while not threading._SHUTTING_DOWN:
        time.sleep(0.001)
{code}

threading.Thread(target=later).start()
"""


def after_main(code: str) -> str:
    return LATER.format(code=textwrap.indent(textwrap.dedent(code), "    "))


def says_all(shape: str) -> PlainServer:
    return sending(HEAD + opening(shape) + text(shape, "So far") + end(shape))


# The ways differ by the thread, and not by the provider.
AFTER = [
    (*pair, way) for pair in PROVIDERS for way in AFTER_MAIN if pair[0] == "raw" or way == "ask"
]


@pytest.mark.parametrize(("provider", "shape", "way"), AFTER, ids=str)
def test_a_thread_asks_after_the_main_one_has_ended(provider: object, shape: str, way: str) -> None:
    """Python takes no work for its own executors then, and registers nothing for the end."""
    code, said = AFTER_MAIN[way]
    with says_all(shape) as server:
        done = run(server, provider, after_main(code))
        until(lambda: not server.open)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}\n", "")


def test_an_object_of_ones_own_is_asked_after_the_main_thread_has_ended() -> None:
    with says_all("agent") as server:
        done = run(server, "raw", after_main(OWN))
    assert (done.returncode, done.stdout, done.stderr) == (0, "So far\n", "")


def test_the_package_is_imported_after_the_main_thread_has_ended() -> None:
    with says_all("agent") as server:
        done = run(server, "raw", IMPORTED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "So far\nSo far\n", "")


def test_a_recording_is_replayed_after_the_main_thread_has_ended(tmp_path: Path) -> None:
    path = str(tmp_path / "talk.jsonl")
    code = f"""
        with pplx.record({path!r}):
            ask().wait(20)
        with pplx.replay({path!r}, speed=None) as talk:
            print(ask().wait(20).text)
        talk = pplx.Replay({path!r}, paused=True)
        answer = pplx.ask("q", provider=talk)
        print(talk.step(1), talk.play(), answer.wait(20).text)
        """
    with says_all("agent") as server:
        done = run(server, "raw", after_main(code))
    assert (done.returncode, done.stdout, done.stderr) == (0, "So far\n1 None So far\n", "")


def test_what_was_asked_before_is_answered_after_the_main_thread_has_ended() -> None:
    code = """
        class Slow:
            async def stream(self, request):
                import asyncio
                await asyncio.to_thread(threading.main_thread().join)
                yield pplx.events.Text(await asyncio.to_thread(lambda: '{"a": 1}'))
                yield pplx.events.Finished()

        answer = pplx.ask("q", provider=Slow(), schema={"type": "object"})
        def later():
            print(answer.wait(20).parsed, ask().wait(20).text)
        threading.Thread(target=later).start()
        """
    with says_all("agent") as server:
        done = run(server, "agent", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{'a': 1} So far\n", "")


def test_work_that_does_not_end_is_not_waited_for() -> None:
    """A validator, or a provider's own thread."""
    with says_all("agent") as server:
        done = run(
            server,
            "raw",
            """
            import asyncio
            begun = threading.Event()
            def work():
                begun.set()
                threading.Event().wait()
            class Stuck:
                async def stream(self, request):
                    await asyncio.to_thread(work)
                    yield pplx.events.Finished()
            pplx.ask("q", provider=Stuck())
            begun.wait(20)
            """,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


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
