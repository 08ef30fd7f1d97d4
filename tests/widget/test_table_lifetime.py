"""A batch whose table is gone and to which nothing refers is stopped; any other goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..support.kernel import Kernel

pytestmark = pytest.mark.jupyter

SETUP = """
import asyncio
import pplx_widget as pplx
class Own:
    async def stream(self, request):
        yield pplx.events.Text("So far")
        await asyncio.sleep(1000)
engines = []
def ask():
    batch = pplx.ask_many(["a", "b"], "What is {text}?", provider=Own())
    engines.append(batch._engine)
    return batch
"""
STORIES = {
    "run again": ([("b = ask()\nb", "1"), ("b = ask()\nb", "1")], True),
    "run again, without a name": ([("ask()", "1"), ("ask()", "1")], True),
    "shown, with its name deleted": ([("b = ask()\nb", "1"), ("del b", "2")], False),
    "still shown by another cell": (
        [("b = ask()\nb", "1"), ("display(b)", "2"), ("b = ask()\nb", "1")],
        False,
    ),
    "still in a list": ([("l = [ask()]\nl[0]", "1"), ("l += [ask()]\nl[1]", "1")], False),
    "never shown": ([("b = ask()", "1"), ("b = ask()", "2")], True),
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Kernel() as running:
        yield running


@pytest.mark.parametrize("story", STORIES)
def test_lifetime(kernel: Kernel, story: str) -> None:
    cells, stopped = STORIES[story]
    assert kernel.run(SETUP) == ""
    for code, cell in cells:
        assert "Error" not in kernel.run(code, cell)
    first = "engines[0]"
    wait = f"import time\nwhile {first}.status != 'stopped': time.sleep(0.01)\n" if stopped else ""
    assert kernel.run(f"{wait}print({first}.status)").splitlines()[-1] == (
        "stopped" if stopped else "running"
    )
    kernel.run("for engine in engines: engine.stop()\n%reset -f")
