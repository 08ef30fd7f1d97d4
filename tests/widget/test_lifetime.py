"""An answer that no output shows and nothing references is stopped; any other goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from ..support.kernel import Kernel
from ..support.lifetime_cells import INTERRUPT, SETUP
from ..support.wire_server import CREATED, WireServer, completed, delta

pytestmark = pytest.mark.jupyter

# The cells, each with its id, and whether they stop the first answer.
STORIES = {
    "run again": ([("a = ask()\na", "1"), ("a = ask()\na", "1")], True),
    "run again, without a name": ([("ask()", "1"), ("ask()", "1")], True),
    "rebound and never shown": ([("a = ask()", "1"), ("a = ask()", "2")], True),
    "an observer does not keep it": (
        [("a = ask()\na.observe(print, 'status')\na", "1"), ("a = ask()\na", "1")],
        True,
    ),
    "still in a list": ([("l = [ask()]\nl[0]", "1"), ("l += [ask()]\nl[1]", "1")], False),
    "still shown by another cell": (
        [("a = ask()\na", "1"), ("display(a)", "2"), ("a = ask()\na", "1")],
        False,
    ),
    "shown, with its name deleted": ([("a = ask()\na", "1"), ("del a", "2")], False),
    "still stoppable": ([("a = ask()\nstop = a.stop\na", "1"), ("a = ask()\na", "1")], False),
    "deleted and never shown": ([("a = ask()", "1"), ("del a", "2")], True),
    "in another widget": (
        [("a = ask()\nbox = ipywidgets.VBox([a])\nbox", "1"), ("a = ask()", "2")],
        False,
    ),
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
    printed = kernel.run("print(*[ref().status for ref in asked])").splitlines()[-1]
    assert printed.split()[0] == ("stopped" if stopped else "streaming")
    assert set(printed.split()[1:]) <= {"streaming"}
    if stopped:
        assert server.client_left.wait(10)
    kernel.run("for ref in asked: ref().stop()\n%reset -f")


KEPT = "print(sum(isinstance(w, pplx.Answer) for w in lifetime.widgets()), len(lifetime.widgets()))"


@pytest.fixture
def fresh() -> Iterator[Kernel]:
    """A kernel that shows no answers of other tests."""
    with Kernel() as running:
        yield running


def test_finished_answers_that_are_not_shown_go(fresh: Kernel, server: WireServer) -> None:
    """ipywidgets would keep them, and the page too; an answer that is shown or has a name stays."""
    kernel = fresh
    server.respond([CREATED, delta("Yes."), completed()])
    setup = "import pplx_widget as pplx\nfrom pplx_widget.widget import lifetime\n"
    kernel.run(f"{setup}pplx.configure(base_url={server.base_url!r})")
    answers, before = map(int, kernel.run(KEPT).split())
    assert answers == 0
    kernel.run("for _ in range(20): pplx.ask('q').wait(30).text")
    assert kernel.run(KEPT).split() == ["0", str(before)]
    for _ in range(5):
        kernel.run("pplx.ask('q').wait(30)", "1")
    # Its layout is a widget, too; so is the code of the page, which stays.
    shown, widgets = map(int, kernel.run(KEPT).split())
    assert (shown, widgets - before) in ((1, 2), (1, 3))
    kernel.run("a = pplx.ask('q').wait(30)\na", "2")
    kernel.run("l = [pplx.ask('q').wait(30)]\nl[0]", "3")
    kernel.run("1", "1")
    kernel.run("1", "2")
    kernel.run("1", "3")
    assert kernel.run(KEPT).split()[0] == "2"
    assert (
        kernel.run("a.text\nprint(a.model_id in {w.model_id for w in lifetime.widgets()})")
        == "True"
    )
    kernel.run("del a\nl.clear()")
    for _ in range(9):  # what something refers to is looked at after 1, 2, 4, … cells
        kernel.run("1")
    assert kernel.run(KEPT).split()[0] == "0"
    kernel.run("%reset -f")


def test_what_went_can_be_shown_again(fresh: Kernel, server: WireServer) -> None:
    kernel = fresh
    server.respond([CREATED, delta("Yes."), completed()])
    kernel.run("import pplx_widget as pplx\nfrom pplx_widget.widget import lifetime")
    kernel.run(f"pplx.configure(base_url={server.base_url!r})")
    kernel.run("a = pplx.ask('q').wait(30)\na", "1")
    kernel.run("a.release()")
    assert kernel.run(KEPT).split()[0] == "0"
    kernel.run("a", "1")
    assert kernel.run(KEPT).split()[0] == "1"
    kernel.run("a.close()")
    assert kernel.run(KEPT).split()[0] == "0"
    kernel.run("a", "1")
    assert kernel.run(KEPT).split()[0] == "0"
    kernel.run("%reset -f")


# The page's message for a follow-up question.
BENEATH = """
from pplx_widget.widget import lifetime
a.wait(10)
a._on_page_message(None, {"type": "ask", "question": "And?"}, None)
below = weakref.ref(lifetime.known(a.further[0]))
while not below().text:
    time.sleep(0.01)
"""


def test_what_was_asked_beneath_goes_with_the_output(kernel: Kernel, server: WireServer) -> None:
    server.respond([CREATED, delta("Yes."), completed()])
    assert kernel.run(SETUP.format(url=server.base_url)) == ""
    assert "Error" not in kernel.run("a = ask()\na", "1")
    server.respond([CREATED, delta("So far"), threading.Event()])
    assert kernel.run(BENEATH, "2") == ""
    assert kernel.run("print(below().status)", "3") == "streaming"
    assert kernel.run("1", "1") == ""
    assert kernel.run("print(below().status, below().reason)", "3").startswith("stopped no output")
    assert server.client_left.wait(10)
    kernel.run("%reset -f")


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupted_cell_stops_waiting_and_the_answer_goes_on(
    kernel: Kernel, server: WireServer
) -> None:
    gate = threading.Event()
    server.respond([CREATED, delta("So far"), gate, delta(", and more"), threading.Event()])
    assert kernel.run(SETUP.format(url=server.base_url)) == ""
    assert kernel.run("a = ask()") == ""
    printed = kernel.run(INTERRUPT)
    assert "KeyboardInterrupt" in printed
    assert "The answer goes on; `answer.stop()` stops it." in printed
    gate.set()
    assert (
        kernel.run("while 'more' not in a.text: time.sleep(0.01)\nprint(a.status)") == "streaming"
    )
    assert not server.client_left.is_set()
    assert kernel.run("a.stop()\nprint(a.wait(20).status)") == "stopped"
    assert server.client_left.wait(10)
    kernel.run("%reset -f")


def test_a_restart_in_mid_stream(kernel: Kernel, server: WireServer) -> None:
    server.respond([CREATED, delta("So far"), threading.Event()])
    assert kernel.run(SETUP.format(url=server.base_url)) == ""
    assert kernel.run("a = ask()\na") == ""
    kernel.restart()
    assert server.client_left.wait(10)
    assert kernel.run(SETUP.format(url=server.base_url)) == ""
    assert kernel.run("a = ask()\na.stop()\nprint(a.wait(20).status)") == "stopped"
    kernel.run("%reset -f")


def test_an_interrupt_says_how_to_stop(server: WireServer) -> None:
    import pplx_widget as pplx

    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, delta("So far"), threading.Event()])
    answer = pplx.ask("q")

    def interrupted(_timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    real, answer._session.wait = answer._session.wait, interrupted
    with pytest.raises(KeyboardInterrupt, match="goes on"):
        answer.wait()
    answer.stop()
    real(20)
    assert answer.status == "stopped"
