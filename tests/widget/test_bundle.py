"""The page's code is sent once, and each answer carries only a small stub."""

from __future__ import annotations

import gc
import sys
import threading
import types
import weakref
from collections.abc import AsyncIterator

import ipywidgets
import pytest

import pplx_widget as pplx
from pplx_widget.core.events import Event, Finished, Text
from pplx_widget.question.request import Request
from pplx_widget.widget import bundle, host, lifetime

from ..support.recording_comm import RecordingComm


class Short:
    async def stream(self, request: Request) -> AsyncIterator[Event]:
        yield Text("a")
        yield Finished()


@pytest.fixture
def in_kernel(monkeypatch: pytest.MonkeyPatch, comms: list[RecordingComm]) -> list[RecordingComm]:
    monkeypatch.setattr(host, "in_kernel", lambda: True)
    monkeypatch.setattr(bundle, "_held", {})
    return comms


def ask() -> pplx.Answer:
    answer = pplx.ask("How does it stream?", provider=Short())
    assert answer.model_id  # whatever displays it asks for the id
    return answer.wait(10)


def registered() -> set[str]:
    """Return the ids of the widgets that ipywidgets keeps."""
    return {widget.model_id for widget in lifetime.widgets()}


def test_the_second_answer_costs_under_5_kb(in_kernel: list[RecordingComm]) -> None:
    ask()
    first = sum(m["bytes"] for comm in in_kernel for m in comm.messages)
    in_kernel.clear()
    ask()
    second = sum(m["bytes"] for comm in in_kernel for m in comm.messages)
    assert first > 50_000  # the code
    assert second < 5_000


def test_every_answer_names_the_one_holder(in_kernel: list[RecordingComm]) -> None:
    one, two = ask(), ask()
    assert one._bundle == two._bundle == bundle.model_id()
    holders = [c for c in in_kernel if "code" in c.opening]
    assert [h.comm_id for h in holders] == [one._bundle]
    assert holders[0].opening["code"] == bundle.asset("widget.js")
    assert one._esm == bundle.asset("stub.js")


def test_a_part_goes_out_when_the_page_asks(in_kernel: list[RecordingComm]) -> None:
    answer = ask()
    comm = next(c for c in in_kernel if c.comm_id == answer.model_id)
    before = len(comm.patches)
    for name in ("code", "math", "widget", "../answer.css", None):
        comm.from_page(type="chunk", name=name)
    sent = comm.patches[before:]
    assert sent == [
        {"type": "chunk", "name": name, "code": bundle.asset(f"{name}.js")}
        for name in ("code", "math")
    ]


def test_a_new_holder_after_all_widgets_were_closed(in_kernel: list[RecordingComm]) -> None:
    before = ask()._bundle
    ipywidgets.Widget.close_all()
    assert ask()._bundle != before


def test_a_host_without_a_kernel_gets_the_whole(comms: list[RecordingComm]) -> None:
    """As marimo, Panel and Solara, which make the comms."""
    assert ask().comm.opening["_esm"] == bundle.asset("widget.js")


def test_a_host_may_give_the_comm() -> None:
    """As Shiny, which replaces the comm of a new widget."""
    answer = pplx.ask("How does it stream?", provider=Short()).wait(10)
    assert answer._esm == ""  # plain Python: no page
    answer.comm = RecordingComm(target_name="jupyter.widget")
    assert answer.get_state()["_esm"] == bundle.asset("widget.js")
    assert "application/vnd.jupyter.widget-view+json" in answer._repr_mimebundle_()[0]


def test_a_kernel_of_an_application_has_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ipywidgets_bokeh's, which has ipykernel's comms and no shell."""
    made = types.SimpleNamespace(__module__="ipykernel.comm")
    monkeypatch.setattr(host.comms, "create_comm", made)
    kernels = types.ModuleType("ipykernel.kernelbase")
    monkeypatch.setitem(sys.modules, "ipykernel.kernelbase", kernels)
    for there in (True, False):
        kernels.Kernel = types.SimpleNamespace(initialized=lambda there=there: there)  # type: ignore[attr-defined]
        assert host.has_front_end() is there


def test_an_answer_that_is_not_displayed_costs_the_page_nothing(
    in_kernel: list[RecordingComm],
) -> None:
    before = registered()
    answers = [pplx.ask("q", provider=Short()).wait(10) for _ in range(3)]
    assert in_kernel == []
    assert registered() == before
    assert answers[0].model_id in registered()
    answers[0].close()
    assert registered() - before == {bundle.model_id()}  # its layout is closed, too


def test_plain_python_keeps_no_widget() -> None:
    before = registered()
    answers = [pplx.ask("q", provider=Short()).wait(10) for _ in range(3)]
    refs = [weakref.ref(answer) for answer in answers]
    answers[0]._repr_mimebundle_()
    assert {repr(answer) for answer in answers} == {"<Answer 'q': complete>"}
    assert registered() == before
    del answers
    gc.collect()
    assert [ref() for ref in refs] == [None] * 3


def test_sources_that_were_not_built_say_so() -> None:
    with pytest.raises(pplx.PplxError, match="pip install"):
        bundle.asset("missing.js")


def test_the_page_chooses_the_subshell() -> None:
    class Comm:
        def _reply_subshell_for(self, data: object, default: str) -> str:
            return "the shell that sent last"

    comm = Comm()
    host.answer_where_asked(comm)
    assert comm._reply_subshell_for({}, "the page's choice") == "the page's choice"
    host.answer_where_asked(object())  # an ipykernel without the name


@pytest.mark.parametrize(("version", "waits"), [((6, 31, 0), True), ((7, 4, 0), False)])
def test_stop_waits_on_ipykernel_6(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], *, waits: bool
) -> None:
    ipykernel = types.ModuleType("ipykernel")
    ipykernel.version_info = version  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipykernel", ipykernel)
    assert host.stop_waits() is waits


def test_the_thread_of_the_first_message_decides_whether_stop_waits(
    in_kernel: list[RecordingComm],
) -> None:
    answer = ask()
    comm = next(c for c in in_kernel if c.comm_id == answer.model_id)
    comm.from_page(type="sync", seq=answer.seq)  # on the main thread, as in VS Code
    assert {"stop_waits": True} in comm.updates
    assert answer.stop_waits
    assert ask().stop_waits
    on_a_subshell = threading.Thread(target=lambda: comm.from_page(type="sync", seq=answer.seq))
    on_a_subshell.start()
    on_a_subshell.join()
    assert not answer.stop_waits
