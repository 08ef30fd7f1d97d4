"""`pplx-widget doctor`: find out what keeps an answer from appearing.

Each check looks at one thing and says what it found and what to do; none changes anything, and
none shows a key or a password. `installed` looks at this environment, `frontend` at Jupyter,
`network` at the way to the service.
"""

from __future__ import annotations

from .check import Check, as_json, failed, render
from .frontend import front_end
from .installed import bundle, kernel, packages, python
from .network import api, certificates, key, proxies

__all__ = ["Check", "as_json", "bundle", "examine", "failed", "render"]


def examine() -> list[Check]:
    """Run every check.

    Returns
    -------
    list of Check
        In the order of reading: what is installed, the front end, the network.
    """
    return [
        python(),
        *packages(),
        bundle(),
        kernel(),
        *front_end(),
        *proxies(),
        certificates(),
        key(),
        api(),
    ]
