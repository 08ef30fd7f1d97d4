"""A chat in a notebook: its document and record, and `pplx.load` on another machine."""

from __future__ import annotations

import copy
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget.document.saved import find
from pplx_widget.widget import host

from ..support.wire_server import CREATED, WireServer, completed, delta
from .test_chat import Cites, Counts

REFUSED = json.dumps({"error": {"message": "no", "type": "invalid_request", "code": 400}}).encode()


def branched(**options: Any) -> pplx.Chat:
    """Return a chat with two branches, of which the second one is chosen."""
    chat = pplx.Chat(**({"provider": Cites()} | options))
    for question in ("One?", "Two?"):
        chat.ask(question).wait(30)
    chat[1].edit("Zwei?").wait(30)
    chat.ask("Drei?").wait(30)
    return chat


def output(chat: pplx.Chat) -> dict[str, Any]:
    content = chat._outputs.content()
    assert content is not None
    data, metadata = json.loads(json.dumps(content))
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def write(path: Path, *outputs: Any) -> Path:
    cells = [{"cell_type": "code", "source": "", "outputs": [each]} for each in outputs]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    return path


def said(chat: pplx.Chat) -> list[list[str]]:
    return [[turn.question for turn in branch] for branch in chat.branches]


BRANCHES = [["One?", "Two?"], ["One?", "Zwei?", "Drei?"]]


def test_the_document_shows_the_chosen_branch(tmp_path: Path) -> None:
    kept = output(branched())
    html, markdown, text = (kept["data"][f"text/{kind}"] for kind in ("html", "markdown", "plain"))
    for form in (html, markdown, text):
        assert [q in form for q in ("One?", "Two?", "Zwei?", "Drei?")] == [True, False, True, True]
        assert "1 other branch of this conversation" in form
    assert html.startswith('<div class="pplx-chat pplx-k-')
    assert html.count('<div class="pplx-turn">') == 3
    assert "\n\n" not in html
    # Readers of answers find those of the chosen branch.
    found = find(write(tmp_path / "n.ipynb", kept))
    assert [saved.record["question"] for saved in found] == ["One?", "Zwei?", "Drei?"]


def test_all_branches_come_back(tmp_path: Path) -> None:
    chat = branched(effort="low", search=pplx.Search(after=date(2026, 1, 2), domains=["e.org"]))
    path = write(tmp_path / "n.ipynb", output(chat))
    (loaded,) = pplx.load(path)
    assert isinstance(loaded, pplx.Chat)
    assert said(loaded) == BRANCHES
    assert [turn.question for turn in loaded] == BRANCHES[1]
    assert loaded.to_markdown() == chat.to_markdown()
    assert loaded.usage.cost == chat.usage.cost
    assert [t.answer.text for t in loaded] == [t.answer.text for t in chat]
    own = Counts()
    loaded.set(provider=own)
    assert loaded.ask("Vier?").wait(10).text == "One? > Zwei? > Drei? > Vier?"
    search = own.asked[-1].search
    assert isinstance(search, pplx.Search)
    assert (search.after, search.domains) == (date(2026, 1, 2), ("e.org",))
    assert own.asked[-1].effort == "low"
    # An edit of a turn from the file, and the document of all of it.
    assert loaded[0].edit("Eins?", provider=own).wait(10).text == "Eins?"
    (again,) = pplx.load(write(tmp_path / "m.ipynb", output(loaded)))
    assert isinstance(again, pplx.Chat)
    assert said(again) == [BRANCHES[0], [*BRANCHES[1], "Vier?"], ["Eins?"]]


def test_a_record_holds_no_key_and_no_address(server: WireServer) -> None:
    pplx.configure(base_url=server.base_url, api_key="pplx-Zq7correcthorsebattery00staple11")
    server.respond([CREATED, delta("1."), completed()])
    chat = pplx.Chat(
        effort="low", extra_headers={"X-Title": "a course"}, extra_body={"metadata": {}}
    )
    chat.ask("One?").wait(30)
    kept = json.dumps(output(chat)["metadata"])
    for secret in ("Zq7", "127.0.0.1", "a course", "metadata"):
        assert secret not in kept
    assert "resp_1" in kept


def test_the_service_is_asked_by_its_id_if_it_is_the_same(
    server: WireServer, tmp_path: Path
) -> None:
    pplx.configure(base_url=server.base_url)
    server.respond([CREATED, delta("1."), completed()])
    chat = pplx.Chat(effort="low")
    chat.ask("One?").wait(30)
    path = write(tmp_path / "n.ipynb", output(chat))

    def loaded() -> pplx.Chat:
        (found,) = pplx.load(path)
        assert isinstance(found, pplx.Chat)
        return found

    loaded().ask("Two?").wait(30)
    assert server.requests[-1]["previous_response_id"] == "resp_1"
    assert server.requests[-1]["input"] == "Two?"
    # Another service gets the turns.
    loaded().ask("Two?", provider="raw").wait(30)
    assert [m["content"] for m in server.requests[-1]["input"]] == ["One?", "1.", "Two?"]

    def forgetful(count: int, _path: str) -> None:
        if "previous_response_id" in server.requests[count]:
            server.respond(REFUSED, status=400, headers={"Content-Type": "application/json"})
        else:
            server.respond([CREATED, delta("2."), completed()])

    server.before = forgetful
    answer = loaded().ask("Two?").wait(30)
    assert answer.text == "2."
    assert "no longer knew" in answer.notes[0]


def test_two_versions_that_git_has_merged(tmp_path: Path) -> None:
    """Both outputs in one cell, or one of them with the turns of both."""
    base = output(branched())
    ours, theirs = (pplx.load(write(tmp_path / "b.ipynb", base))[0] for _ in range(2))
    for chat, question in ((ours, "Ours?"), (theirs, "Theirs?")):
        assert isinstance(chat, pplx.Chat)
        chat.ask(question, provider=Counts()).wait(10)
    a, b = output(ours), output(theirs)  # type: ignore[arg-type]
    expected = [BRANCHES[0], [*BRANCHES[1], "Ours?"], [*BRANCHES[1], "Theirs?"]]
    (both,) = pplx.load(write(tmp_path / "n.ipynb", a, b))
    assert isinstance(both, pplx.Chat)
    assert said(both) == expected
    assert [turn.question for turn in both] == expected[2]  # the later output in the notebook
    # Someone has kept the lines of both sides.
    chat = b["metadata"]["pplx_widget"]["chat"]
    mixed = copy.deepcopy(a)
    mixed["metadata"]["pplx_widget"]["chat"]["others"] += chat["others"]
    (one,) = pplx.load(write(tmp_path / "m.ipynb", mixed))
    assert isinstance(one, pplx.Chat)
    assert said(one) == expected[:2]


def test_an_unreadable_turn_is_left_out_and_named(tmp_path: Path) -> None:
    kept = output(branched())
    kept["metadata"]["pplx_widget"]["further"][0] = {
        **kept["metadata"]["pplx_widget"]["further"][0],
        "packed": "x",
        "status": 7,
    }
    with pytest.warns(UserWarning, match="cell 1"):
        (loaded,) = pplx.load(write(tmp_path / "n.ipynb", kept))
    assert isinstance(loaded, pplx.Chat)
    assert said(loaded) == [["One?", "Two?"], ["One?", "Drei?"]]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_anything_may_stand_in_a_record(tmp_path: Path) -> None:
    """Values of a record are replaced at random: it is read, or said to be unreadable."""
    chance = random.Random(7)
    whole = output(branched(effort="low", search=pplx.Search(domains=["e.org"])))
    for _ in range(150):
        kept = copy.deepcopy(whole)
        holder, key = chance.choice(places(kept["metadata"]["pplx_widget"]))
        holder[key] = chance.choice([None, 7, "x", [], {}, [{}], {"name": "x"}, -1, True, holder])
        try:
            path = write(tmp_path / "n.ipynb", kept)
        except ValueError:  # a circle cannot be written
            continue
        for each in pplx.load(path):
            assert isinstance(each, pplx.Answer | pplx.Chat)


def places(value: Any) -> list[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


def test_turns_in_a_circle_and_without_a_first(tmp_path: Path) -> None:
    kept = output(branched())
    record = kept["metadata"]["pplx_widget"]
    record["chat_turn"]["after"] = record["further"][-1]["chat_turn"]["name"]
    (loaded,) = pplx.load(write(tmp_path / "n.ipynb", kept))
    assert isinstance(loaded, pplx.Chat)
    assert sum(1 for _ in loaded.tree.nodes()) == 4


def test_an_unfinished_turn_is_not_in_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Counts()
    chat = pplx.Chat(provider=own)
    chat.ask("One?").wait(10)
    own.gate.clear()
    chat.ask("Two?")
    kept = output(chat)
    assert "Two?" not in json.dumps(kept)
    monkeypatch.setattr(host, "in_kernel", lambda: True)
    monkeypatch.setattr(host, "non_interactive", lambda: True)
    own.gate.set()
    chat.wait(10)
    data, _metadata = chat._repr_mimebundle_()
    assert "Two?" in data["text/html"]
    data, metadata = pplx.Chat()._repr_mimebundle_()
    assert "without questions" in data["text/html"]
    assert metadata == {}
