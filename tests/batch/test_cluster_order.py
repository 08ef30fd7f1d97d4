"""What a task carries to a worker of a cluster: every option, and no key."""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
from typing import Any

import distributed
import pandas as pd
import pytest
from pydantic import BaseModel

import pplx_widget as pplx
from pplx_widget.batch.cluster.order import Order, packed, unpacked
from pplx_widget.config import Settings
from pplx_widget.core import errors
from pplx_widget.core.events import Failed
from pplx_widget.core.state import AnswerState
from pplx_widget.runs.prepare import prepared
from pplx_widget.store.key import place_of, request_key

from ..support.rows import Answers

# `config.settings` is the function, which hides its module of the same name.
SETTINGS = importlib.import_module("pplx_widget.config.settings")
KEY = "pplx-Zq7correcthorsebattery00staple11"
LOCAL = "http://127.0.0.1:9/v1"
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}


class Population(BaseModel):
    n: int


def order(**options: Any) -> Order:
    begin = prepared("first", **options)
    return Order.of(begin.request, begin.way())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"effort": "low", "search": pplx.Search(recency="week", domains=["europa.eu"])},
        {"model": "openai/gpt-5", "temperature": 0.5, "max_tokens": 100, "language": "de"},
        {"schema": SCHEMA},
        {"schema": Population, "evidence": True},
        {"messages": [{"role": "user", "content": "Hello"}], "instructions": "Be brief."},
        {"context": pd.DataFrame({"a": [1, 2]}), "tools": ["fetch_url"]},
        {"images": b"\x89PNG\r\n\x1a\n" + bytes(20)},
        {"extra_body": {"top_k": 40}, "extra_headers": {"X-Title": "My course"}},
        {"provider": "chat", "model": "m", "top_p": 0.5},
        {"provider": pplx.Raw(shape="chat"), "model": "m"},
    ],
)
def test_a_worker_sends_the_same_request(options: dict[str, Any]) -> None:
    pplx.configure(base_url=LOCAL, timeout=(3, 7), max_retries=4)
    begin = prepared("the question", **options)
    way = begin.way()
    sent = pickle.loads(pickle.dumps(order(**options)))  # noqa: S301 (our own)
    pplx.configure(base_url="http://127.0.0.1:10/v1", timeout=9, max_retries=0)
    row = sent.row("the question")
    place = place_of(way.provider, way.where)
    assert place_of(row.way.provider, row.way.where) == place
    assert request_key(row.request, place) == request_key(begin.request, place)
    where = row.way.where
    assert (where.timeout.connect, where.timeout.read, where.max_retries) == (3, 7, 4)


def test_the_key_of_a_worker_goes_only_to_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    pplx.configure(base_url="https://gateway.example/v1", api_key=KEY)
    made = order()
    pickled = pickle.dumps(made)
    assert KEY.encode() not in pickled
    monkeypatch.setenv("PERPLEXITY_API_KEY", "pplx-of-the-worker-0123456789")
    monkeypatch.setattr(SETTINGS, "_settings", Settings())  # as in another process
    with pytest.raises(errors.MissingKey, match="PERPLEXITY_BASE_URL"):
        made.row("?")
    monkeypatch.setenv("PERPLEXITY_BASE_URL", "https://gateway.example/v1")
    key = made.row("?").way.where.key
    assert key is not None
    assert key.reveal() == "pplx-of-the-worker-0123456789"


@pytest.mark.parametrize(
    "options",
    [
        {"extra_headers": {"Authorization": "Bearer abc"}},
        {"extra_headers": {"X-Note": KEY}},
        {"extra_body": {"api_key": "abc"}},
        {"extra_body": {"note": [f"the key is {KEY}"]}},
    ],
)
def test_options_with_a_key_are_refused(options: dict[str, Any]) -> None:
    pplx.configure(api_key=KEY)
    with pytest.raises(errors.InvalidRequest, match="no key travels") as raised:
        order(**options)
    assert KEY not in str(raised.value)
    assert "abc" not in str(raised.value)


def test_an_object_is_refused_as_provider() -> None:
    with pytest.raises(errors.InvalidRequest, match="cannot ask this provider"):
        order(provider=Answers())


def test_only_an_open_client_is_an_executor() -> None:
    with pytest.raises(errors.InvalidRequest, match="executor cannot be a int"):
        pplx.ask_many(["a"], "{}", executor=4)
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster:
        client = distributed.Client(cluster)
        client.close()
        with pytest.raises(errors.InvalidRequest, match="closed"):
            pplx.ask_many(["a"], "{}", executor=client)


def test_without_dask_the_error_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['distributed'] = None\n"
        "import pplx_widget as pplx\n"
        "try: pplx.ask_many(['a'], '{}', executor=4)\n"
        "except pplx.InvalidRequest as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert "pip install 'pplx-widget[dask]'" in done.stdout, done.stderr


def test_a_result_says_whether_it_may_have_cost_something() -> None:
    state = AnswerState()
    error = errors.ServiceFailed("It broke.")
    error.transient, error.sent = True, True
    state.apply(Failed(error), 1.5)
    found = unpacked(packed("?", state))
    assert json.dumps(found.error and found.error.lines) == json.dumps(error.lines)
    assert found.error is not None
    assert (found.error.transient, found.error.sent) == (True, True)
    assert found.timing.finished == 1.5
