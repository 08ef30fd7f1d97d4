"""Questions of threads after the main thread's end, when Python's executors accept no more work."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from ..support.byte_server import HEAD, PROVIDERS, ByteServer, end, opening, sending, text, until
from ..support.scripts import run

pytestmark = pytest.mark.slow

# Code that a thread runs after the main thread's end, and its output; `ask` asks the server.
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
    "twice, and a follow-up question": (
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
import concurrent.futures.thread  # as the first import of a library may do
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


def says_all(shape: str) -> ByteServer:
    return sending(HEAD + opening(shape) + text(shape, "So far") + end(shape))


# The ways differ in the thread, not in the provider.
AFTER = [
    (*pair, way) for pair in PROVIDERS for way in AFTER_MAIN if pair[0] == "raw" or way == "ask"
]


@pytest.mark.parametrize(("provider", "shape", "way"), AFTER, ids=str)
def test_a_thread_asks_after_the_main_one_has_ended(provider: object, shape: str, way: str) -> None:
    """Python's executors then accept no work, and nothing can be registered for the exit."""
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
    """Such as a validator, or a thread of the provider."""
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
