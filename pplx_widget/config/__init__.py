"""Settings, base URLs, and the keys that belong to them.

`settings` returns the values set by `configure`; `connection` returns the server to ask and its key.
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
