"""Every reference to an answer keeps it going, including those that the garbage collector cannot see."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from ..support.kernel import Kernel
from ..support.lifetime_cells import INTERRUPT, SETUP
from ..support.wire_server import CREATED, WireServer, delta

pytestmark = pytest.mark.jupyter

MORE = """
import asyncio, collections, concurrent.futures, contextvars, ctypes, functools, gc, itertools
import queue, sys, threading, types
import numpy as np, pandas as pd, polars as pl
variable = contextvars.ContextVar("variable", default=None)
class Plain: pass
class Slots: __slots__ = ("answer",)
class Keeps:
    kept = None
    def __init__(self, answer): self.answer = answer
"""

# Pairs of cells: the first one makes something hold the answer of `ask()`, the second one releases it.
HOLDERS = {
    "a name": ("a = ask()", "a = None"),
    "two names": ("a = b = ask()\ndel a", "del b"),
    "a name like one of IPython's": ("_7000 = ask()", "del _7000"),
    "a name like the newest of IPython's": ("_ = ask()", "del _"),
    "four underscores": ("____ = ask()", "del ____"),
    # containers of Python
    "a list": ("h = [ask()]", "h.clear()"),
    "a list in a list": ("h = [[ask()]]", "h.clear()"),
    "a tuple": ("h = (1, ask())", "del h"),
    "a dict": ("h = {'a': ask()}", "h.clear()"),
    "a key": ("h = {ask(): 1}", "h.clear()"),
    "a set": ("h = {ask()}", "h.clear()"),
    "a deque": ("h = collections.deque([ask()])", "h.clear()"),
    "a queue": ("h = queue.SimpleQueue()\nh.put(ask())", "del h"),
    "a mapping proxy": ("h = types.MappingProxyType({'a': ask()})", "del h"),
    "an iterator": ("h = iter([ask()])", "del h"),
    "a map": ("h = map(str, [ask()])", "del h"),
    "repeat": ("h = itertools.repeat(ask())", "del h"),
    "frozen by the collector": ("h = [ask()]\ngc.freeze()", "h.clear()\ngc.unfreeze()"),
    # objects
    "an attribute": ("h = Plain()\nh.answer = ask()", "del h"),
    "an attribute, by its dict": ("h = Plain()\nh.__dict__['answer'] = ask()", "del h"),
    "a slot": ("h = Slots()\nh.answer = ask()", "del h"),
    "a class": ("Keeps.kept = ask()", "Keeps.kept = None"),
    "a module": ("h = types.ModuleType('h')\nh.answer = ask()", "del h"),
    "an exception": ("h = ValueError(ask())", "del h"),
    "a context": (
        "h = contextvars.Context()\ntoken = h.run(variable.set, ask())",
        "del h, token",
    ),
    "a C pointer": ("h = ctypes.py_object(ask())", "del h"),
    "a future": ("h = concurrent.futures.Future()\nh.set_result(ask())", "del h"),
    # functions
    "a closure": ("def make():\n    a = ask()\n    return lambda: a\nh = make()", "del h"),
    "a default": ("def h(a=ask()): pass", "del h"),
    "an attribute of a function": ("def h(): pass\nh.answer = ask()", "del h"),
    "a partial function": ("h = functools.partial(print, ask())", "del h"),
    "a partial method": ("h = functools.partial(ask().stop)", "del h"),
    "a method": ("h = ask().stop", "del h"),
    "a method of ipywidgets": ("h = ask().on_msg", "del h"),
    "a method of traitlets": ("h = ask().trait_names", "del h"),
    "a cached result": (
        "h = functools.lru_cache(lambda _: ask())\n_unused = h(1) and None",
        "h.cache_clear()",
    ),
    # running or suspended code
    "a generator": (
        "def gen():\n    a = ask()\n    yield\n    yield a\nh = gen()\nnext(h)",
        "h.close()\ndel h",
    ),
    "a generator's argument": ("def gen(a):\n    yield\nh = gen(ask())\nnext(h)", "del h"),
    "a generator that was not started": ("def gen(a):\n    yield\nh = gen(ask())", "del h"),
    "an asynchronous generator": (
        "async def gen():\n    a = ask()\n    yield\n    yield a\nh = gen()\nawait anext(h)",
        "await h.aclose()\ndel h",
    ),
    "a task that awaits it": (
        "async def follow(a):\n    await a\nh = asyncio.create_task(follow(ask()))\n"
        "await asyncio.sleep(0)",
        "h.cancel()\nawait asyncio.wait([h])\ndel h",
    ),
    "a task that waits for something else": (
        "async def follow(a):\n    await asyncio.Event().wait()\n    return a\n"
        "h = asyncio.create_task(follow(ask()))\nawait asyncio.sleep(0)",
        "h.cancel()\nawait asyncio.wait([h])\ndel h",
    ),
    "a thread that waits for it": (
        "def work():\n    try:\n        ask().wait(free)\n    except TimeoutError:\n        pass\n"
        "free = 3\nh = threading.Thread(target=work)\nh.start()\nwhile not asked: time.sleep(0.01)",
        "h.join()",
    ),
    "a thread that waits for something else": (
        "def work():\n    a = ask()\n    free.wait()\n    return a\nfree = threading.Event()\n"
        "h = threading.Thread(target=work)\nh.start()\nwhile not asked: time.sleep(0.01)",
        "free.set()\nh.join()",
    ),
    "a call that a thread is executing": (
        "free = threading.Event()\nh = threading.Thread(target=lambda a: free.wait(), args=[ask()])\n"
        "h.start()",
        "free.set()\nh.join()",
    ),
    # numpy, pandas, polars
    "an array of objects": ("h = np.array([None, ask()], dtype=object)", "h[1] = None"),
    "a matrix of objects": ("h = np.full((2, 2), None)\nh[1, 1] = ask()", "h[:] = None"),
    "an array without dimensions": ("h = np.empty((), object)\nh[()] = ask()", "h[()] = None"),
    "a field of objects": (
        "h = np.zeros(1, [('n', int), ('a', object)])\nh[0]['a'] = ask()",
        "del h",
    ),
    "a view of an array": ("h = np.array([None, ask()], dtype=object)[1:]", "del h"),
    "a Series": ("h = pd.Series([ask()], dtype=object)", "del h"),
    "a column": (
        "h = pd.DataFrame({'q': ['q']})\nh['answer'] = h.q.map(lambda q: ask())",
        "del h['answer']",
    ),
    "a frame": ("h = pd.DataFrame({'answer': [ask()]})", "del h"),
    "an index": ("h = pd.Index([ask()], dtype=object)", "del h"),
    "attributes of a frame": ("h = pd.DataFrame()\nh.attrs['a'] = ask()", "del h"),
    "a column of polars": ("h = pl.Series('a', [ask()], dtype=pl.Object)", "del h"),
    "a frame of polars": (
        "h = pl.DataFrame({'a': pl.Series([ask()], dtype=pl.Object)})",
        "del h",
    ),
    # widgets
    "in a box": ("h = ipywidgets.VBox([ask()])", "h.children = ()"),
    "in a box that is closed": ("h = ipywidgets.VBox([ask()])", "h.close()\ndel h"),
    "a button's callback": (
        "def wired():\n    a, b = ask(), ipywidgets.Button()\n    b.on_click(lambda _: a.stop())\n"
        "    return b\nh = wired()",
        "h.close()\ndel h",
    ),
    "another answer's observer": (
        "def wired():\n    a, b = ask(), ask()\n    b.observe(lambda _: a.text, 'status')\n"
        "    return b\nh = wired()",
        "h.unobserve_all()",
    ),
    "a follow-up question that waits for it": ("h = ask().ask('And?')", "h.stop()\nh.wait(10)"),
    "a follow-up question to a waiting one": (
        "h = ask().ask('And?').ask('And then?')",
        "h.stop()\nh.wait(10)",
    ),
    "a follow-up question, deleted with it": ("h = ask().ask('And?')", "del h"),
    "an inspector": ("h = pplx.inspect(ask())", "del h"),
    # tracebacks
    "the last traceback": (
        "def fail():\n    a = ask()\n    raise ValueError\ntry:\n    fail()\nexcept ValueError as e:\n"
        "    h = e",
        "del h",
    ),
    # garbage
    "a cycle": ("h = Plain()\nh.me = h\nh.answer = ask()", "del h"),
    "a cycle with a method": (
        "h = Keeps(ask())\nh.again = h.__init__\nh.list = [h]",
        "del h",
    ),
}

# Cells after which nothing holds the answer, so that it is stopped at their end.
WEAK = {
    "nothing": "ask();",
    "nothing, after its text was printed": "print(ask().text)",
    "a weak reference": "h = weakref.ref(ask())",
    "a weak proxy": "h = weakref.proxy(ask())",
    "a weak set": "h = weakref.WeakSet([ask()])",
    "a weak dict": "h = weakref.WeakValueDictionary(a=ask())",
    "a weak method": "h = weakref.WeakMethod(ask().stop)",
    "its id": "h = ask().model_id",
    "its text": "h = ask().text",
    "its run": "h = ask().session",
    "its sources": "h = ask().sources",
    "an observer": "ask().observe(print, 'status')",
    "a frame of ids": "h = pd.DataFrame({'a': [id(ask())]})",
    "a name that was deleted": "a = ask()\ndel a",
    "a function that has returned": "def f():\n    a = ask()\n    return a.text\nh = f()",
    "a generator that is over": "h = (lambda: (yield ask()))()\nlist(h) and None",
    "a loop that is over": "for _i in range(1):\n    ask()",
    "a comprehension that is over": "h = [ask().text for _i in range(1)]",
    "a task that is over": (
        "async def f(a):\n    return a.text\nh = asyncio.create_task(f(ask()))\nawait h"
    ),
    "a thread that is over": (
        "h = threading.Thread(target=lambda a: None, args=[ask()])\nh.start()\nh.join()"
    ),
    "an error that was caught": ("try:\n    ask().wait(0.01)\nexcept TimeoutError:\n    pass"),
}


# Faster than `%reset`, which takes a second.
CLEAR = """
for ref in asked: ref().stop()
for ref in asked: ref().wait(10)
for name in [n for n in globals() if n not in before and not n.startswith("_i")]: del globals()[name]
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with Kernel() as running:
        running.run("import warnings; warnings.simplefilter('ignore')")
        running.run("before = None\nbefore = set(globals()) | {'name'}")
        yield running


@pytest.fixture
def asking(kernel: Kernel, server: WireServer) -> Iterator[Kernel]:
    server.respond([CREATED, delta("So far"), threading.Event()])
    assert kernel.run(SETUP.format(url=server.base_url) + MORE, "setup") == ""
    yield kernel
    kernel.run(CLEAR)


def run(kernel: Kernel, code: str, cell: str) -> None:
    printed = kernel.run(code, cell)
    assert "Traceback" not in printed, printed


def status(kernel: Kernel) -> str:
    """Return the status and reason of the first answer, without creating a reference to it."""
    return kernel.run("print(asked[0]().status, asked[0]().reason)", "status").splitlines()[-1]


LOST = "stopped no output shows it and nothing refers to it any more"


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_an_answer(asking: Kernel, holder: str) -> None:
    hold, let_go = HOLDERS[holder]
    run(asking, hold, "1")
    for _ in range(2):
        assert status(asking) == "streaming None"
    run(asking, let_go, "2")
    # Garbage cycles are collected only occasionally.
    assert until_lost(asking) == LOST


def until_lost(kernel: Kernel) -> str:
    """Run cells until the answer is stopped, since there are pauses between garbage collections."""
    latest = time.monotonic() + 60
    while (said := status(kernel)) == "streaming None" and time.monotonic() < latest:
        pass
    return said


@pytest.mark.parametrize("story", WEAK)
def test_what_does_not_hold_an_answer(asking: Kernel, story: str) -> None:
    run(asking, WEAK[story], "1")
    assert until_lost(asking) == LOST


# The cells of a notebook, each with its id, and the resulting status of the first answer.
STORIES = {
    "waiting for it was interrupted, and the cell runs again": (
        [
            ("a = ask()", "1"),
            (INTERRUPT, "2"),
            ("a = ask()", "1"),
        ],
        LOST,
    ),
    "waiting for it timed out, and the cell runs again": (
        [("a = ask()\na.wait(0.01)", "1"), ("a = ask()", "1")],
        LOST,
    ),
    "a function of the user failed while holding it": (
        [("def f():\n    a = ask()\n    a.wait(0.01)\nf()", "1"), ("a = ask()", "1")],
        "streaming None",
    ),
    "a retry, and the cell runs again": (
        [
            ("a = ask()\na.stop()\na.wait(10)\na.retry()\na", "1"),
            ("while not a.text: time.sleep(0.01)", "2"),
            ("a = ask()\na", "1"),
        ],
        LOST,
    ),
    "a retry, while an inspector of the first run exists": (
        [
            ("a = ask()\ni = pplx.inspect(a)\na.stop()\na.wait(10)\na.retry()\na", "1"),
            ("while not a.text: time.sleep(0.01)", "2"),
            ("a = ask()\na", "1"),
        ],
        LOST,
    ),
    "an inspector shows it": ([("pplx.inspect(ask())", "1"), ("1", "2")], "streaming None"),
    "the inspector's cell runs again": (
        [("pplx.inspect(ask())", "1"), ("pplx.inspect(ask())", "1")],
        LOST,
    ),
    "in a widget that captures outputs": (
        [
            ("o = ipywidgets.Output()\no", "1"),
            ("with o:\n    display(ask())", "2"),
            ("with o:\n    display(ask())", "2"),
        ],
        "streaming None",
    ),
    "in a capturing widget that is closed": (
        [("o = ipywidgets.Output()\nwith o:\n    display(ask())", "1"), ("o.close()", "2")],
        LOST,
    ),
    "in a box that only its cell shows": (
        [("ipywidgets.VBox([ask()])", "1"), ("1", "2")],
        "streaming None",
    ),
    "shown, with a nested cell": (
        [("display(ask())\nget_ipython().run_cell('1')", "1"), ("1", "2")],
        "streaming None",
    ),
    "captured": ([("%%capture c\nb = ask()", "1"), ("1", "2"), ("del b", "3")], LOST),
    "the result of a nested cell": (
        [("r = get_ipython().run_cell('ask();ask();3')\na = asked[0]()", "1"), ("1", "2")],
        "streaming None",
    ),
    "the answer of an iterator": (
        [
            ("s = pplx.stream('q')\nnext(s)\nasked.append(weakref.ref(s.answer))", "1"),
            ("while s.answer.text != 'So far': next(s)", "2"),
        ],
        "streaming None",
    ),
    "the answer of a deleted iterator": (
        [
            ("s = pplx.stream('q')\nnext(s)\nasked.append(weakref.ref(s.answer))", "1"),
            ("del s", "2"),
        ],
        "stopped None",
    ),
    "all names are deleted": ([("a = ask()\na", "1"), ("%reset -f out", "1")], "streaming None"),
}


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("story", STORIES)
def test_a_notebook(asking: Kernel, story: str) -> None:
    cells, end = STORIES[story]
    for code, cell in cells:
        asking.run(code, cell)
    assert (until_lost(asking) if end != "streaming None" else status(asking)) == end


RACE = """
def race():
    made = pplx.race("q", provider="raw")
    while not made.streamed.text:
        time.sleep(0.01)
    asked.append(weakref.ref(made))
    return made
"""


@pytest.mark.parametrize("shown", [True, False])
def test_a_race(asking: Kernel, shown: bool) -> None:  # noqa: FBT001
    run(asking, RACE, "0")
    run(asking, "r = race()\nr" if shown else "r = race()", "1")
    told = "print(asked[0]().status, asked[0]().whole.reason, asked[0]().streamed.reason)"
    assert asking.run(told, "2") == "streaming None None"
    run(asking, "l = [r]\nr = race()", "1")
    assert asking.run(told, "2") == "streaming None None"
    run(asking, "l.clear()", "3")
    for _ in range(100):
        if (said := asking.run(told, "2")) != "streaming None None":
            break
    reason = LOST.removeprefix("stopped ")
    assert said == f"stopped {reason} {reason}"
    assert f"stopped: {reason}" in asking.run("print(asked[0]())", "2")
    run(asking, "r.stop()\nr.wait(10)", "4")


def test_why_it_was_stopped_is_shown_and_kept(asking: Kernel) -> None:
    reason = LOST.removeprefix("stopped ")
    run(asking, "ask();", "1")
    assert until_lost(asking) == LOST
    said = asking.run("print(asked[0]().to_markdown())", "2")
    assert f"Stopped: {reason}" in said
    record = "from pplx_widget.document.record import to_record, from_record\na = asked[0]()\n"
    record += "r = to_record(a.question, a.session.snapshot())\nprint(from_record(r)[1].reason)"
    assert asking.run(record, "2") == reason
