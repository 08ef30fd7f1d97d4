"""One server and one loop for questions to a provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..support.asker import Asker
from ..support.wire_server import WireServer


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    """One server and one loop for all: a random stream takes milliseconds."""
    with WireServer() as server:
        asker = Asker(server)
        yield asker
        asker.close()
