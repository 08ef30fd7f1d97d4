"""A local server that sends answers at once, without the recorded delays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pplx_widget.server.server import LocalServer


@pytest.fixture
def local() -> Iterator[LocalServer]:
    with LocalServer(speed=0) as running:
        yield running
