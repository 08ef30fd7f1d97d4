"""Answers from the shipped samples."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pplx_widget as pplx
from pplx_widget.server.library import samples
from pplx_widget.server.server import LocalServer
from pplx_widget.widget.answer import Answer


@pytest.fixture(scope="module")
def answers() -> Iterator[list[Answer]]:
    """Yield an answer for each shipped sample."""
    with LocalServer(speed=0) as server:
        pplx.configure(base_url=server.base_url)
        asked = [pplx.ask(question) for question in samples().questions]
        yield [answer.wait(60) for answer in asked]
