"""The fields that each option is sent in: every line of the table in `docs/options.md` is tried."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from datetime import date
from typing import Any

import pydantic
import pytest
from openai.resources.chat.completions import AsyncCompletions

import pplx_widget as pplx
from pplx_widget.core import errors
from pplx_widget.providers import chat_body
from pplx_widget.providers.formats import FORMATS
from pplx_widget.question.request import Request, RequestOptions, Search
from pplx_widget.runs import prepare
from pplx_widget.server.strict import refusal

from ..support.paths import ROOT

TABLE = re.findall(
    r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", (ROOT / "docs" / "options.md").read_text(), re.MULTILINE
)
NAMES = {
    "Search": Search,
    "date": date,
    "pplx": pplx,
    "PNG": b"\x89PNG\r\n\x1a\n",
    "PDF": b"%PDF-1.7",
    "Founder": pydantic.create_model("Founder", name=str, year=int),
}


def options(cell: str) -> dict[str, Any]:
    return eval(f"dict({cell})", NAMES)  # noqa: S307 (our own documentation)


def at(body: Any, path: str) -> Any:
    for name in re.findall(r"[^.\[\]]+", path.strip("`")):
        body = body[int(name) if isinstance(body, list) else name]
    return body


@pytest.mark.parametrize(("cell", "sent", "chat"), TABLE)
def test_an_option_is_sent_as_the_table_says(cell: str, sent: str, chat: str) -> None:
    given = options(cell)
    asked = prepare.prepared("q", **given).request
    if sent.startswith("header"):
        assert asked.extra_headers == given["extra_headers"]
        return
    body = FORMATS["agent"].body(asked)
    assert refusal(body) is None
    # Only this field and the required ones.
    beside = {"input", "effort", "model", "models"}
    if sent == "not sent":
        assert body.keys() <= beside
    else:
        assert at(body, sent) is not None
        beside |= {"tools"} if "search" in given or "model" in cell else set()
        assert body.keys() <= beside | {sent.strip("`").partition(".")[0].partition("[")[0]}

    asked = prepare.prepared("q", **({} if "models" in cell else {"model": "m"}) | given).request
    if chat == "refused":
        with pytest.raises(errors.InvalidRequest, match="cannot be sent"):
            chat_body.check(asked)
    elif chat == "not sent":
        asked = prepare.prepared("q", **given | {"model": "m"}).request
        assert FORMATS["chat"].body(asked) == FORMATS["chat"].body(Request(question="q", model="m"))
    else:
        body = FORMATS["chat"].body(asked)
        assert at(body, chat) is not None
        assert body.keys() <= inspect.signature(AsyncCompletions.create).parameters.keys()


def test_the_table_leaves_nothing_out() -> None:
    cells = [options(cell) for cell, _, _ in TABLE]
    assert {
        name for cell in cells for name in cell
    } == prepare.RequestOptions.__annotations__.keys()
    searches = [cell["search"] for cell in cells if isinstance(cell.get("search"), Search)]
    tried = {f.name for s in searches for f in fields(s) if getattr(s, f.name) not in (None, ())}
    assert tried == {f.name for f in fields(Search)}


def test_the_options_are_one_list() -> None:
    """`ask` lists its options one by one, for readers and editors; they must match `Options`."""
    parameters = inspect.signature(pplx.ask).parameters
    spelled = {
        name: (p.annotation, p.default)
        for name, p in parameters.items()
        if p.kind is p.KEYWORD_ONLY
    }
    assert spelled.pop("check") == ("bool | None", None)
    told = {
        name: (note.__forward_arg__, None) for name, note in prepare.Options.__annotations__.items()
    }
    assert spelled == told
    # And the fields of `Request`, which has no `preset`.
    names = {field.name for field in fields(Request)} - {"question", "previous_response_id"}
    assert RequestOptions.__annotations__.keys() - {"preset"} == names
