"""Settings, base URLs, and the keys that belong to them.

`settings` holds what `configure` has set; `connection` says where to ask now and with which key.
"""

from .connection import Connection, Withheld, connection
from .settings import (
    Settings,
    Timeout,
    Unchanged,
    check_timeout,
    configure,
    on_configure,
    option_names,
    settings,
)

__all__ = [
    "Connection",
    "Settings",
    "Timeout",
    "Unchanged",
    "Withheld",
    "check_timeout",
    "configure",
    "connection",
    "on_configure",
    "option_names",
    "settings",
]
