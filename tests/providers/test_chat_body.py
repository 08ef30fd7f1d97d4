"""What a chat server is sent, and what it cannot be sent."""

from __future__ import annotations

from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget import providers
from pplx_widget.core import errors
from pplx_widget.providers import Raw
from pplx_widget.question.request import Request, Search


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "model"),
        ({"model": "m", "effort": "low"}, "effort"),
        ({"models": ["a", "b"]}, "models"),
        ({"model": "m", "max_steps": 2}, "max_steps"),
        ({"model": "m", "language": "de"}, "language"),
        ({"model": "m", "search": Search(domains=["a.org"])}, "Search(domains"),
        ({"model": "m", "search": Search(recency="week")}, "Search(recency"),
    ],
)
@pytest.mark.parametrize("provider", ["chat", Raw("chat")])
def test_what_a_chat_server_cannot_be_sent(
    provider: Any, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(errors.InvalidRequest) as caught:
        pplx.ask("q", provider=provider, **options)
    assert named in str(caught.value)
    assert caught.value.try_this


def test_what_a_chat_server_is_sent() -> None:
    asked = Request(
        question="q",
        model="sonar",  # may be real at a gateway
        instructions="be brief",
        messages=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        search=Search(context="low", country="de"),
        max_tokens=100,
        temperature=0,
        top_p=0.5,
        reasoning_effort="low",
    )
    assert providers.chat_body.body(asked) == {
        "model": "sonar",
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "q"},
        ],
        "max_tokens": 100,
        "temperature": 0,
        "top_p": 0.5,
        "reasoning_effort": "low",
        "web_search_options": {
            "search_context_size": "low",
            "user_location": {"type": "approximate", "approximate": {"country": "DE"}},
        },
        "stream_options": {"include_usage": True},
    }
    for search, sent in ((True, {}), (False, None), (None, None)):
        body = providers.chat_body.body(Request(question="q", model="m", search=search))
        assert body.get("web_search_options") == sent


def test_a_shape_that_there_is_not() -> None:
    for shape in ("chats", None, 3):
        with pytest.raises(errors.InvalidRequest, match="shape"):
            Raw(shape)  # type: ignore[arg-type]
