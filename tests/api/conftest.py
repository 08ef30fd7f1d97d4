"""Send every question to the wire server."""

from __future__ import annotations

import pytest

import pplx_widget as pplx

from ..support.wire_server import WireServer


@pytest.fixture
def asks_the_wire_server(server: WireServer, clean_settings: None) -> None:
    pplx.configure(base_url=server.base_url)
