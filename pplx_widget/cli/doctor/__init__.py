"""`pplx-widget doctor`: find out why answers do not appear.

Each check examines one thing, and reports its finding and what to do. No check changes anything or
shows a key or a password. `installed` checks this environment, `frontend` Jupyter, and `network` the
connection to the service.
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
        The findings in the order to read them: packages, front end, network.
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
