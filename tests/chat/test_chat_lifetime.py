"""A chat that no output shows and nothing references stops its answers; any other goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from ..support.kernel import Kernel
from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.jupyter

SETUP = """
import pplx_widget as pplx
pplx.configure(base_url={url!r}, api_key="pplx-Zq7correcthorsebattery00staple11")
states = []
def begun():
    chat = pplx.Chat(effort="low")
    chat.ask("One?")
    chat.ask("Two?")
    states.extend(turn.answer.session.state for turn in chat)
    return chat
"""

# The cells, each with its id, and whether they stop the first chat.
STORIES = {
    "run again": ([("c = begun()\nc", "1"), ("c = begun()\nc", "1")], True),
    "run again, without a name": ([("begun()", "1"), ("begun()", "1")], True),
    "deleted and never shown": ([("c = begun()", "1"), ("del c", "2")], True),
    "shown, without a name": ([("begun()", "1"), ("1", "2"), ("2", "3")], False),
    "named and never shown": ([("c = begun()", "1"), ("1", "2")], False),
    "only a turn has a name": ([("t = begun()[0]", "1"), ("1", "2")], False),
    "shown elsewhere": ([("c = begun()\nc", "1"), ("c", "2"), ("c = 1", "1")], False),
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Kernel() as running:
        yield running


@pytest.mark.parametrize("story", STORIES)
def test_lifetime(kernel: Kernel, server: WireServer, story: str) -> None:
    cells, stopped = STORIES[story]
    server.respond([CREATED, delta("So far"), threading.Event()])
    assert kernel.run(SETUP.format(url=server.base_url)) == ""
    for code, cell in cells:
        assert "Error" not in kernel.run(code, cell)
    printed = kernel.run("print(*[state.status for state in states[:2]])").splitlines()[-1]
    ended = ["stopped", "stopped"]
    assert (printed.split() == ended) == stopped, printed
    kernel.run(
        "import gc\nfor o in gc.get_objects():\n    if type(o) is pplx.Chat: o.stop()\n%reset -f"
    )


def test_finished_chats_do_not_stay(kernel: Kernel, server: WireServer) -> None:
    server.respond([CREATED, delta("All."), completed()])
    assert kernel.run(SETUP.format(url=server.base_url)) == ""
    kernel.run("c = begun().wait()\nc", "1")
    kernel.run("c = begun().wait()\nc", "1")
    kernel.run("del c, states", "1")
    for _ in range(8):
        kernel.run("import gc; gc.collect()", "2")
    count = "from ipywidgets.widgets.widget import _instances\nprint(len(_instances))"
    left = int(kernel.run(count).splitlines()[-1])
    assert left <= 3, left  # the bundle with the page's code
